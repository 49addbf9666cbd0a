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

import schema.enums  # noqa: F401  # registers the enums
from models.enums import IngestOutcome, Scope, SessionEndReason, UserErrorCode
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
    return build_schema(
        strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS)).as_str()
    )


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    if not CONTRACT.exists():
        pytest.skip("the contract is not beside the checkout")
    return build_schema(CONTRACT.read_text())


def inputs(of: GraphQLSchema) -> dict[str, GraphQLInputObjectType]:
    return {
        name: type_ for name, type_ in of.type_map.items() if isinstance(type_, GraphQLInputObjectType)
    }


def enums(of: GraphQLSchema) -> dict[str, GraphQLEnumType]:
    return {
        name: type_
        for name, type_ in of.type_map.items()
        if isinstance(type_, GraphQLEnumType) and not name.startswith("__")
    }


def test_every_input_field_is_declared_as_in_the_contract(
    ours: GraphQLSchema, contract: GraphQLSchema
) -> None:
    promised = inputs(contract)

    assert len(inputs(ours)) == 42
    for name, type_ in inputs(ours).items():
        assert type_.is_one_of == promised[name].is_one_of, name
        for field_name, field in type_.fields.items():
            declared = print_input_value(field_name, field)
            assert declared == print_input_value(field_name, promised[name].fields[field_name])


def test_inputs_for_writing_leave_no_field_of_the_contract_out(
    ours: GraphQLSchema, contract: GraphQLSchema
) -> None:
    left_out = {
        name: sorted(set(inputs(contract)[name].fields) - set(type_.fields))
        for name, type_ in inputs(ours).items()
    }

    assert {name: fields for name, fields in left_out.items() if fields} == {
        "ContactFilter": ["customFields", "metadata"],
        "MessageFilter": ["session"],
        "SessionFilter": sorted(
            """
            activeDuring additionalSecuredRevenue assessment autoAssessment channelId comment
            contactMessageCount customFields endReason events forms goals handledBy humanAssessment
            isLead isOpportunity journey lengthClass messageText metadata qualityStars savedViewId
            scores search sentiment summary utm
            """.split()
        ),
    }


def test_enums_have_only_values_of_the_contract(
    ours: GraphQLSchema, contract: GraphQLSchema
) -> None:
    promised = enums(contract)

    for name, type_ in enums(ours).items():
        assert set(type_.values) <= set(promised[name].values), name


def test_texts_of_the_contract_are_kept(ours: GraphQLSchema, contract: GraphQLSchema) -> None:
    for name, type_ in inputs(ours).items():
        promised = inputs(contract)[name]
        assert promised.description in {None, type_.description}, name
        for field_name, field in type_.fields.items():
            text = promised.fields[field_name].description
            assert text in {None, field.description}, f"{name}.{field_name}"


def test_every_element_is_described(ours: GraphQLSchema) -> None:
    bare = [
        f"{type_.name}.{name}"
        for type_ in inputs(ours).values()
        for name, field in {"": type_, **type_.fields}.items()
        if not field.description
    ]
    bare += [
        f"{type_.name}.{name}"
        for type_ in enums(ours).values()
        for name, value in {"": type_, **type_.values}.items()
        if not value.description
    ]

    assert bare == []
