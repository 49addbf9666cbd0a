"""How an input is declared: once, for GraphQL and for NDJSON documents alike.

A class made with `@document` is a Strawberry input and a pydantic-validated dataclass. Its limits
stand in its annotations (`schema/scalars.py`), its descriptions in its fields. What a client left
out reads as None, and so does an explicit null.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar, dataclass_transform, get_type_hints

import strawberry
from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, ErrorDetails, core_schema
from strawberry import UNSET

from models.enums import UserErrorCode
from models.errors import Rejected, Violation

T = TypeVar("T")

_CODES = {
    "string_too_long": UserErrorCode.TOO_LONG,
    "too_long": UserErrorCode.TOO_MANY,
    "missing": UserErrorCode.REQUIRED,
}
_MAX_SHOWN = 20
"""Violations listed of one document: enough to mend it, bounded for a hostile one."""


def required(description: str, *, name: str | None = None) -> Any:
    """A field that must be given."""
    return strawberry.field(description=description, name=name)


def optional(description: str, *, name: str | None = None, default: object = UNSET) -> Any:
    """A field that may be left out; `default` stands in the SDL."""
    return strawberry.field(description=description, name=name, default=default)


@dataclass_transform(kw_only_default=True, field_specifiers=(required, optional))
def document(description: str, *, one_of: bool = False) -> Callable[[type[T]], type[T]]:
    """Declare an input type."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, "__post_init__", _absent_is_none)  # noqa: B010  # not an attribute of type[T]
        setattr(cls, "__get_pydantic_core_schema__", classmethod(_core_schema))  # noqa: B010
        return strawberry.input(cls, description=description, one_of=one_of)

    return declare


def _absent_is_none(self: object) -> None:
    state = self.__dict__
    for name, value in state.items():
        if value is UNSET:
            state[name] = None


def _core_schema(cls: Any, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Strict about names, as GraphQL is; an instance that GraphQL built is checked again."""
    hints = get_type_hints(cls, include_extras=True)
    defaults = {field.name: field.default for field in fields(cls)}
    arguments = [
        core_schema.dataclass_field(
            name,
            _defaulted(handler.generate_schema(hint), defaults[name]),
            kw_only=True,
            validation_alias=to_camel(name),
        )
        for name, hint in hints.items()
    ]
    return core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, arguments, extra_behavior="forbid"),
        list(hints),
        revalidate_instances="always",
    )


def _defaulted(schema: CoreSchema, default: Any) -> CoreSchema:
    if default is MISSING:
        return schema
    return core_schema.with_default_schema(schema, default=None if default is UNSET else default)


@cache
def adapter(input_type: type[T]) -> TypeAdapter[T]:
    """The validator of an input type, built at first use."""
    return TypeAdapter(input_type)


def validated(value: T, *path: str) -> T:
    """Check the limits of an input that GraphQL has built; raise Rejected with paths under `path`."""
    try:
        return adapter(type(value)).validate_python(value, by_alias=False, by_name=True)
    except ValidationError as error:
        raise Rejected(violations(error, *path)) from None


def parsed(input_type: type[T], line: bytes) -> T:
    """An input from its JSON; raise Rejected."""
    try:
        return adapter(input_type).validate_json(line, strict=True)
    except ValidationError as error:
        raise Rejected(violations(error)) from None


def violations(error: ValidationError, *path: str) -> Sequence[Violation]:
    """What pydantic found, in our codes and with the client's field names."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(_violation(detail, path) for detail in details[:_MAX_SHOWN])


def _violation(detail: ErrorDetails, path: tuple[str, ...]) -> Violation:
    field = tuple(to_camel(str(part)) if isinstance(part, str) else str(part) for part in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    return Violation(_CODES.get(detail["type"], UserErrorCode.INVALID), message, (*path, *field))
