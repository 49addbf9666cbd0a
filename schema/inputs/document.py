"""How an input is declared: once, for GraphQL and for NDJSON documents alike.

A class made with `@document` is a Strawberry input and a pydantic-validated dataclass. Its limits
stand in its annotations (`schema/scalars.py`), its descriptions in its fields. What a client left
out reads as None, and so does an explicit null.
"""

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar, cast, dataclass_transform, get_type_hints

import orjson
import strawberry
from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import (
    CoreConfig,
    CoreSchema,
    ErrorDetails,
    InitErrorDetails,
    PydanticCustomError,
    SchemaValidator,
    core_schema,
)
from strawberry import UNSET

from models.enums import UserErrorCode
from models.errors import Path, Rejected, Violation

T = TypeVar("T")
Rule = Callable[[Any], None]
"""What fields of one object owe each other; raises ValueError, or calls `require`."""

NameOf = Callable[[str], str]

_CODES = {
    "string_too_long": UserErrorCode.TOO_LONG,
    "too_long": UserErrorCode.TOO_MANY,
    "missing": UserErrorCode.REQUIRED,
}
_MESSAGES = {"unexpected_keyword_argument": "There is no such field"}
_MAX_SHOWN = 20
"""Violations listed of one document: enough to mend it, bounded for a hostile one."""
_WITHOUT_STRING_CACHE = CoreConfig(cache_strings="none")
"""Texts of a document hardly repeat: looking for each among earlier ones costs a twentieth."""
_adapters: dict[type, SchemaValidator] = {}
_in_progress: ContextVar[frozenset[type]] = ContextVar("_in_progress", default=frozenset())
"""The types whose schemas are being built around the one at hand."""


def required(description: str, *, name: str | None = None) -> Any:
    """A field that must be given."""
    return strawberry.field(description=description, name=name)


def optional(description: str, *, name: str | None = None, default: object = UNSET) -> Any:
    """A field that may be left out; `default` stands in the SDL."""
    return strawberry.field(description=description, name=name, default=default)


# `optional` is no field specifier, so that type checkers take what it returns for a default.
@dataclass_transform(kw_only_default=True, field_specifiers=(required,))
def document(
    description: str, *, one_of: bool = False, partial: bool = False, rule: Rule | None = None
) -> Callable[[type[T]], type[T]]:
    """Declare an input type; with `one_of`, exactly one of its fields is given.

    A `partial` one tells what was left out from null: read it through `stated`.
    """
    checked_by = _exactly_one if one_of else rule

    def declare(cls: type[T]) -> type[T]:
        def schema_of(cls: type[T], _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            return _core_schema(cls, handler, checked_by, partial=partial)

        hooks: dict[str, Any] = {"__get_pydantic_core_schema__": classmethod(schema_of)}
        if not partial:
            hooks["__post_init__"] = _absent_is_none
        for name, hook in hooks.items():
            setattr(cls, name, hook)
        return strawberry.input(cls, description=description, one_of=one_of)

    return declare


def stated(value: object) -> dict[str, Any]:
    """What a client wrote in a partial input, nulls too, by attribute."""
    return {name: item for name, item in vars(value).items() if item is not UNSET}


def require(value: object, *names: str) -> None:
    """For rules: refuse the object unless each of these fields is given."""
    absent = [name for name in names if getattr(value, name) is None]
    if absent:
        raise ValidationError.from_exception_data(
            type(value).__name__,
            [InitErrorDetails(type="missing", loc=(client_name(n),), input=None) for n in absent],
        )


def refuse_null(value: object, *names: str) -> None:
    """For rules of partial inputs: refuse a null for what cannot be taken away."""
    null = PydanticCustomError("missing", "This cannot be null")
    found = [n for n in names if getattr(value, n) is None]
    if found:
        raise ValidationError.from_exception_data(
            type(value).__name__,
            [InitErrorDetails(type=null, loc=(client_name(n),), input=None) for n in found],
        )


def _exactly_one(value: object) -> None:
    if sum(item is not None for item in vars(value).values()) != 1:
        names = " and ".join(to_camel(name) for name in vars(value))
        raise ValueError(f"Exactly one of {names} is given")


def _absent_is_none(self: object) -> None:
    state = self.__dict__
    for name, value in state.items():
        if value is UNSET:
            state[name] = None


def _core_schema(
    cls: type, handler: GetCoreSchemaHandler, rule: Rule | None, *, partial: bool
) -> CoreSchema:
    """A reference where the type occurs inside itself, else its schema."""
    ref = f"{cls.__module__}.{cls.__qualname__}"
    around = _in_progress.get()
    if cls in around:
        return core_schema.definition_reference_schema(ref)
    token = _in_progress.set(around | {cls})
    try:
        arguments = _arguments(cls, handler, partial=partial)
    finally:
        _in_progress.reset(token)
    schema = core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, arguments, extra_behavior="forbid"),
        [argument["name"] for argument in arguments],
        revalidate_instances="always",
        ref=ref if rule is None else None,
    )
    return schema if rule is None else _ruled(schema, rule, ref)


