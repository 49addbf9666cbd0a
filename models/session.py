"""Sessions: one complete interaction between a contact and an agent."""

from tortoise import fields

from models.enums import (
    ActorType,
    AnalysisStatus,
    AssessmentCode,
    ChannelType,
    HandledBy,
    Modality,
    OpportunityExclusion,
    SentimentLabel,
    SessionActivity,
    SessionEndReason,
    SessionStatus,
    ValueSource,
)
from models.fields import choice, count, flag, instant, json, money, number, reference, text
from models.record import Record


class Session(Record):
    """The central row. Everything derived is stored, so that lists filter and order by it."""

    workspace_id: int
    contact_id: int
    conversation_id: int
    agent_id: int | None
    channel_id: int | None
    workspace = reference("models.Workspace")
    source = text()
    external_id = text(null=True)
    short_id = text()
    version = fields.IntField(default=1)

    contact = reference("models.Contact")
    conversation = reference("models.Conversation")
    agent = reference("models.Agent", null=True)
    channel_type = choice(ChannelType)
    channel = reference("models.Channel", null=True)
    modality = choice(Modality)
    handled_by = choice(HandledBy, default=HandledBy.NOBODY)
    participants = json(default=list)

    status = choice(SessionStatus, default=SessionStatus.ACTIVE)
    activity = choice(SessionActivity, default=SessionActivity.LIVE)
    end_reason = choice(SessionEndReason, null=True)
    ended_by = choice(ActorType, null=True)
    error_code = text(null=True)
    error_message = text(null=True)
    started_at = instant()
    ended_at = instant(null=True)
    last_activity_at = instant()
    closes_at = instant(null=True)
    close_after_ms = count(null=True)
    duration_ms = count(null=True)

    topic = text(null=True)
    summary_text = text(null=True)
    summary_source = choice(ValueSource, null=True)
    summary_provider = text(null=True)
    summary_model = text(null=True)
    summary_at = instant(null=True)
    highlights = json(default=list)
    sentiment_label = choice(SentimentLabel, null=True)
    sentiment_score = number(null=True)
    sentiment_source = choice(ValueSource, null=True)
    sentiment_provider = text(null=True)
    analysis_status = choice(AnalysisStatus, default=AnalysisStatus.PENDING)

    metadata = json(default=dict)
    utm_source = text(null=True)
    utm_medium = text(null=True)
    utm_campaign = text(null=True)
    utm_term = text(null=True)
    utm_content = text(null=True)

    last_sequence = fields.IntField(default=0)
    message_count = fields.IntField(default=0)
    contact_message_count = fields.IntField(default=0)
    last_message_at = instant(null=True)
    first_response_ms = count(null=True)
    has_handoff = flag()
    has_missing_knowledge = flag()
    input_tokens = count(null=True)
    output_tokens = count(null=True)
    cost = money(null=True)
    latency_p50_ms = count(null=True)
    latency_p95_ms = count(null=True)

    auto_assessment = choice(AssessmentCode, null=True)
    human_assessment = choice(AssessmentCode, null=True)
    expected_result = text(null=True)
    actual_result = text(null=True)
    assessment_rationale = text(null=True)
    assessed_by = text(null=True)
    assessed_at = instant(null=True)
    stars = fields.SmallIntField(null=True)
    rated_by = text(null=True)
    rated_at = instant(null=True)

    is_lead = flag()
    is_opportunity = flag()
    exclusion = choice(OpportunityExclusion, null=True)
    lead_value = money(null=True)
    lead_source = choice(ValueSource, null=True)
    currency = text(default="USD")
    conversion_ratio = number()
    recognition = number()
    additional_secured_revenue = money(null=True)

    is_test = flag()
    is_todo = flag()
    todo_reason = text(null=True)
    is_done = flag()
    done_at = instant(null=True)
    is_archived = flag()
    is_favorite = flag()

    recordings = json(default=list)
    created_at = instant()
    updated_at = instant()

    class Meta:
        table = "session"
        unique_together = (("workspace_id", "source", "external_id"),)
        indexes = (
            ("workspace_id", "started_at", "id"),
            ("workspace_id", "last_activity_at", "id"),
            ("workspace_id", "updated_at", "id"),
            ("workspace_id", "contact_id", "started_at", "id"),
            ("workspace_id", "conversation_id", "started_at", "id"),
            ("workspace_id", "agent_id", "started_at", "id"),
            ("workspace_id", "channel_type", "started_at", "id"),
            ("workspace_id", "status", "started_at", "id"),
            ("workspace_id", "topic", "started_at", "id"),
        )
