"""Messages: what was said, in order of arrival."""

from tortoise import fields

from models.enums import ActorType, DeliveryStatus, MessageContentType
from models.fields import choice, count, flag, instant, json, reference, text
from models.record import Record


class Message(Record):
    """`sequence` is the order of arrival, from 1 and without gaps; `sent_at` is the sender's."""

    workspace_id: int
    session_id: int
    agent_id: int | None
    workspace = reference("models.Workspace")
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
