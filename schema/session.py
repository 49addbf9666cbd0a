"""Sessions in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.agent import agents_by_id
from loaders.audit import entries_of_sessions
from loaders.channel import channels_by_id
from loaders.comment import comments_of_sessions, latest_comments
from loaders.contact import contacts_by_id
from loaders.conversation import conversations_by_id
from loaders.custom_field import values_of_sessions
from loaders.form import submissions_of_sessions
from loaders.goal import outcomes_of_sessions
from loaders.journey import visits_of_sessions
from loaders.knowledge_gap import gaps_of_sessions
from loaders.label import labels_of_sessions
from loaders.message import last_messages
from loaders.reasoning import traces_of_sessions
from loaders.score import scores_of_sessions
from loaders.search_match import matches_of
from loaders.session_event import handoffs_of_sessions, transitions_of_sessions
from loaders.timeline import timelines_of_sessions
from models.enums import (
    AnalysisStatus,
    ChannelType,
    HandledBy,
    Modality,
    Scope,
    SearchField,
    SessionActivity,
    SessionEndReason,
    SessionLengthClass,
    SessionStatus,
)
from models.participant import participants_of
from models.session import Session as SessionRow
from models.session_display import (
    first_response_seconds,
    has_responses,
    highlights_of,
    recordings_of,
    utm_of,
)
from models.usage import usage_of_session
from resolvers.message import messages_of_sessions
from resolvers.metrics import metrics_of_page
from resolvers.page_range import page_range
from resolvers.session_event import events_of_sessions
from resolvers.session_parts import classified_length, elapsed, session_link
from schema.agent import Agent
from schema.attachment import Attachment
from schema.audit import AuditEntryConnection
from schema.channel import Channel
from schema.comment import Comment, CommentConnection
from schema.connection import Edge, NodePage, PageRange, change_cursor
from schema.contact import Contact
from schema.conversation import Conversation
from schema.custom_field import CustomFieldValue
from schema.fields import Paging, column, derived, itself, paged, related, resolved, where_present
from schema.form import FormSubmission
from schema.goal import GoalOutcome
from schema.journey import JourneyVisit
from schema.knowledge_gap import KnowledgeGap
from schema.label import AppliedLabel
from schema.message import Message, MessageConnection
from schema.metrics import SessionMetrics
from schema.node import Node
from schema.reasoning import ReasoningTrace
from schema.scalars import ChangeCursor, Json, Url
from schema.score import Score
from schema.session_arguments import (
    DURATION_UNIT,
    EVENT_LIST,
    FIELD_KEYS,
    FIRST_FIFTY,
    MESSAGE_LIST,
    SCORE_NAME,
)
from schema.session_event import SessionEvent, SessionEventConnection
from schema.session_parts import (
    Assessment,
    Highlight,
    LeadInfo,
    Participant,
    Quality,
    RevenueAttribution,
    Sentiment,
    SessionErrorInfo,
    StatusTransition,
    Summary,
    Utm,
)
from schema.timeline import TimelineConnection
from schema.usage import Usage

_TALK = Scope.MESSAGES_READ


@strawberry.type(
    description=(
        "One complete interaction between a contact and an agent, from first contact to its end."
    )
)
class Session(Node):
    """Read from its row; what is said in it needs MESSAGES_READ."""

    row_type: ClassVar = SessionRow

    external_id: str | None = column("Id in the producing system; unique per (workspace, source).")
    source: str = column("The producing system.")
    short_id: str = column(
        "Eight base-32 characters that tell sessions apart in a table; stored, and found by search"
        " SESSION_ID."
    )
    version: int = column("Increases with every write; pass as ifVersion for optimistic locking.")

    contact: Contact = related(contacts_by_id, "Who it is with.", by="contact_id")
    conversation: Conversation = related(
        conversations_by_id, "The inbox thread it is an episode of.", by="conversation_id"
    )
    agent: Agent | None = related(
        agents_by_id, "The agent in charge; null while nobody is.", by="agent_id"
    )
    participants: list[Participant] = derived(
        participants_of, "Who took part, in order of joining."
    )
    handled_by: HandledBy = column("Which kinds of agents answered, and in which order.")
    channel_type: ChannelType = column("Network it runs on.")
    channel: Channel | None = related(
        channels_by_id, "The account it runs on; null when that was not reported.", by="channel_id"
    )
    modality: Modality = column("Text, voice or video.")

    status: SessionStatus = column("Lifecycle and outcome.")
    activity: SessionActivity = column("How alive it is right now.")
    end_reason: SessionEndReason | None = column("Why it ended; null while it is open.")
    error: SessionErrorInfo | None = derived(
        where_present("error_code"), "The error that ended it; null without one."
    )
    started_at: datetime = column("When it started.")
    ended_at: datetime | None = column("When it ended; null while it is open.")
    last_activity_at: datetime = column("When something was last said or done.")
    closes_at: datetime | None = column("When silence will close it; null when ended or never.")
    duration: float = derived(
        elapsed,
        "Running time while open, total once ended. In filters, orders, lengthClass and averages an"
        " open session has no duration.",
        arguments=DURATION_UNIT,
    )
    length_class: SessionLengthClass | None = derived(
        classified_length, "By the current thresholds of the settings; null while it is open."
    )
    status_history: list[StatusTransition] = related(
        transitions_of_sessions, "Every change of status, in order; at most 1,000."
    )

    topic: str | None = column("What it is about, in one word or two.")
    summary: Summary | None = derived(
        where_present("summary_text"), "What it was about; null while nobody has written it."
    )
    highlights: list[Highlight] = derived(highlights_of, "Remarkable passages.")
    sentiment: Sentiment | None = derived(
        where_present("sentiment_label"), "How the contact felt; null while nobody has judged."
    )
    analysis_status: AnalysisStatus = column("How far the analysis after its end has got.")
    analysis_error: str | None = column("Why the analysis FAILED; null otherwise.")

    labels: list[AppliedLabel] = related(
        labels_of_sessions, "Tags, in the order they were applied."
    )
    custom_fields: list[CustomFieldValue] = related(
        values_of_sessions, "Values of custom fields, by key.", arguments=FIELD_KEYS
    )
    metadata: Json = column("Free keys and values.")
    utm: Utm | None = derived(utm_of, "The campaign that brought the contact; null without one.")

    message_count: int = column("Messages in all.")
    contact_message_count: int = column("Messages of the contact.")
    has_responses: bool = derived(has_responses, "Whether the contact said anything.")
    first_response_time: float | None = derived(
        first_response_seconds,
        "Seconds from the contact's first message to the first answer; null without either.",
    )
    messages: MessageConnection = paged(
        messages_of_sessions,
        "The transcript in order of arrival. Server default: first 50.",
        arguments=MESSAGE_LIST,
    )
    last_message: Message | None = related(
        last_messages, "The message that arrived last; null when nothing was said."
    )
    events: SessionEventConnection = paged(
        events_of_sessions,
        "What happened besides, in order of time; needs MESSAGES_READ.",
        paging=Paging.FORWARDS,
        allow=_TALK,
        arguments=EVENT_LIST,
    )
    timeline: TimelineConnection = paged(
        timelines_of_sessions,
        "Messages and events interleaved in order: the activity log and the replay; needs"
        " MESSAGES_READ.",
        allow=_TALK,
    )
    reasoning: list[ReasoningTrace] = related(
        traces_of_sessions,
        "Why the agent answered as it did, in order of the answers; at most 1,000. Needs"
        " MESSAGES_READ.",
        allow=_TALK,
    )

    goals: list[GoalOutcome] = related(
        outcomes_of_sessions, "Goals that were triggered or reached."
    )
    journey: list[JourneyVisit] = related(
        visits_of_sessions, "Journey blocks it went through, in order; at most 1,000."
    )
    forms: list[FormSubmission] = related(
        submissions_of_sessions, "Forms that were submitted, in order; at most 1,000."
    )
    knowledge_gaps: list[KnowledgeGap] = related(
        gaps_of_sessions, "Questions that the agent could not answer; at most 1,000."
    )
    has_missing_knowledge: bool = column(
        "Whether a knowledge gap is unresolved or an answer lacked knowledge."
    )
    handoffs: list[SessionEvent] = related(
        handoffs_of_sessions,
        "Handoffs between AI and humans, in order; at most 1,000. Needs MESSAGES_READ.",
        allow=_TALK,
    )
    scores: list[Score] = related(
        scores_of_sessions, "Named annotations, in order; at most 1,000.", arguments=SCORE_NAME
    )

    assessment: Assessment = derived(itself, "Whether the agent succeeded.")
    quality: Quality = derived(itself, "How good the conversation was.")
    lead: LeadInfo = derived(itself, "Whether the contact intends to buy.")
    revenue: RevenueAttribution = derived(itself, "What it secured.")

    is_test: bool = column("Excluded from revenue and scores.")
    is_todo: bool = column("Needs follow-up.")
    todo_reason: str | None = column("Why it needs follow-up.")
    is_done: bool = column("Reviewed or completed; says nothing about its status.")
    done_at: datetime | None = column("When it was marked done.")
    is_archived: bool = column("Left out of lists and counts unless a filter names isArchived.")
    is_favorite: bool = column("Marked by a reviewer.")
    comments: CommentConnection = paged(
        comments_of_sessions,
        "Notes of reviewers, the newest first.",
        paging=Paging.FORWARDS,
        arguments=FIRST_FIFTY,
    )
    latest_comment: Comment | None = related(latest_comments, "The newest note; null without one.")

    recordings: list[Attachment] = derived(
        recordings_of, "Audio or video of the whole session; needs MESSAGES_READ.", allow=_TALK
    )
    usage: Usage | None = derived(
        usage_of_session, "What its answers consumed; null when nothing was reported."
    )
    url: Url | None = derived(session_link, "Deep link; null without a template in the settings.")
    created_at: datetime = column("When the server first heard of it.")
    updated_at: datetime = column("When it was last written.")
    audit: AuditEntryConnection = paged(
        entries_of_sessions,
        "Who changed what of it, the newest first; needs AUDIT_READ.",
        paging=Paging.FORWARDS,
        arguments=FIRST_FIFTY,
        allow=Scope.AUDIT_READ,
    )


@strawberry.type(description="Why a session matched a search.")
class SearchMatch:
    """Read from `loaders.search_match.Match`."""

    fields: list[SearchField] = column("Where at least one of the words was found.")
    snippet: str | None = column(
        "About 120 characters around the first of them; null when it has changed since."
    )


@strawberry.type(description="A session of a page with its position.")
class SessionEdge(Edge[Session]):
    """Read from `loaders.keyset.Edge`."""

    match: SearchMatch | None = related(
        matches_of, "Why it matched `search`; null without one.", by="found"
    )


@strawberry.type(description="A page of sessions.")
class SessionConnection(NodePage[Session]):
    """Read from `loaders.keyset.Page`."""

    edges: list[SessionEdge] = column("The sessions, each with its cursor.")
    range: PageRange = resolved(page_range, "«Showing 1 to 50 of 234»; costs up to two COUNTs.")
    change_cursor: ChangeCursor = change_cursor()
    metrics: SessionMetrics = derived(
        metrics_of_page, "Numbers about the sessions on all pages.", allow=Scope.METRICS_READ
    )
