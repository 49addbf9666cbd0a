"""Values of custom fields, for sessions, contacts and analyses alike."""

from typing import Annotated

from pydantic import Field

from schema.inputs.document import document, optional, required
from schema.scalars import JsonValue, Key


@document("The value of one custom field.")
class CustomFieldValueInput:
    """A value by its field's key."""

    key: Key = required("Machine name of the field.")
    value: JsonValue | None = optional("Value that fits the field's type; null clears it.")


CustomFieldValues = Annotated[list[CustomFieldValueInput], Field(max_length=200)]
