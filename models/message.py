"""Messages: what was said, in order of arrival."""

from datetime import datetime
from typing import NamedTuple

from tortoise import fields

from models.attachment import Attachment, attachments_from
from models.enums import ActorType, DeliveryStatus, MessageContentType
from models.fields import Json, choice, count, flag, instant, json, owner, reference, text
from models.record import Record


class Sender(NamedTuple):
    """Who spoke: an agent by its key, or the contact of a session by the session's."""

    is_contact: bool
    key: int


class Message(Record):
    """`sequence` is the order of arrival, from 1 and without gaps; `sent_at` is the sender's."""

    session_id: int
    agent_id: int | None
    workspace_id = owner()
    session = reference("models.Session")
    sequence = fields.IntField()
    external_id = text(null=True)
    sender_type = choice(ActorType)
    agent = reference("models.Agent", null=True)
    content_type = choice(MessageContentType)
    text = text(null=True)
    payload = json(null=True)
    attachments = json(default=list)
    sent_at = instant()
    offset_ms = count(null=True)
    edited_at = instant(null=True)
    deleted_at = instant(null=True)
    delivery_status = choice(DeliveryStatus, null=True)
    reply_to_id = count(null=True)  # same session, so no constraint to check at every delete
    is_missing_knowledge = flag()
    metadata = json(default=dict)

    class Meta:
        table = "message"
        unique_together = (("session_id", "sequence"), ("session_id", "external_id"))

    @property
    def sender_key(self) -> Sender | None:
        """None for the system, and for an agent that the producer did not name."""
        if self.sender_type is ActorType.CONTACT:
            return Sender(is_contact=True, key=self.session_id)
        return None if self.agent_id is None else Sender(is_contact=False, key=self.agent_id)

    @property
    def timeline_at(self) -> datetime:
        """The time at which it stands among messages and events."""
        return self.sent_at

    @property
    def timeline_rank(self) -> int:
        """Its place among what has the same time: messages by arrival, after events."""
        return self.sequence


def shown_text(message: Message) -> str | None:
    """A deleted message keeps its place but shows nothing of what it said."""
    return None if message.deleted_at else message.text


def shown_payload(message: Message) -> Json:
    """The structured content, unless deleted."""
    return None if message.deleted_at else message.payload


def shown_attachments(message: Message) -> list[Attachment]:
    """The files sent with it, unless deleted."""
    return [] if message.deleted_at else attachments_from(message.attachments)
