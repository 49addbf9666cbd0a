"""Contacts: the people (and their addresses) on the other side of a session."""

from models.enums import ChannelType
from models.fields import choice, flag, instant, json, reference, text
from models.record import Record


class Contact(Record):
    """A person; found by id, `external_id` or handle."""

    workspace_id: int
    workspace = reference("models.Workspace")
    external_id = text(null=True)
    name = text(null=True)
    name_folded = text(null=True)
    email = text(null=True)
    phone = text(null=True)
    company = text(null=True)
    avatar_url = text(null=True)
    location = json(null=True)
    source = text(null=True)
    metadata = json(default=dict)
    is_blocked = flag()
    created_at = instant()
    updated_at = instant()
    last_seen_at = instant(null=True)
    erased_at = instant(null=True)

    class Meta:
        table = "contact"
        unique_together = (("workspace_id", "external_id"),)
        indexes = (
            ("workspace_id", "email"),
            ("workspace_id", "phone"),
            ("workspace_id", "created_at", "id"),
        )


class ContactHandle(Record):
    """An address of a contact on a channel, normalised (E.164, lower-case e-mail)."""

    workspace_id: int
    contact_id: int
    workspace = reference("models.Workspace")
    contact = reference("models.Contact")
    channel_type = choice(ChannelType)
    address = text()
    verified = flag()

    class Meta:
        table = "contact_handle"
        unique_together = (("workspace_id", "channel_type", "address"),)
        indexes = (("contact_id",),)
