"""Sessions: one complete interaction between a contact and an agent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
    UserErrorCode,
    ValueSource,
)
from models.errors import InvalidTransition, Rejected, Violation
from models.facts import gone, secured_revenue, success_factor
from models.fields import (
    choice,
    count,
    flag,
    instant,
    json,
    money,
    number,
    reference,
    small_number,
    text,
)
from models.record import Record
from models.transition import Transition, closing
from models.workspace import Settings

UNSEEN = frozenset(
    {
        "next_transition_at",
        "analysis_due_at",
        "analysis_kinds",
        "topic_source",
        "messages_purged_at",
    }
)
"""Columns that clients do not see: what became of them is no news."""
RECKONED = UNSEEN | {
    "version", "updated_at", "last_sequence", "message_count", "contact_message_count",
    "last_message_at", "last_activity_at", "first_response_ms", "handled_by", "participants",
    "has_handoff", "has_missing_knowledge", "input_tokens", "output_tokens", "cost",
    "latency_p50_ms", "latency_p95_ms", "closes_at", "duration_ms", "additional_secured_revenue",
    "summary_at", "assessed_at", "rated_at",
}  # fmt: skip
"""Columns that nobody states: the audit trail leaves them out."""
_DEFAULT_REASON = {
    SessionStatus.COMPLETED: SessionEndReason.UNKNOWN,
    SessionStatus.CANCELLED: SessionEndReason.UNKNOWN,
    SessionStatus.FAILED: SessionEndReason.ERROR,
}
_ENDED_BY = {
    SessionEndReason.CONTACT_ENDED: ActorType.CONTACT,
    SessionEndReason.CONTACT_CANCELLED: ActorType.CONTACT,
    SessionEndReason.AGENT_ENDED: ActorType.AI_AGENT,
    SessionEndReason.AGENT_CANCELLED: ActorType.AI_AGENT,
}
_PATIENCE = timedelta(minutes=1)
"""What is overdue when it is written waits so long: a producer that was offline and sends late,
step by step, must not find its session closed between two steps."""


@dataclass(frozen=True)
class Closing:
    """How a session ends."""

    status: SessionStatus
    at: datetime
    reason: SessionEndReason | None = None
    error_code: str | None = None
    error_message: str | None = None


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
    next_transition_at = instant(null=True)
    close_after_ms = count(null=True)
    duration_ms = count(null=True)

    topic = text(null=True)
    topic_source = choice(ValueSource, null=True)
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
    analysis_error = text(null=True)
    analysis_kinds = json(null=True)
    analysis_due_at = instant(null=True)

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
    result_source = choice(ValueSource, null=True)
    assessed_by = text(null=True)
    assessed_at = instant(null=True)
    stars = small_number()
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
    messages_purged_at = instant(null=True)
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

    @property
    def is_open(self) -> bool:
        """Whether it takes messages and events."""
        return self.ended_at is None

    @property
    def assessment(self) -> AssessmentCode | None:
        """The effective one: a human's, else the automatic one."""
        return self.human_assessment or self.auto_assessment

    def end(self, closing: Closing) -> None:
        """Close it; raise InvalidTransition or Rejected and change nothing otherwise."""
        if self.ended_at is not None:
            raise InvalidTransition(f"The session has ended already: it is {self.status}.")
        self._check_closing(closing)
        self.status = closing.status
        self.activity = SessionActivity.ENDED
        self.end_reason = closing.reason or _DEFAULT_REASON[closing.status]
        self.ended_by = _ENDED_BY.get(self.end_reason, ActorType.SYSTEM)
        self.error_code = closing.error_code
        self.error_message = closing.error_message
        self.ended_at = closing.at
        self.closes_at = None
        self.next_transition_at = None
        if self.analysis_status is AnalysisStatus.PENDING:
            self.analysis_due_at = closing.at
        self.participants = gone(self.participants, closing.at)
        self.duration_ms = (closing.at - self.started_at) // timedelta(milliseconds=1)

    def _check_closing(self, closing: Closing) -> None:
        if closing.status is SessionStatus.ACTIVE:
            raise Rejected(
                [_violation("A session ends as COMPLETED, FAILED or CANCELLED.", "status")]
            )
        if closing.at < self.started_at:
            raise Rejected([_violation("A session cannot end before it started.", "endedAt")])

    def may_reopen(self, settings: Settings, now: datetime) -> bool:
        """Whether a message that arrives now still belongs to the session that has ended."""
        window = settings.reopen_window
        return window is not None and self.ended_at is not None and now < self.ended_at + window

    def reopen(self) -> None:
        """Take its end back; it is to be analyzed anew when it ends again."""
        vars(self).update(
            status=SessionStatus.ACTIVE,
            activity=SessionActivity.LIVE,
            end_reason=None,
            ended_by=None,
            error_code=None,
            error_message=None,
            ended_at=None,
            duration_ms=None,
            analysis_status=AnalysisStatus.PENDING,
            analysis_error=None,
            analysis_kinds=None,
            analysis_due_at=None,
        )

    def settle(self, settings: Settings, now: datetime) -> None:
        """Recompute what time and settings decide while it is open."""
        if not self.is_open:
            return
        if self._idles_at(settings) > now:
            self.activity = SessionActivity.LIVE
        elif (due := self.due(settings, now)) and due.activity is SessionActivity.IDLE:
            self.undergo(due)
        self.adopt(settings, now)

    def adopt(self, settings: Settings, now: datetime) -> None:
        """Recompute what settings decide while it is open; its activity stays.

        Whoever changes a workspace's settings sets `next_transition_at` of its open sessions to
        now: the sweeper adopts them. Until then it may look too late, and never acts too early.
        """
        if not self.is_open:
            return
        end, following = self._closing(settings), self.next_transition(settings)
        self.closes_at = end.at if end else None
        due_at = following.at if following else None
        is_overdue = due_at is not None and due_at <= now
        self.next_transition_at = now + _PATIENCE if is_overdue else due_at
        self.currency = settings.currency
        self.conversion_ratio = settings.conversion_ratio
        self.recognition = settings.recognition

    def due(self, settings: Settings, now: datetime) -> Transition | None:
        """Its next transition, if the time has come."""
        following = self.next_transition(settings)
        return following if following is not None and following.at <= now else None

    def next_transition(self, settings: Settings) -> Transition | None:
        """What silence or age does to it next; None once it has ended, and for never."""
        if not self.is_open:
            return None
        end = self._closing(settings)
        idling = Transition(self._idles_at(settings), SessionActivity.IDLE)
        is_next = self.activity is SessionActivity.LIVE and (end is None or idling.at < end.at)
        return idling if is_next else end

    def undergo(self, transition: Transition) -> None:
        """Apply what the clock brings, as of the instant at which it was due."""
        if transition.activity is SessionActivity.ENDED:
            self.end(Closing(SessionStatus.COMPLETED, transition.at, transition.reason))
        else:
            self.activity = transition.activity

    def _idles_at(self, settings: Settings) -> datetime:
        return self.last_activity_at + settings.idle_after

    def _closing(self, settings: Settings) -> Transition | None:
        limits = settings.timeout_of(self.channel_type)
        if self.close_after_ms is not None:
            own = timedelta(milliseconds=self.close_after_ms)
            limits = replace(limits, close_after=own)
        return closing(self.started_at, self.last_activity_at, limits)

    def secure_revenue(self, settings: Settings) -> None:
        """Recompute ASR with the factors frozen at close."""
        self.additional_secured_revenue = secured_revenue(
            counts=self.is_opportunity and not self.is_test,
            lead_value=self.lead_value
            if self.lead_value is not None
            else settings.default_lead_value,
            success=success_factor(self.assessment),
            factors=(self.conversion_ratio, self.recognition),
        )


def _violation(message: str, field: str) -> Violation:
    return Violation(UserErrorCode.INVALID, message, (field,))
