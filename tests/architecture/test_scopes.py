"""Who may: a key without scopes gets FORBIDDEN from every root field, and changes nothing."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    is_leaf_type,
)

from loaders.viewer import Viewer
from models.errors import Forbidden
from models.global_id import encode_id
from resolvers.context import Context
from schema.node import Node
from subscriptions.hub import Hub
from tests.architecture.declared import built, declared, printed
from tests.conftest import GraphQL
from tests.writes.rows import row_counts

OPEN = {
    "Query.viewer": "whoever has a key may know whose it is",
    "Query.changeCursor": "a position reveals nothing, and every stream checks scopes itself",
    "Query.node": "each type of object asks for its own scope, tested below",
    "Query.nodes": "each type of object asks for its own scope, tested below",
}
"""Root fields that any valid key may ask for, and why."""

OPEN_OBJECTS = {"Workspace": "its own workspace is all that a key can name"}

_LEAVES: dict[str, object] = {
    "Boolean": True,
    "ChangeCursor": "x",
    "DateTime": "2026-01-01T00:00:00Z",
    "Decimal": "1",
    "Duration": "PT1S",
    "Float": 1.0,
    "ID": encode_id("Session", 1),
    "Int": 1,
    "JSON": {},
    "String": "Ada",
    "URL": "https://example.org",
}

NODES = sorted(
    {field.type_name for field in declared() if issubclass(field.origin, Node)} - {"Node"}
)


def root_fields(root: GraphQLObjectType | None) -> list[str]:
    assert root is not None
    return [name for name in root.fields if f"{root.name}.{name}" not in OPEN]


@pytest.fixture
def nobody(viewer: Viewer) -> Viewer:
    """A valid key without a scope."""
    return Viewer(viewer.database, viewer.workspace, "nobody", frozenset())


@pytest.mark.parametrize("name", root_fields(printed().query_type))
async def test_every_query_needs_a_scope(graphql: GraphQL, nobody: Viewer, name: str) -> None:
    root = printed().query_type
    assert root is not None
    document, variables = _operation("query", name, root.fields[name])

    result = await graphql(document, variables, by=nobody)

    assert [type(_cause(error)) for error in result.errors or ()] == [Forbidden]


@pytest.mark.parametrize("name", root_fields(printed().mutation_type))
async def test_every_mutation_needs_a_scope_and_changes_nothing_without(
    graphql: GraphQL, nobody: Viewer, name: str
) -> None:
    root = printed().mutation_type
    assert root is not None
    document, variables = _operation("mutation", name, root.fields[name])

    result = await graphql(document, variables, by=nobody)

    assert [type(_cause(error)) for error in result.errors or ()] == [Forbidden]
    assert set((await row_counts(nobody)).values()) == {0}


@pytest.mark.parametrize("name", root_fields(printed().subscription_type))
async def test_every_stream_needs_a_scope(nobody: Viewer, hub: Hub, name: str) -> None:
    root = printed().subscription_type
    assert root is not None
    document, variables = _operation("subscription", name, root.fields[name])

    stream: Any = await built().subscribe(
        document, variable_values=variables, context_value=Context(nobody, hub)
    )
    result = await anext(aiter(stream))

    assert [type(_cause(error)) for error in result.errors] == [Forbidden]


@pytest.mark.parametrize("type_name", [name for name in NODES if name not in OPEN_OBJECTS])
async def test_every_object_needs_a_scope_by_its_id_too(
    graphql: GraphQL, nobody: Viewer, type_name: str
) -> None:
    result = await graphql(
        "query ($id: ID!) { node(id: $id) { id } }", {"id": encode_id(type_name, 1)}, by=nobody
    )

    assert [type(_cause(error)) for error in result.errors or ()] == [Forbidden]


@pytest.mark.parametrize("type_name", NODES)
async def test_every_object_can_be_asked_for_by_its_id(graphql: GraphQL, type_name: str) -> None:
    result = await graphql(
        "query ($id: ID!) { node(id: $id) { id } }", {"id": encode_id(type_name, 1)}
    )

    assert result.errors is None
    assert result.data == {"node": None}


def _operation(kind: str, name: str, field: Any) -> tuple[str, dict[str, Any]]:
    """A document that asks for the field with just enough to be valid."""
    required = _required(field.args)
    declarations = ", ".join(f"${argument}: {type_}" for argument, type_ in required.items())
    arguments = ", ".join(f"{argument}: ${argument}" for argument in required)
    head = f"{kind} ({declarations})" if required else kind
    call = f"{name}({arguments})" if required else name
    selection = "" if is_leaf_type(_named(str(field.type))) else "{ __typename }"
    values = {argument: _value(type_) for argument, type_ in required.items()}
    return f"{head} {{ {call} {selection} }}", values


def _required(given: Mapping[str, Any]) -> dict[str, str]:
    """The types, as the SDL has them, of those arguments or input fields that must be given."""
    return {name: str(one.type) for name, one in given.items() if str(one.type).endswith("!")}


def _named(spelled: str) -> GraphQLNamedType:
    return printed().type_map[spelled.strip("[]!")]


def _value(spelled: str) -> Any:
    """Some value of the type."""
    if spelled.startswith("["):
        return [_value(spelled.strip("[]!"))]
    type_ = _named(spelled)
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if not isinstance(type_, GraphQLInputObjectType):
        return _LEAVES[type_.name]
    if type_.is_one_of:
        name, field = next(iter(type_.fields.items()))
        return {name: _value(str(field.type))}
    return {name: _value(inner) for name, inner in _required(type_.fields).items()}


def _cause(error: BaseException) -> BaseException:
    original = getattr(error, "original_error", None)
    return error if original is None else _cause(original)
