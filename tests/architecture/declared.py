"""The built schema, field by field, with what `schema/fields.py` was told about each."""

from collections.abc import Callable, Iterator
from functools import cache
from inspect import getclosurevars
from typing import Any, NamedTuple

import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)
from graphql import build_schema as parse_sdl
from strawberry.printer import print_schema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.build import build_schema
from schema.fields import PLAIN, Plain

HELPERS = "schema.fields"
ROOTS = ("Query", "Mutation", "Subscription")


class Declared(NamedTuple):
    """A field of an object type or interface."""

    type_name: str
    origin: type
    name: str
    """As clients write it."""
    attribute: str
    """What a column or the key of a relation is read from."""
    helper: str
    """Which way it was declared: column, derived, related, paged, resolved, or unknown."""
    given: dict[str, Any]
    """What the helper was given, by the names of its parameters."""
    nullable: bool
    composite: bool
    """Whether it has fields of its own."""

    @property
    def path(self) -> str:
        """`Type.field`."""
        return f"{self.type_name}.{self.name}"

    @property
    def function(self) -> Callable[..., Any]:
        """Of a derived or resolved field."""
        function: Callable[..., Any] = self.given["function"]
        return function

    @property
    def load(self) -> Callable[..., Any]:
        """The batch function of a related or paged field."""
        load: Callable[..., Any] = self.given["load"]
        return load


@cache
def built() -> strawberry.Schema:
    """The schema of every door."""
    return build_schema()


def graphql_schema() -> GraphQLSchema:
    """As graphql-core executes it."""
    return built()._schema  # pyright: ignore[reportPrivateUsage]  # Strawberry shows no other way


@cache
def printed() -> GraphQLSchema:
    """As clients read it; unlike the one that is executed, it knows which inputs are `@oneOf`."""
    return parse_sdl(print_schema(built()))


@cache
def declared() -> tuple[Declared, ...]:
    """Every field; those of interfaces also where they are inherited."""
    return tuple(_declared())


def _declared() -> Iterator[Declared]:
    schema = built()
    for name, concrete in schema.schema_converter.type_map.items():
        definition = concrete.definition
        shape = graphql_schema().type_map[name]
        if not isinstance(definition, StrawberryObjectDefinition):
            continue
        if not isinstance(shape, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for field in definition.fields:
            shown = schema.config.name_converter.from_field(field)
            type_ = shape.fields[shown].type
            helper, given = _helper(field)
            yield Declared(
                name,
                definition.origin,
                shown,
                "id" if helper == "paged" else _reads(field, given),
                helper,
                given,
                not isinstance(type_, GraphQLNonNull),
                is_composite_type(get_named_type(type_)),
            )


def _reads(field: StrawberryField, given: dict[str, Any]) -> str:
    return given.get("by") or given.get("attribute") or field.python_name


def _helper(field: Any) -> tuple[str, dict[str, Any]]:
    """Its resolver is made inside the helper and keeps what the helper was given."""
    plain: Plain | None = field.metadata.get(PLAIN)
    if plain is not None:
        resolver = plain.bind(field.python_name)
        given = {**_nonlocals(plain.bind), **_nonlocals(resolver), "allow": plain.allow}
    elif field.base_resolver is not None:
        resolver = field.base_resolver.wrapped_func
        given = _nonlocals(resolver)
    else:
        return "unknown", {}
    if resolver.__module__ != HELPERS:
        return "unknown", {}
    return resolver.__qualname__.partition(".")[0], given


def _nonlocals(function: Callable[..., Any]) -> dict[str, Any]:
    return dict(getclosurevars(function).nonlocals)
