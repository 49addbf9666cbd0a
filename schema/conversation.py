"""Conversations in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.channel import channels_by_id
from loaders.contact import contacts_by_id
from loaders.message import messages_of_conversations
from models.conversation import Conversation as ConversationRow
from models.enums import ChannelType, Scope
from resolvers.conversation import conversation_link
from resolvers.session import sessions_of_conversations
from schema.channel import Channel
from schema.connection import Connection
from schema.contact import Contact
from schema.fields import column, derived, paged, related
from schema.message import MessageConnection
from schema.node import Node
from schema.scalars import Url
from schema.session_arguments import SESSION_ORDER
from schema.upward import LaterSessions


@strawberry.type(
    description="The long-lived inbox thread of a contact on a channel. Sessions are its episodes."
)
class Conversation(Node):
    """Read from its row."""

    row_type: ClassVar = ConversationRow

    external_id: str | None = column("Id in the producing system, unique in the workspace.")
    contact: Contact = related(contacts_by_id, "Who it is with.", by="contact_id")
    channel: Channel | None = related(
        channels_by_id, "The account it runs on; null when that was not reported.", by="channel_id"
    )
    channel_type: ChannelType = column("Network it runs on.")
    url: Url | None = derived(
        conversation_link, "«Go to conversation»; null without a template in the settings."
    )
    sessions: LaterSessions = paged(
        sessions_of_conversations,
        "Its sessions, the newest first unless ordered otherwise.",
        allow=Scope.SESSIONS_READ,
        arguments=SESSION_ORDER,
    )
    messages: MessageConnection = paged(
        messages_of_conversations,
        "The messages of all its sessions, in order of sending.",
        allow=Scope.SESSIONS_READ,
    )
    created_at: datetime = column("When it began.")
    last_message_at: datetime | None = column(
        "When something was last said; null when nothing was."
    )


@strawberry.type(description="A page of conversations.")
class ConversationConnection(Connection[Conversation]):
    """Read from `loaders.keyset.Page`."""
