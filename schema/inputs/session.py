"""Opening, continuing and ending a session."""

from strawberry import ID

from models.enums import ChannelType, Modality, SessionEndReason, SessionStatus
from schema.inputs.agent import AgentRef
from schema.inputs.contact import ContactRef
from schema.inputs.custom_field import CustomFieldValues
from schema.inputs.document import document, optional, required
from schema.inputs.limits import FinalStatus, IdempotencyKey, LabelNames
from schema.inputs.message import Attachments, Messages
from schema.inputs.session_event import Events
from schema.scalars import Instant, JsonObject, LongText, Name, Span

IDEMPOTENCY = (
    "Key of this write, at most 256 characters: a repeat within 48 hours returns the first result."
)


@document("A session by its id in the producing system.")
class ExternalRef:
    """Reference by source and externalId."""

    source: Name = optional("Producing system.", default="api")
    external_id: Name = required("Id in that system, unique per source.")


@document("A session, by exactly one of its names.", one_of=True)
class SessionRef:
    """Reference to a session."""

    id: ID | None = optional("Global id.")
    external: ExternalRef | None = optional("Source and externalId.")


@document("Campaign that brought the contact, as in a link's utm parameters.")
class UtmInput:
    """Campaign parameters."""

    source: Name | None = optional("utm_source: site or newsletter.")
    medium: Name | None = optional("utm_medium: kind of link.")
    campaign: Name | None = optional("utm_campaign: name of the campaign.")
    term: Name | None = optional("utm_term: search words that were paid for.")
    content: Name | None = optional("utm_content: variant of the advertisement.")


@document("A session to open.")
class SessionStartInput:
    """What is known when a session begins."""

    idempotency_key: IdempotencyKey | None = optional(IDEMPOTENCY)
    external_id: Name | None = optional("Id in the producing system, unique per source.")
    source: Name | None = optional("Producing system.", default="api")
    contact: ContactRef = required("Who the session is with.")
    conversation_external_id: Name | None = optional(
        "Inbox thread it belongs to; one thread per contact and channel when left out."
    )
    agent: AgentRef | None = optional("Agent in charge.")
    channel_type: ChannelType = required("Network the session runs on.")
    channel_external_id: Name | None = optional("Account of the channel, such as a phone number.")
    channel_name: Name | None = optional("Name of that account, when it is not known yet.")
    recordings: Attachments | None = optional("Audio or video of the whole session.")
    modality: Modality | None = optional("Text, voice or video.", default=Modality.TEXT)
    started_at: Instant | None = optional("When it began; the time of arrival when left out.")
    topic: Name | None = optional("Intent category.")
    is_test: bool | None = optional("Left out of revenue and success figures.", default=False)
    metadata: JsonObject | None = optional("Free keys and values.")
    utm: UtmInput | None = optional("Campaign that brought the contact.")
    custom_fields: CustomFieldValues | None = optional("Values of custom fields of sessions.")
    labels: LabelNames | None = optional("Names of labels; unknown ones are created.")
    close_after: Span | None = optional("Overrides the workspace's closeAfter for this session.")


@document("A session to end.")
class SessionEndInput:
    """How a session ends."""

    idempotency_key: IdempotencyKey | None = optional(IDEMPOTENCY)
    session: SessionRef = required("The session.")
    status: FinalStatus = optional(
        "Outcome: COMPLETED, FAILED or CANCELLED.", default=SessionStatus.COMPLETED
    )
    end_reason: SessionEndReason | None = optional("Why it ended.")
    ended_at: Instant | None = optional("When it ended; the time of arrival when left out.")
    error_code: Name | None = optional("Machine-readable cause, for FAILED.")
    error_message: LongText | None = optional("Cause in words, for FAILED.")
    summary: LongText | None = optional("What it was about and how it ended.")
    recordings: Attachments | None = optional("Audio or video to add to the session.")


@document("Route by contact and channel: the server finds or opens the right session.")
class MessageAppendInput:
    """Messages, and where they belong."""

    idempotency_key: IdempotencyKey | None = optional(IDEMPOTENCY)
    session: SessionRef | None = optional("The session, when it is known; nothing is routed then.")
    messages: Messages = required("Messages in the order they were sent.")
    contact: ContactRef | None = optional("Who the session is with; needed without `session`.")
    channel_type: ChannelType | None = optional("Network; needed without `session`.")
    channel_external_id: Name | None = optional("Account of the channel, such as a phone number.")
    conversation_external_id: Name | None = optional("Inbox thread, for a session to be opened.")
    agent: AgentRef | None = optional("Agent in charge, for a session to be opened.")
    modality: Modality | None = optional("Text, voice or video, for a session to be opened.")


@document("Events to record in a session.")
class SessionEventRecordInput:
    """Events, and the session they happened in."""

    idempotency_key: IdempotencyKey | None = optional(IDEMPOTENCY)
    session: SessionRef = required("The session.")
    events: Events = required("Events in the order they happened.")
