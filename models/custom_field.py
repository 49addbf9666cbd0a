"""Custom fields: typed facts a workspace adds to its sessions and contacts."""

from typing import Any, ClassVar

from models.enums import CustomFieldTarget, CustomFieldType, ValueSource
from models.fields import choice, flag, instant, json, number, owner, reference, text
from models.record import Abstract, Record


class CustomField(Record):
    """A declared field; its key is unique among the fields of its target."""

    workspace_id: int
    workspace = reference("models.Workspace")
    key = text()
    name = text()
    description = text(null=True)
    applies_to = choice(CustomFieldTarget)
    type = choice(CustomFieldType)
    options = json(default=list)
    is_required = flag()
    auto_extract = flag()
    is_personal_data = flag()
    is_archived = flag()
    created_at = instant()

    class Meta:
        table = "custom_field"
        unique_together = (("workspace_id", "key", "applies_to"),)


class FieldValue(Record):
    """One typed value: exactly the column of the field's type is set.

    text: TEXT, SELECT, URL, EMAIL, PHONE; a MULTI_SELECT is a JSON list in `choices`.
    """

    Meta: ClassVar[Any] = Abstract

    field_id: int
    workspace_id = owner()
    field = reference("models.CustomField")
    text = text(null=True)
    number = number(null=True)
    date = instant(null=True)
    boolean = flag(null=True)
    choices = json(null=True)
    source = choice(ValueSource)
    updated_at = instant()


class SessionFieldValue(FieldValue):
    """A custom field's value on a session."""

    session_id: int
    session = reference("models.Session")

    class Meta:
        table = "session_field_value"
        unique_together = (("session_id", "field_id"),)
        indexes = (("field_id", "session_id"),)


class ContactFieldValue(FieldValue):
    """A custom field's value on a contact."""

    contact_id: int
    contact = reference("models.Contact")

    class Meta:
        table = "contact_field_value"
        unique_together = (("contact_id", "field_id"),)
        indexes = (("field_id", "contact_id"),)
