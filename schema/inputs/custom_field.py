"""Custom fields, and their values, for sessions, contacts and analyses alike."""

from typing import Annotated

from pydantic import AfterValidator, Field
from strawberry import ID

from models.enums import CustomFieldTarget, CustomFieldType
from schema.inputs.document import document, optional, refuse_null, required
from schema.scalars import Description, JsonValue, Key, Name


@document("The value of one custom field.")
class CustomFieldValueInput:
    """A value by its field's key."""

    key: Key = required("Machine name of the field.")
    value: JsonValue | None = optional("Value that fits the field's type; null clears it.")


CustomFieldValues = Annotated[list[CustomFieldValueInput], Field(max_length=200)]


def _different(options: list[Name]) -> list[Name]:
    if len(set(options)) < len(options):
        raise ValueError("two options are the same")
    return options


Options = Annotated[list[Name], Field(min_length=1, max_length=200), AfterValidator(_different)]


@document("A custom field to declare.")
class CustomFieldInput:
    """What a field is; its key, target and type are for good."""

    key: Key = required("Machine name, unique among the fields of its target.")
    name: Name = required("Name for people.")
    description: Description | None = optional(
        "What it means, at most 256 characters; analyzers extract it by this."
    )
    applies_to: CustomFieldTarget = required("What has it.")
    type: CustomFieldType = required("Type of its values.")
    options: Options | None = optional(
        "What can be chosen, at most 200; needed by SELECT and MULTI_SELECT, and by no other type."
    )
    is_required: bool | None = optional("Whether forms insist on it.", default=False)
    auto_extract: bool | None = optional("May an analyzer fill it?", default=False)
    is_personal_data: bool | None = optional(
        "Masked without PII_READ, and erased with the contact.", default=False
    )


def _field_keeps_its_parts(given: object) -> None:
    refuse_null(given, "name", "options", "is_required", "auto_extract", "is_archived")


@document(
    "What to change of a custom field: only the fields present; null clears.",
    partial=True,
    rule=_field_keeps_its_parts,
)
class CustomFieldUpdateInput:
    """A changed declaration; values that are there stay."""

    id: ID = required("Global id.")
    name: Name | None = optional("Name for people.")
    description: Description | None = optional("What it means, at most 256 characters.")
    options: Options | None = optional(
        "What can be chosen from now on; values that were chosen before stay."
    )
    is_required: bool | None = optional("Whether forms insist on it.")
    auto_extract: bool | None = optional("May an analyzer fill it?")
    is_archived: bool | None = optional("No longer offered; values stay.")
