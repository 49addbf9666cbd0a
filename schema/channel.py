"""Channels in the schema."""

from typing import ClassVar

import strawberry

from models.channel import Channel as ChannelRow
from models.enums import ChannelType
from schema.fields import column
from schema.node import Node


@strawberry.type(
    description="One connected account of a channel (a WhatsApp number, a web widget, a SIP trunk)."
)
class Channel(Node):
    """Read from its row."""

    row_type: ClassVar = ChannelRow

    type: ChannelType = column("Network of the account.")
    name: str = column("What the workspace calls the account.")
    external_id: str | None = column("Id in the producing system, unique within the type.")
