"""Inputs as stored JSON: the client's field names, nothing that was left out."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any, cast

from pydantic.alias_generators import to_camel


def as_json(value: Any) -> Any:
    """An input, or a list of inputs, as objects; other values as they are.

    A duration is stored as `…Ms`, in whole milliseconds.
    """
    if value.__class__ is list:
        return [_object(item) for item in value] if _holds_inputs(value) else value
    if isinstance(value, StrEnum):
        return value.value
    return _object(value) if _is_input(value.__class__) else value


def _holds_inputs(values: Any) -> bool:
    return bool(values) and _is_input(values[0].__class__)


def _object(value: Any) -> Mapping[str, Any]:
    stored: dict[str, Any] = {}
    names, given = _names(value.__class__), cast("dict[str, Any]", vars(value))
    for attribute, item in given.items():
        kind: type = item.__class__
        if kind in _PLAIN:
            stored[names[attribute]] = item
        elif kind is timedelta:
            stored[f"{names[attribute]}Ms"] = item // timedelta(milliseconds=1)
        elif item is not None:
            stored[names[attribute]] = as_json(item)
    return stored


_PLAIN = frozenset({str, int, float, bool, dict})


@cache
def _is_input(cls: type) -> bool:
    return is_dataclass(cls)


@cache
def _names(cls: type) -> dict[str, str]:
    return {field.name: to_camel(field.name) for field in fields(cls)}
