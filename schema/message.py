"""Messages in the schema."""

from datetime import datetime
from typing import Annotated, ClassVar

import strawberry

from loaders.message import messages_by_id
from loaders.reasoning import traces_of_messages
from loaders.sender import senders
from loaders.session import sessions_by_id
from models.enums import ActorType, DeliveryStatus, MessageContentType, Scope
from models.message import Message as MessageRow
from models.message import shown_attachments, shown_payload, shown_text
from schema.agent import Agent
from schema.attachment import Attachment
from schema.connection import Connection, change_cursor
from schema.contact import Contact
from schema.fields import column, derived, related
from schema.node import Node
from schema.reasoning import ReasoningTrace
from schema.scalars import ChangeCursor, Json
from schema.upward import LaterMessage, LaterSession

MessageSender = Annotated[
    Contact | Agent,
    strawberry.union("MessageSender", description="Who spoke: the contact or an agent."),
]


@strawberry.type(
    description=(
        "One utterance of a session. A deleted one keeps its place but shows nothing of what it"
        " said."
    )
)
class Message(Node):
    """Read from its row."""

    row_type: ClassVar = MessageRow

    external_id: str | None = column("Id in the producing system, unique in the session.")
    session: LaterSession = related(
        sessions_by_id, "The session.", by="session_id", allow=Scope.SESSIONS_READ
    )
    sequence: int = column("Position inside the session, from 1, without gaps.")
    sender_type: ActorType = column("Who spoke.")
    sender: MessageSender | None = related(
        senders,
        "The contact or agent; null for the system and for an unnamed agent.",
        by="sender_key",
    )
    content_type: MessageContentType = column("What it carries.")
    text: str | None = derived(
        shown_text, "What was said; needs MESSAGES_READ.", allow=Scope.MESSAGES_READ
    )
    payload: Json | None = derived(
        shown_payload, "Structured content; needs MESSAGES_READ.", allow=Scope.MESSAGES_READ
    )
    attachments: list[Attachment] = derived(
        shown_attachments, "Files sent with it; needs MESSAGES_READ.", allow=Scope.MESSAGES_READ
    )
    sent_at: datetime = column("When it was sent.")
    offset_ms: int | None = column("Milliseconds from the session's start, for call replay.")
    edited_at: datetime | None = column("When it was last changed; null when never.")
    deleted_at: datetime | None = column("When it was deleted; null when it was not.")
    delivery_status: DeliveryStatus | None = column("How far the channel has delivered it.")
    reply_to: LaterMessage | None = related(
        messages_by_id, "The message it answers.", by="reply_to_id"
    )
    is_missing_knowledge: bool = column("The agent lacked the knowledge to answer.")
    reasoning: ReasoningTrace | None = related(
        traces_of_messages,
        "Why the agent answered like this; needs MESSAGES_READ.",
        allow=Scope.MESSAGES_READ,
    )
    metadata: Json = column("Free keys and values.")


@strawberry.type(description="A page of messages.")
class MessageConnection(Connection[Message]):
    """Read from `loaders.keyset.Page`."""

    change_cursor: ChangeCursor = change_cursor()
