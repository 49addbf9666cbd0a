"""The SDL: every element described, and the snapshot in the repository current."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)
from strawberry.printer import print_schema

from tests.architecture.declared import built, graphql_schema
from tests.architecture.source import ROOT

SNAPSHOT = ROOT / "schema" / "schema.graphql"

Described = tuple[str, str | None]


def test_the_snapshot_is_current() -> None:
    assert SNAPSHOT.read_text() == f"{print_schema(built())}\n", "run `make schema` and review it"


def test_every_element_is_described() -> None:
    described = [element for type_ in _own_types() for element in _elements(type_)]
    poor = [name for name, text in described if not text or not text.strip()]

    assert poor == []


def test_the_description_of_a_field_says_more_than_its_name() -> None:
    shapes = (type_ for type_ in _own_types() if not isinstance(type_, GraphQLEnumType))
    described = dict(element for type_ in shapes for element in _elements(type_))
    repeated = [
        name
        for name, text in described.items()
        if text and _letters(text) == _letters(name.rpartition(".")[2])
    ]

    assert repeated == []


def test_every_mutation_takes_one_input_and_answers_with_a_payload() -> None:
    schema = graphql_schema()
    assert schema.mutation_type is not None
    payload = schema.type_map["MutationPayload"]
    assert isinstance(payload, GraphQLInterfaceType)

    for name, field in schema.mutation_type.fields.items():
        answer = schema.type_map[str(field.type).rstrip("!")]
        assert list(field.args) == ["input"], name
        assert str(field.args["input"].type).endswith("Input!"), name
        assert isinstance(answer, GraphQLObjectType), name
        assert payload in answer.interfaces, name


def _own_types() -> list[GraphQLNamedType]:
    return [
        type_
        for type_ in graphql_schema().type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    ]


def _elements(type_: GraphQLNamedType) -> Iterator[Described]:
    yield type_.name, type_.description
    if isinstance(type_, GraphQLEnumType):
        for name, value in type_.values.items():
            yield f"{type_.name}.{name}", value.description
    if isinstance(type_, GraphQLInputObjectType):
        for name, given in type_.fields.items():
            yield f"{type_.name}.{name}", given.description
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
            for argument, taken in field.args.items():
                yield f"{type_.name}.{name}({argument})", taken.description


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