def _arguments(
    cls: Any, handler: GetCoreSchemaHandler, *, partial: bool
) -> list[core_schema.DataclassField]:
    hints = get_type_hints(cls, include_extras=True)
    defaulted = _unset_or if partial else _defaulted
    return [
        core_schema.dataclass_field(
            field.name,
            defaulted(handler.generate_schema(hints[field.name]), field.default),
            kw_only=True,
            validation_alias=client_name(field.name),
        )
        for field in fields(cls)
    ]


def _defaulted(schema: CoreSchema, default: Any) -> CoreSchema:
    if default is MISSING:
        return schema
    return core_schema.with_default_schema(schema, default=None if default is UNSET else default)


def _unset_or(schema: CoreSchema, default: Any) -> CoreSchema:
    if default is not UNSET:
        return _defaulted(schema, default)

    def given(value: Any, check: Callable[[Any], Any]) -> Any:
        return value if value is UNSET else check(value)

    either = core_schema.no_info_wrap_validator_function(given, schema)
    return core_schema.with_default_schema(either, default=UNSET)


def _ruled(schema: CoreSchema, rule: Rule, ref: str) -> CoreSchema:
    def checked(value: T) -> T:
        rule(value)
        return value

    return core_schema.no_info_after_validator_function(checked, schema, ref=ref)


def adapter(input_type: type) -> SchemaValidator:
    """The validator of an input type, built at first use."""
    known = _adapters.get(input_type)
    if known is None:
        schema = TypeAdapter(input_type).core_schema
        known = _adapters[input_type] = SchemaValidator(schema, _WITHOUT_STRING_CACHE)
    return known


def validated(value: T, *path: str) -> T:
    """Check the limits of an input that GraphQL has built; raise Rejected, paths under `path`."""
    try:
        checked: T = adapter(type(value)).validate_python(value, by_alias=False, by_name=True)
    except ValidationError as error:
        raise Rejected(_violations(error, path, client_name)) from None
    if _has_escaped_nul(_encoded(checked, path)):
        _refuse_nul(checked, path)
    return checked


def parsed(input_type: type[T], line: bytes) -> T:
    """An input from its JSON; raise Rejected."""
    try:
        value: T = adapter(input_type).validate_json(line, strict=True)
    except ValidationError as error:
        raise Rejected(_violations(error, (), str)) from None
    if _has_escaped_nul(line):
        _refuse_nul(value, ())
    return value


def _violations(error: ValidationError, path: Path, name_of: NameOf) -> list[Violation]:
    """What pydantic found, in our codes and with the client's field names."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return [_violation(detail, path, name_of) for detail in details[:_MAX_SHOWN]]


def _violation(detail: ErrorDetails, path: Path, name_of: NameOf) -> Violation:
    kind = detail["type"]
    field = (name_of(part) if isinstance(part, str) else str(part) for part in detail["loc"])
    message = _MESSAGES.get(kind, detail["msg"].removeprefix("Value error, "))
    return Violation(_CODES.get(kind, UserErrorCode.INVALID), message, (*path, *field))


@lru_cache(maxsize=1024)
def client_name(attribute: str) -> str:
    """The name in GraphQL and JSON; Python's own words end with an underscore in the class."""
    return to_camel(attribute.rstrip("_"))


def _encoded(value: object, path: Path) -> bytes:
    try:
        return orjson.dumps(value, default=str)
    except orjson.JSONEncodeError:  # JSON inside has been checked, so it is the filter's own depth
        raise Rejected([Violation(UserErrorCode.INVALID, "It nests too deeply", path)]) from None


def _has_escaped_nul(encoded: bytes) -> bool:
    return b"\\" in encoded and rb"\u0000" in encoded  # looking for one byte costs a sixth


def _refuse_nul(value: object, path: Path) -> None:
    found = [
        Violation(UserErrorCode.INVALID, "Text may not contain U+0000", where)
        for where in islice(_nul_paths(value, path), _MAX_SHOWN)
    ]
    if found:
        raise Rejected(found)


def _nul_paths(value: object, path: Path) -> Iterator[Path]:
    """Where a text or a JSON key has U+0000, in the order of the document."""
    if isinstance(value, str) and "\0" in value:
        yield path
    for name, part in _parts(value):
        if "\0" in name:
            yield path
        yield from _nul_paths(part, (*path, name))


def _parts(value: object) -> Iterable[tuple[str, object]]:
    """What an input or a JSON value holds, with the client's names."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        return ((str(index), item) for index, item in enumerate(items))
    if isinstance(value, dict):
        return cast("dict[str, object]", value).items()
    if is_dataclass(value):
        return ((client_name(name), item) for name, item in vars(value).items())
    return ()
