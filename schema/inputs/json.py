"""Inputs as stored JSON: the client's field names, nothing that was left out."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic.alias_generators import to_camel


def as_json(value: Any) -> Any:
    """A dataclass, or a list of them, as objects; other values as they are.

    A duration is stored as `…Ms`, in whole milliseconds.
    """
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if is_dataclass(value):
        return _object(value)
    return value.value if isinstance(value, StrEnum) else value


def _object(value: Any) -> Mapping[str, Any]:
    stored: dict[str, Any] = {}
    for attribute, name in _names(type(value)):
        item = getattr(value, attribute)
        if isinstance(item, timedelta):
            stored[f"{name}Ms"] = item // timedelta(milliseconds=1)
        elif item is not None:
            stored[name] = as_json(item)
    return stored


@cache
def _names(cls: type) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, to_camel(field.name)) for field in fields(cls))
