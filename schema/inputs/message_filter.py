"""The filter of messages, of one session or of all."""

from models.enums import ActorType, MessageContentType
from schema.inputs.document import document, optional
from schema.inputs.filter import DateTimeFilter, StringFilter
from schema.inputs.session_filter import SessionFilter


@document("Which messages; the fields are ANDed.")
class MessageFilter:
    """Match of a message."""

    sender_type: ActorType | None = optional("By who speaks.")
    content_type: MessageContentType | None = optional("By what the message carries.")
    text: StringFilter | None = optional("By what was said or written.")
    sent_at: DateTimeFilter | None = optional("By when it was sent.")
    is_missing_knowledge: bool | None = optional(
        "True: messages that the agent lacked the knowledge to answer."
    )
    session: SessionFilter | None = optional("By the session it belongs to.")
