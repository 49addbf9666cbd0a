"""Channels: connected accounts such as a WhatsApp number, a web widget or a SIP trunk."""

from models.enums import ChannelType
from models.fields import choice, instant, reference, text
from models.record import Record


class Channel(Record):
    """One account, unique by its external id within its type."""

    workspace_id: int
    workspace = reference("models.Workspace")
    type = choice(ChannelType)
    name = text()
    external_id = text()
    created_at = instant()

    class Meta:
        table = "channel"
        unique_together = (("workspace_id", "external_id", "type"),)
