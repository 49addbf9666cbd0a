"""Filters on the custom fields of a session or contact."""

from typing import Annotated

from pydantic import Field

from schema.inputs.document import document, optional, required
from schema.inputs.filter import DateTimeFilter, FloatFilter, StringFilter, Texts
from schema.scalars import Key


@document(
    "Compare a custom field by key with the operator group of its declared type; a type mismatch is"
    " a validation error."
)
class CustomFieldFilter:
    """Match of one custom field's value."""

    key: Key = required("The key it is declared with.")
    text: StringFilter | None = optional(
        "Of TEXT, SELECT, URL, EMAIL and PHONE; one group at a time."
    )
    number: FloatFilter | None = optional("Of NUMBER.")
    date: DateTimeFilter | None = optional("Of DATE; a date without a time is its first instant.")
    boolean: bool | None = optional("Of BOOLEAN.")
    has_any: Texts | None = optional("Of MULTI_SELECT: at least one of these is chosen.")
    has_all: Texts | None = optional("Of MULTI_SELECT: all of these are chosen.")
    is_set: bool | None = optional("True: there is a value, of any type. False: there is none.")


CustomFieldFilters = Annotated[list[CustomFieldFilter], Field(max_length=200)]
