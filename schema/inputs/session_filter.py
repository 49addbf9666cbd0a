"""The one filter of sessions: for lists, counts and streams alike."""

from typing import Annotated

from pydantic import Field
from strawberry import ID

from schema.inputs.agent_filter import AgentFilter
from schema.inputs.contact_filter import ContactFilter
from schema.inputs.custom_field_filter import CustomFieldFilters
from schema.inputs.document import document, optional
from schema.inputs.element_filter import (
    EventListFilter,
    FormListFilter,
    GoalListFilter,
    JourneyListFilter,
    ScoreListFilter,
)
from schema.inputs.filter import (
    AssessmentFilter,
    ChannelTypeFilter,
    DateTimeFilter,
    DecimalFilter,
    EndReasonFilter,
    FloatFilter,
    HandledByFilter,
    IDFilter,
    IntFilter,
    LengthClassFilter,
    ModalityFilter,
    SentimentLabelFilter,
    SessionActivityFilter,
    SessionStatusFilter,
    StringFilter,
    TimeWindow,
)
from schema.inputs.label_filter import LabelListFilter
from schema.inputs.metadata_filter import MetadataFilters
from schema.inputs.search import SearchInput
from schema.inputs.utm_filter import UtmFilter


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
    search: SearchInput | None = optional("By text found in it.")
    status: SessionStatusFilter | None = optional("By lifecycle and outcome.")
    activity: SessionActivityFilter | None = optional("By how alive the session is.")
    is_open: bool | None = optional("True: sessions without an end. False: ended ones.")
    end_reason: EndReasonFilter | None = optional("By why it ended.")
    channel_type: ChannelTypeFilter | None = optional("By network.")
    channel_id: IDFilter | None = optional("By the connected account.")
    modality: ModalityFilter | None = optional("By text, voice or video.")
    agent: AgentFilter | None = optional("By the agent in charge.")
    contact: ContactFilter | None = optional("By the contact.")
    conversation_id: IDFilter | None = optional("By the inbox thread.")
    labels: LabelListFilter | None = optional("By labels.")
    custom_fields: CustomFieldFilters | None = optional("By custom fields; all of these match.")
    metadata: MetadataFilters | None = optional("By free keys and values; all of these match.")
    topic: StringFilter | None = optional("By intent category.")
    summary: StringFilter | None = optional("By the text of the summary.")
    comment: StringFilter | None = optional("By the text of any comment; isNull: without comments.")
    message_text: StringFilter | None = optional(
        "By what was said in any message; needs MESSAGES_READ."
    )
    sentiment: SentimentLabelFilter | None = optional("By the contact's mood.")
    started_at: DateTimeFilter | None = optional("By when it began.")
    ended_at: DateTimeFilter | None = optional("By when it ended.")
    active_during: TimeWindow | None = optional(
        "Open at any moment inside the window (interval overlap)."
    )
    last_activity_at: DateTimeFilter | None = optional("By when something last happened in it.")
    created_at: DateTimeFilter | None = optional("By when it was first stored.")
    updated_at: DateTimeFilter | None = optional("By when it was last written.")
    duration_seconds: FloatFilter | None = optional(
        "By seconds from start to end; an open session has no duration."
    )
    length_class: LengthClassFilter | None = optional(
        "By short, regular or long, as the workspace's settings have it now."
    )
    message_count: IntFilter | None = optional("By the number of messages.")
    contact_message_count: IntFilter | None = optional(
        "By the number of messages from the contact."
    )
    has_responses: bool | None = optional("True: the contact wrote or spoke.")
    has_missing_knowledge: bool | None = optional(
        "True: it has an unresolved knowledge gap or a message the agent could not answer."
    )
    has_handoff: bool | None = optional("True: a handoff was requested, accepted or handed back.")
    handled_by: HandledByFilter | None = optional("By whether AI or humans answered.")
    goals: GoalListFilter | None = optional("By what became of goals.")
    journey: JourneyListFilter | None = optional("By the journey blocks that were reached.")
    forms: FormListFilter | None = optional("By submitted forms.")
    scores: ScoreListFilter | None = optional("By named scores.")
    events: EventListFilter | None = optional("By what happened; needs MESSAGES_READ.")
    is_lead: bool | None = optional("True: the contact wanted to buy.")
    is_opportunity: bool | None = optional("True: a lead that could be won.")
    auto_assessment: AssessmentFilter | None = optional("By the automatic assessment.")
    human_assessment: AssessmentFilter | None = optional("By the assessment of a human.")
    assessment: AssessmentFilter | None = optional(
        "By the assessment that counts: a human's, else the automatic one."
    )
    quality_stars: IntFilter | None = optional("By the stars, 1 to 5.")
    additional_secured_revenue: DecimalFilter | None = optional(
        "By the revenue credited to the agent."
    )
    is_test: bool | None = optional("True: test sessions. False: the others.")
    is_todo: bool | None = optional("True: sessions that need follow-up.")
    is_done: bool | None = optional("True: reviewed sessions.")
    is_archived: bool | None = optional(
        "Archived sessions are left out unless the filter names isArchived anywhere; one rule, in"
        " the compiler, for every use of the filter."
    )
    is_favorite: bool | None = optional("True: favourites.")
    utm: UtmFilter | None = optional("By the campaign it came from.")
    saved_view_id: ID | None = optional("Compose with a stored view.")


SessionFilters = Annotated[list[SessionFilter], Field(max_length=200)]
