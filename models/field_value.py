"""Custom field values: which column holds a value of a type, and how it reads as text."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from models.custom_field import CustomField, FieldValue
from models.enums import CustomFieldType

_URL = re.compile(r"https?://\S+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[0-9][0-9\s().\-/]{3,24}")
_MAX_TEXT = 10_000


def typed_columns(field: CustomField, value: Any) -> dict[str, Any]:
    """The value in the column of the field's type; raise ValueError when it does not fit."""
    columns: dict[str, Any] = dict.fromkeys(("text", "number", "date", "boolean", "choices"))
    name, convert = _COLUMNS[field.type]
    columns[name] = convert(field, value)
    return columns


def column_of(type_: CustomFieldType) -> str:
    """Which column holds the values of fields of that type."""
    return _COLUMNS[type_][0]


def value_of(row: FieldValue) -> Any:
    """The value as JSON; a date is RFC 3339."""
    if row.date is not None:
        return row.date.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    present = (row.text, row.number, row.boolean, row.choices)
    return next((value for value in present if value is not None), None)


def display_of(row: FieldValue) -> str:
    """The value as text, for tables."""
    value = value_of(row)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, list):
        return ", ".join(cast("list[str]", value))
    return "" if value is None else str(value)


def _text(_field: CustomField, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ValueError("expects text")  # one error type for every misfit
    return value


def _matching(pattern: re.Pattern[str], kind: str) -> Callable[[CustomField, Any], str]:
    def check(_field: CustomField, value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"expects {kind}")
        return value

    return check


def _number(_field: CustomField, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("expects a number")
    return float(value)


def _boolean(_field: CustomField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expects true or false")
    return value


def _date(_field: CustomField, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("expects an ISO 8601 date, or an instant with its offset") from None
    if moment.tzinfo is None and len(value) > len("2026-01-31"):
        raise ValueError("expects an ISO 8601 date, or an instant with its offset")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _option(field: CustomField, value: Any) -> str:
    if value not in field.options:
        raise ValueError(f"expects one of {', '.join(field.options)}")
    return str(value)


def _options(field: CustomField, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("expects a list of options")
    return [_option(field, item) for item in cast("list[object]", value)]


_COLUMNS: dict[CustomFieldType, tuple[str, Callable[[CustomField, Any], Any]]] = {
    CustomFieldType.TEXT: ("text", _text),
    CustomFieldType.NUMBER: ("number", _number),
    CustomFieldType.DATE: ("date", _date),
    CustomFieldType.BOOLEAN: ("boolean", _boolean),
    CustomFieldType.SELECT: ("text", _option),
    CustomFieldType.MULTI_SELECT: ("choices", _options),
    CustomFieldType.URL: ("text", _matching(_URL, "an http or https URL")),
    CustomFieldType.EMAIL: ("text", _matching(_EMAIL, "an e-mail address")),
    CustomFieldType.PHONE: ("text", _matching(_PHONE, "a telephone number")),
}
