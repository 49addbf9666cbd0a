"""The one filter of sessions: for lists, counts and streams alike."""

from typing import Annotated

from pydantic import Field

from schema.inputs.agent_filter import AgentFilter
from schema.inputs.contact_filter import ContactFilter
from schema.inputs.document import document, optional
from schema.inputs.filter import (
    ChannelTypeFilter,
    DateTimeFilter,
    FloatFilter,
    IDFilter,
    IntFilter,
    ModalityFilter,
    SessionActivityFilter,
    SessionStatusFilter,
    StringFilter,
)
from schema.inputs.label_filter import LabelListFilter


@document(
    "ONE filter for list, count, metrics, series, facets, export, saved view, webhook, bulk update"
    " and subscription. Fields of one object are ANDed."
)
class SessionFilter:
    """Match of a session."""

    and_: "SessionFilters | None" = optional("All of these match.", name="and")
    or_: "SessionFilters | None" = optional("At least one of these matches.", name="or")
    not_: "SessionFilter | None" = optional("This does not match.", name="not")
    id: IDFilter | None = optional("By global id.")
    external_id: StringFilter | None = optional("By the id in the producing system.")
    source: StringFilter | None = optional("By the producing system.")
    status: SessionStatusFilter | None = optional("By lifecycle and outcome.")
    activity: SessionActivityFilter | None = optional("By how alive the session is.")
    is_open: bool | None = optional("True: sessions without an end. False: ended ones.")
    channel_type: ChannelTypeFilter | None = optional("By network.")
    modality: ModalityFilter | None = optional("By text, voice or video.")
    agent: AgentFilter | None = optional("By the agent in charge.")
    contact: ContactFilter | None = optional("By the contact.")
    conversation_id: IDFilter | None = optional("By the inbox thread.")
    labels: LabelListFilter | None = optional("By labels.")
    topic: StringFilter | None = optional("By intent category.")
    started_at: DateTimeFilter | None = optional("By when it began.")
    ended_at: DateTimeFilter | None = optional("By when it ended.")
    last_activity_at: DateTimeFilter | None = optional("By when something last happened in it.")
    created_at: DateTimeFilter | None = optional("By when it was first stored.")
    updated_at: DateTimeFilter | None = optional("By when it was last written.")
    duration_seconds: FloatFilter | None = optional(
        "By seconds from start to end; an open session has no duration."
    )
    message_count: IntFilter | None = optional("By the number of messages.")
    has_responses: bool | None = optional("True: the contact wrote or spoke.")
    has_missing_knowledge: bool | None = optional(
        "True: it has an unresolved knowledge gap or a message the agent could not answer."
    )
    has_handoff: bool | None = optional("True: a handoff was requested, accepted or handed back.")
    is_test: bool | None = optional("True: test sessions. False: the others.")
    is_todo: bool | None = optional("True: sessions that need follow-up.")
    is_done: bool | None = optional("True: reviewed sessions.")
    is_archived: bool | None = optional(
        "Archived sessions are left out unless the filter names isArchived anywhere; one rule, in"
        " the compiler, for every use of the filter."
    )
    is_favorite: bool | None = optional("True: favourites.")


SessionFilters = Annotated[list[SessionFilter], Field(max_length=200)]
