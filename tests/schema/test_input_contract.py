"""Covered inputs and enums are the contract's: names, types, nullability and defaults."""

from pathlib import Path

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    build_schema,
)
from graphql.utilities.print_schema import print_input_value
from strawberry.schema.config import StrawberryConfig

from models.enums import IngestOutcome, Scope, SessionEndReason, UserErrorCode
from schema.enums import describe_enums
from schema.inputs.contact_filter import ContactFilter
from schema.inputs.contact_order import ContactOrder
from schema.inputs.ingest import SessionIngestBatchInput
from schema.inputs.message_filter import MessageFilter
from schema.inputs.session import (
    MessageAppendInput,
    SessionEndInput,
    SessionEventRecordInput,
    SessionStartInput,
)
from schema.inputs.session_event_filter import SessionEventFilter
from schema.inputs.session_filter import SessionFilter
from schema.inputs.session_order import SessionOrder
from schema.scalars import SCALARS

CONTRACT = Path(__file__).parents[3] / "shared" / "schema.graphql"


@strawberry.type
class Query:
    """Takes every input, directly or inside another."""

    @strawberry.field
    def written(
        self,
        start: SessionStartInput,
        append: MessageAppendInput,
        record: SessionEventRecordInput,
        end: SessionEndInput,
        ingest: SessionIngestBatchInput,
    ) -> IngestOutcome:
        raise NotImplementedError

    @strawberry.field
    def sessions(self, filter: SessionFilter, order_by: list[SessionOrder]) -> SessionEndReason:
        raise NotImplementedError

    @strawberry.field
    def contacts(self, filter: ContactFilter, order_by: list[ContactOrder]) -> Scope:
        raise NotImplementedError

    @strawberry.field
    def parts(self, messages: MessageFilter, events: SessionEventFilter) -> UserErrorCode:
        raise NotImplementedError


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    describe_enums()
    return build_schema(
        strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS)).as_str()
    )


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    if not CONTRACT.exists():
        pytest.skip("the contract is not beside the checkout")
    return build_schema(CONTRACT.read_text())


def inputs(of: GraphQLSchema) -> dict[str, GraphQLInputObjectType]:
    """By name."""
    types = of.type_map.items()
    return {name: type_ for name, type_ in types if isinstance(type_, GraphQLInputObjectType)}


def enums(of: GraphQLSchema) -> dict[str, GraphQLEnumType]:
    """By name, without those of introspection."""
    types = of.type_map.items()
    found = {name: type_ for name, type_ in types if isinstance(type_, GraphQLEnumType)}
    return {name: type_ for name, type_ in found.items() if not name.startswith("__")}


def described(of: GraphQLSchema) -> dict[str, str | None]:
    """Description by the name of each input, enum, field and value."""
    texts: dict[str, str | None] = {}
    for name, type_ in inputs(of).items():
        texts[name] = type_.description
        texts |= {f"{name}.{key}": field.description for key, field in type_.fields.items()}
    for name, enum in enums(of).items():
        texts[name] = enum.description
        texts |= {f"{name}.{key}": value.description for key, value in enum.values.items()}
    return texts


def test_every_input_field_is_declared_as_in_the_contract(
    ours: GraphQLSchema, contract: GraphQLSchema
) -> None:
    promised = inputs(contract)

    assert len(inputs(ours)) == 63
    for name, type_ in inputs(ours).items():
        assert type_.is_one_of == promised[name].is_one_of, name
        for field_name, field in type_.fields.items():
            declared = print_input_value(field_name, field)
            assert declared == print_input_value(field_name, promised[name].fields[field_name])


def test_no_input_leaves_a_field_of_the_contract_out(
    ours: GraphQLSchema, contract: GraphQLSchema
) -> None:
    left_out = {
        name: set(inputs(contract)[name].fields) - set(type_.fields)
        for name, type_ in inputs(ours).items()
    }

    assert {name: sorted(fields) for name, fields in left_out.items() if fields} == {}


def test_enums_have_only_values_of_the_contract(
    ours: GraphQLSchema, contract: GraphQLSchema
) -> None:
    promised = enums(contract)

    for name, type_ in enums(ours).items():
        assert set(type_.values) <= set(promised[name].values), name


def test_texts_of_the_contract_are_kept(ours: GraphQLSchema, contract: GraphQLSchema) -> None:
    promised = described(contract)

    for name, text in described(ours).items():
        assert promised[name] in {None, text}, name


def test_every_element_is_described(ours: GraphQLSchema) -> None:
    assert [name for name, text in described(ours).items() if not text] == []
