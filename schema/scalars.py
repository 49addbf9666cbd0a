"""Scalars: how instants, durations, money, JSON, URLs and log positions travel.

`SCALARS` is given to the schema, so that declarations use the plain Python types. The annotated
types are for inputs: Strawberry sees the plain type, pydantic also checks the rule, and a document
of an NDJSON import is therefore held to the very rules of the GraphQL mutation.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, NewType, cast

import orjson
import strawberry
from pydantic import AfterValidator, Field, GetPydanticSchema, PlainValidator
from pydantic_core import PydanticCustomError, core_schema
from strawberry.types.scalar import ScalarDefinition

Url = NewType("Url", str)
Json = NewType("Json", object)
ChangeCursor = NewType("ChangeCursor", str)

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
MAX_DURATION = timedelta(days=36_500)
"""Added to or taken from any session's instant, it stays within the calendar."""
MAX_TEXT_BYTES = 64 * 1024
MAX_JSON_BYTES = 64 * 1024
MAX_JSON_DEPTH = 32
MAX_MONEY = Decimal(10) ** 11
"""SQLite sums ten-thousandths of it in 63 bits: thousands of the largest fit."""

_STARTED = datetime.now(UTC)
_RFC3339 = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
_NOT_RFC3339 = "an instant is RFC 3339 with an offset, such as 2026-01-31T09:30:00Z"
_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
_ISO8601_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d{1,3})?)S)?)?",
    re.ASCII,
)


def parse_datetime(value: Any) -> datetime:
    """Raise ValueError unless it is RFC 3339 with an offset; in UTC, cut to milliseconds."""
    if not isinstance(value, str) or not re.fullmatch(_RFC3339, value):
        raise ValueError(_NOT_RFC3339)
    return _read_datetime(value)


def _read_datetime(text: str) -> datetime:
    """Of a text that has the form; `fromisoformat` alone would take many others."""
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies within the years 1 to 9999, in UTC") from None
    finer = moment.microsecond % 1000
    return moment - timedelta(microseconds=finer) if finer else moment


