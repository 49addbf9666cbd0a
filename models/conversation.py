"""Conversations: the inbox thread of a contact on a channel; sessions are its episodes."""

from models.enums import ChannelType
from models.fields import choice, instant, reference, text
from models.record import Record


class Conversation(Record):
    """Found by `external_id`; without one there is one per contact, channel type and channel.

    That second rule is a partial unique index in `models/schema_objects.py`.
    """

    workspace_id: int
    contact_id: int
    channel_id: int | None
    workspace = reference("models.Workspace")
    external_id = text(null=True)
    contact = reference("models.Contact")
    channel = reference("models.Channel", null=True)
    channel_type = choice(ChannelType)
    created_at = instant()
    last_message_at = instant(null=True)

    class Meta:
        table = "conversation"
        unique_together = (("workspace_id", "external_id"),)
        indexes = (("contact_id", "created_at", "id"),)
