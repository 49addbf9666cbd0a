"""Custom fields in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.table import joined
from models.custom_field import CustomField as CustomFieldRow
from models.enums import CustomFieldTarget, CustomFieldType, ValueSource
from resolvers.custom_field import field_key, shown_text, shown_value
from schema.fields import column, derived
from schema.node import Node
from schema.scalars import Json


@strawberry.type(description="A typed fact that a workspace adds to its sessions or contacts.")
class CustomField(Node):
    """Read from its row."""

    row_type: ClassVar = CustomFieldRow

    key: str = column("Stable machine name, unique per appliesTo.")
    name: str = column("Name for people.")
    description: str | None = column("What it means; analyzers extract it by this.")
    applies_to: CustomFieldTarget = column("What has it.")
    type: CustomFieldType = column("Type of its values.")
    options: list[str] = column("Values that SELECT and MULTI_SELECT allow.")
    is_required: bool = column("Whether forms insist on it.")
    auto_extract: bool = column("May an analyzer fill it?")
    is_personal_data: bool = column("Masked without PII_READ, and erased with the contact.")
    is_archived: bool = column("No longer offered; values stay.")


@strawberry.type(description="The value of a custom field on a session or contact.")
class CustomFieldValue:
    """Read from the row of the value."""

    field: CustomField = derived(joined("field"), "The field.")
    key: str = derived(field_key, "Key of the field.")
    value: Json = derived(
        shown_value, "The value in the JSON type of the field; a date is RFC 3339."
    )
    display: str = derived(shown_text, "The value as text, for tables.")
    source: ValueSource = column("Who gave it.")
    updated_at: datetime = column("When it was given.")