def format_datetime(value: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_duration(value: Any) -> timedelta:
    """Raise ValueError unless it is ISO 8601 without years and months, which have no length."""
    match = _ISO8601_DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise ValueError("a duration is ISO 8601 without years or months, such as PT30M or P7D")
    units = {unit: float(count) for unit, count in match.groupdict().items() if count}
    try:
        span = timedelta(**units)
    except OverflowError:
        span = timedelta.max
    if span > MAX_DURATION:
        raise ValueError(f"a duration takes at most {MAX_DURATION.days} days")
    return span


def format_duration(value: timedelta) -> str:
    """ISO 8601; days, hours, minutes and seconds, none that are zero."""
    days, seconds = value.days, value.seconds
    hours, minutes = divmod(seconds // 60, 60)
    rest = seconds % 60 + value.microseconds / 1_000_000
    date = f"{days}D" if days else ""
    clock = "".join(
        f"{count:g}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count
    )
    return f"P{date}{'T' + clock if clock else ''}" if date or clock else "PT0S"


def parse_decimal(value: Any) -> Decimal:
    """Raise ValueError unless it is a number with at most four decimal places."""
    text = str(value) if isinstance(value, str | int | float | Decimal) else ""
    amount = Decimal(text) if _DECIMAL.fullmatch(text) else MAX_MONEY
    if abs(amount) >= MAX_MONEY:
        raise ValueError("a decimal is a number below 10^11, best given as a string")
    if amount != round(amount, 4):
        raise ValueError("a decimal has at most four decimal places")
    return amount


def check_instant(moment: datetime) -> datetime:
    """An instant of a session: raise ValueError outside 2000-01-01 … one day from now.

    Keys and indexes hold in that range. The clock is read only for what is younger than the
    process: a reading costs more than the parsing.
    """
    if moment < EARLIEST or (moment > _STARTED and moment > datetime.now(UTC) + AHEAD):
        raise ValueError("an instant lies between 2000-01-01 and one day from now")
    return moment


def _read_instant(text: str) -> datetime:
    """The short way is that of nearly all instants of an import, several thousand a second."""
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is UTC and EARLIEST <= moment < _STARTED and not moment.microsecond % 1000:
        return moment
    return check_instant(_read_datetime(text))


def _from_text(
    read: Callable[[str], datetime], check: Callable[[datetime], datetime]
) -> GetPydanticSchema:
    """JSON has a text, whose form pydantic checks fastest; GraphQL has parsed it already."""
    text = core_schema.custom_error_schema(
        core_schema.str_schema(pattern=_RFC3339),
        custom_error_type="not_rfc3339",
        custom_error_message=_NOT_RFC3339,
    )
    schema = core_schema.json_or_python_schema(
        json_schema=core_schema.no_info_after_validator_function(read, text),
        python_schema=core_schema.no_info_after_validator_function(
            check, core_schema.is_instance_schema(datetime)
        ),
    )
    return GetPydanticSchema(lambda _source, _handler: schema)


def parse_span(value: Any) -> timedelta:
    """A duration, parsed unless GraphQL has done so."""
    return value if isinstance(value, timedelta) else parse_duration(value)


def check_message_text(value: str) -> str:
    """Raise "string_too_long" past 64 KiB of UTF-8."""
    if len(value) > MAX_TEXT_BYTES or (
        not value.isascii() and len(value.encode()) > MAX_TEXT_BYTES
    ):
        raise PydanticCustomError("string_too_long", "a message text takes at most 65536 bytes")
    return value


def check_json(value: Any) -> Any:
    """Raise ValueError past 64 KiB or 32 levels, or for numbers that JSON does not know."""
    try:
        encoded = orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise ValueError(f"JSON has at most {MAX_JSON_DEPTH} levels and 64-bit numbers") from None
    if len(encoded) > 2 * MAX_JSON_DEPTH:
        _check_extent(value, encoded)
    if b"null" in encoded and _has_non_finite(value):
        raise ValueError("JSON knows no NaN and no infinity")
    return value


def check_json_object(value: Any) -> Any:
    """As `check_json`, and it must be an object."""
    if not isinstance(value, dict):
        raise ValueError("this is a JSON object")  # pydantic collects ValueError
    return check_json(value)


def _check_extent(value: Any, encoded: bytes) -> None:
    """Each level takes two brackets, and counting them is far cheaper than walking the value."""
    if len(encoded) > MAX_JSON_BYTES:
        raise ValueError(f"JSON takes at most {MAX_JSON_BYTES} bytes")
    brackets = encoded.count(b"{") + encoded.count(b"[")
    if brackets > MAX_JSON_DEPTH and _depth_exceeds(value, MAX_JSON_DEPTH):
        raise ValueError(f"JSON has at most {MAX_JSON_DEPTH} levels")


def _depth_exceeds(value: object, levels: int) -> bool:
    if type(value) not in {dict, list}:
        return False
    return levels == 0 or any(_depth_exceeds(item, levels - 1) for item in _items(value))


def _has_non_finite(value: object) -> bool:
    """orjson writes them as null, pydantic takes the words NaN and Infinity for numbers."""
    if isinstance(value, float):
        return not isfinite(value)
    return any(_has_non_finite(item) for item in _items(value))


def _items(value: object) -> Iterable[object]:
    """What a JSON value holds."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


Instant = Annotated[datetime, _from_text(_read_instant, check_instant)]
AnyInstant = Annotated[datetime, _from_text(_read_datetime, lambda moment: moment)]
Span = Annotated[timedelta, PlainValidator(parse_span)]
Money = Annotated[Decimal, PlainValidator(parse_decimal)]
JsonValue = Annotated[Json, AfterValidator(check_json)]
JsonObject = Annotated[Json, AfterValidator(check_json_object)]
Link = Annotated[Url, Field(max_length=2048, pattern=r"^https?://\S+$")]

Name = Annotated[str, Field(min_length=1, max_length=256)]
Key = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
MessageText = Annotated[str, AfterValidator(check_message_text)]
LongText = Annotated[str, Field(max_length=10_000)]
LabelName = Annotated[str, Field(min_length=3, max_length=48)]
Description = Annotated[str, Field(max_length=256)]


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="RFC 3339 instant, always with an offset; returned in UTC with milliseconds.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        parse_value=parse_datetime,
        serialize=format_datetime,
    ),
    timedelta: strawberry.scalar(
        name="Duration",
        description="ISO 8601 duration without years and months, such as PT30M or P7D.",
        parse_value=parse_duration,
        serialize=format_duration,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="Decimal number below 10^11 with at most four decimal places, serialised as a"
        " string.",
        parse_value=parse_decimal,
        serialize=str,
    ),
    Json: strawberry.scalar(name="JSON", description="Any JSON value."),
    Url: strawberry.scalar(
        name="URL",
        description="An absolute http or https URL.",
        specified_by_url="https://url.spec.whatwg.org",
        serialize=str,
    ),
    ChangeCursor: strawberry.scalar(
        name="ChangeCursor",
        description=(
            "Opaque position in the workspace's change log, with the instant it was evaluated at."
            " Safe to store; valid until the log is trimmed past it."
        ),
        serialize=str,
    ),
}
"""For `StrawberryConfig.scalar_map`."""
