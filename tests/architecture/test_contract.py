"""The schema is the contract's, as far as it goes: what is there under a name of the contract's has
its type, nullability, arguments and defaults; what is not there yet is listed here with its reason.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.utilities.print_schema import print_input_value

from tests.architecture.declared import printed
from tests.architecture.source import ROOT

CONTRACT = ROOT.parent / "shared" / "schema.graphql"

BEYOND: dict[str, str] = {
    "Session.analysisError": "whoever may run a failed analysis again wants to know why it failed",
}
"""What we have and the contract has not, and why."""

LATER = {
    "ingest makes contacts and the catalogue; editing them comes later": """
        Mutation.contactErase
    """,
    "keys are made on the command line; there are no rate limits yet": """
        Mutation.apiKeyCreate Mutation.apiKeyRevoke Query.apiKeys Viewer.apiKey Viewer.rateLimit
    """,
    "views, jobs and webhooks need workers": """
        Mutation.contactDataExport Mutation.exportCancel Mutation.exportCreate
        Mutation.importCreate Mutation.savedViewDelete Mutation.savedViewSave
        Mutation.webhookEndpointDelete Mutation.webhookEndpointSave Mutation.webhookRedeliver
        Mutation.webhookSecretRotate Mutation.webhookTest Query.exports Query.imports
        Query.savedViews Query.webhookEndpoints Subscription.jobProgress
    """,
}
"""Of the types that we have, what the contract has and we have not yet."""


class Element(NamedTuple):
    """Something with a name of its own in the SDL."""

    path: str
    shape: str
    parent: str = ""


@pytest.fixture(scope="module")
def contract() -> dict[str, Element]:
    if not CONTRACT.exists():
        pytest.skip("the contract, ../shared/schema.graphql, is not beside the checkout")
    return elements(build_schema(CONTRACT.read_text()))


@pytest.fixture(scope="module")
def ours() -> dict[str, Element]:
    return elements(printed())


def test_what_is_there_is_as_the_contract_has_it(
    ours: dict[str, Element], contract: dict[str, Element]
) -> None:
    differences = {
        path: f"{ours[path].shape}, not {contract[path].shape}"
        for path in ours.keys() & contract.keys()
        if ours[path].shape != contract[path].shape
    }

    assert differences == {}


def test_nothing_is_there_that_the_contract_has_not(
    ours: dict[str, Element], contract: dict[str, Element]
) -> None:
    assert ours.keys() - contract.keys() == BEYOND.keys()


def test_what_is_not_there_yet_is_known(
    ours: dict[str, Element], contract: dict[str, Element]
) -> None:
    missing = {
        path for path, element in contract.items() if path not in ours and element.parent in ours
    }

    assert missing == {path for paths in LATER.values() for path in paths.split()}


def elements(schema: GraphQLSchema) -> dict[str, Element]:
    own = (
        type_
        for type_ in schema.type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    )
    return {element.path: element for type_ in own for element in _elements(type_)}


def _elements(type_: GraphQLNamedType) -> Iterator[Element]:
    name = type_.name
    yield Element(name, type(type_).__name__)
    if isinstance(type_, GraphQLEnumType):
        yield from (Element(f"{name}.{value}", "value", name) for value in type_.values)
    if isinstance(type_, GraphQLUnionType):
        yield from (Element(f"{name} = {member}", "member", name) for member in type_.types)
    if isinstance(type_, GraphQLInputObjectType):
        yield Element(f"{name} @oneOf", str(type_.is_one_of), name)
        for field, given in type_.fields.items():
            yield Element(f"{name}.{field}", print_input_value(field, given), name)
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        yield from _fields(type_)


def _fields(type_: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[Element]:
    for interface in type_.interfaces:
        yield Element(f"{type_.name} implements {interface}", "interface", type_.name)
    for name, field in type_.fields.items():
        path = f"{type_.name}.{name}"
        yield Element(path, str(field.type), type_.name)
        for argument, taken in field.args.items():
            yield Element(f"{path}({argument})", print_input_value(argument, taken), path)
