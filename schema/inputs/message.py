"""Messages and their attachments, as producers send them."""

from typing import Annotated

from pydantic import Field
from strawberry import ID

from models.enums import ActorType, DeliveryStatus, MessageContentType
from schema.inputs.agent import AgentRef
from schema.inputs.document import document, optional, refuse_null, required
from schema.inputs.limits import ByteSize, Count
from schema.inputs.reasoning import ReasoningInput
from schema.scalars import Instant, JsonObject, JsonValue, Link, MessageText, Name, Span


@document("A file that is stored elsewhere.")
class AttachmentInput:
    """A file by its address."""

    url: Link = required("Where the file can be fetched.")
    mime_type: Name | None = optional("Media type, such as image/png.")
    name: Name | None = optional("File name.")
    size_bytes: ByteSize | None = optional("Size in bytes.")
    duration: Span | None = optional("Length of audio or video.")


Attachments = Annotated[list[AttachmentInput], Field(max_length=100)]


@document("One utterance of a session.")
class MessageInput:
    """A message to append."""

    external_id: Name | None = optional("Id in the producing system, unique in the session.")
    sender_type: ActorType = required("Who speaks.")
    agent: AgentRef | None = optional("Speaking agent; the session's own when left out.")
    content_type: MessageContentType | None = optional(
        "What the message carries.", default=MessageContentType.TEXT
    )
    text: MessageText | None = optional("What was said or written, at most 64 KiB of UTF-8.")
    payload: JsonValue | None = optional("Structured content, such as a template or a form.")
    attachments: Attachments | None = optional("Files sent with it.")
    sent_at: Instant | None = optional("When it was sent; the time of arrival when left out.")
    offset_ms: Count | None = optional("Milliseconds from the session's start, for call replay.")
    reply_to_external_id: Name | None = optional("externalId of the message it answers.")
    delivery_status: DeliveryStatus | None = optional("How far the channel has delivered it.")
    is_missing_knowledge: bool | None = optional("The agent lacked the knowledge to answer.")
    reasoning: ReasoningInput | None = optional("Why the agent answered as it did.")
    metadata: JsonObject | None = optional("Free keys and values.")


Messages = Annotated[list[MessageInput], Field(max_length=5000)]


def _no_null(given: object) -> None:
    refuse_null(given, "is_missing_knowledge", "deleted")


@document(
    "What to change of a message. Only the fields present are changed; null clears.",
    partial=True,
    rule=_no_null,
)
class MessageUpdateInput:
    """Partial update of a message."""

    id: ID = required("The message.")
    text: MessageText | None = optional("What was said or written, at most 64 KiB of UTF-8.")
    delivery_status: DeliveryStatus | None = optional("How far the channel has delivered it.")
    is_missing_knowledge: bool | None = optional("The agent lacked the knowledge to answer.")
    deleted: bool | None = optional(
        "True: it keeps its place and shows nothing of what it said. False: it shows it again."
    )
    metadata: JsonObject | None = optional("Free keys and values, replacing those there are.")
