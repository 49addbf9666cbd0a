"""Conditions on custom fields: each is asked by the operators of the type it was declared with."""

from collections.abc import Mapping
from typing import Any

from loaders.comparison import Operand, given
from loaders.condition import Condition, every
from loaders.element_filter import Elements, any_value
from loaders.place import Compile, Place
from models.custom_field import CustomField
from models.enums import CustomFieldTarget
from models.field_value import column_of
from schema.inputs.custom_field_filter import CustomFieldFilter
from schema.inputs.document import client_name

PERSONAL_DATA = "personal_data"
"""What a condition reads besides, when the field was declared to hold personal data."""

GROUPS = {
    "text": ("text",),
    "number": ("number",),
    "date": ("date",),
    "boolean": ("boolean",),
    "choices": ("has_any", "has_all"),
}
"""The operators that go with the column of a value."""


def custom_fields(target: CustomFieldTarget, key: str, *, prefix: str = "") -> Compile:
    """A field that takes CustomFieldFilters, for the values of rows of that key."""
    owner = target.value.lower()

    def one(place: Place, filter_: CustomFieldFilter) -> Condition:
        field = place.named.fields.get((target, filter_.key))
        if field is None:
            message = f"There is no custom field {filter_.key!r} of a {owner}."
            raise place.at("key").refused(message)
        reads = frozenset({f"{prefix}custom_fields.{field.key}"})
        elements = _values(field, owner, f"{prefix}custom_fields")
        operand = Operand(f"x.{column_of(field.type)}", reads)
        at, operators = _question(place, field, filter_)
        return any_value(at, key, elements, operand, operators)

    def compile_(place: Place, filters: list[CustomFieldFilter]) -> Condition:
        return every(one(place.item(index), filter_) for index, filter_ in enumerate(filters))

    return compile_


def _values(field: CustomField, owner: str, reads: str) -> Elements:
    """The field's values, at most one of an owner."""
    also_reads = frozenset({PERSONAL_DATA} if field.is_personal_data else ())
    return Elements(
        f'"{owner}_field_value" x',
        f'x."{owner}_id"',
        "x.workspace_id",
        reads,
        {},
        where=Condition("x.field_id = ?", (field.id,), reads=also_reads),
    )


def _question(
    place: Place, field: CustomField, filter_: CustomFieldFilter
) -> tuple[Place, Mapping[str, Any]]:
    """The operators that are asked for and where they stand; raise BadRequest unless they fit."""
    asked = {name: value for name, value in given(filter_) if name != "key"}
    fitting = GROUPS[column_of(field.type)]
    if set(asked) == {"is_set"}:
        return place, {"is_null": not asked["is_set"]}
    unfit = [name for name in asked if name not in fitting]
    if len(asked) == 1 and unfit:
        wanted = " or ".join(client_name(name) for name in fitting)
        message = f"The custom field {field.key!r} is {field.type}: compare it by {wanted}."
        raise place.at(unfit[0]).refused(message)
    if unfit or not asked:
        raise place.refused("Give one of text, number, date, boolean, hasAny/hasAll or isSet.")
    if fitting == GROUPS["choices"]:
        return place, asked
    (name, value) = asked.popitem()
    return place.at(name), {"eq": value} if isinstance(value, bool) else dict(given(value))
