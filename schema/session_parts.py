"""Parts of a session in the schema: most are read from the session's own row."""

from datetime import datetime
from decimal import Decimal

import strawberry

from loaders.agent import agents_by_id
from loaders.contact import contacts_by_id
from loaders.message import messages_by_id
from models.enums import (
    ActorType,
    AssessmentCode,
    OpportunityExclusion,
    SentimentLabel,
    SessionEndReason,
    SessionStatus,
    ValueSource,
)
from models.session_display import conversation_success, failed_at, summary_is_stale
from resolvers.session_parts import effective_success, valued_lead
from schema.agent import Agent
from schema.contact import Contact
from schema.fields import column, derived, related
from schema.upward import LaterMessage


@strawberry.type(description="Somebody who took part in a session.")
class Participant:
    """Read from `models.participant.Participant`."""

    actor_type: ActorType = column("Contact, AI agent, human agent or system.")
    agent: Agent | None = related(agents_by_id, "The agent; null for others.", by="agent_id")
    contact: Contact | None = related(
        contacts_by_id, "The contact; null for others.", by="contact_id"
    )
    joined_at: datetime = column("When it first appeared.")
    left_at: datetime | None = column("When it left; null while it is there.")
    message_count: int = column("Messages it sent.")


@strawberry.type(description="A change of a session's status.")
class StatusTransition:
    """Read from `models.session_display.StatusTransition`."""

    from_: SessionStatus | None = column(
        "Status before; null at the start.", "from_status", name="from"
    )
    to: SessionStatus = column("Status after.", "to_status")
    reason: SessionEndReason | None = column("Why; null at the start.")
    at: datetime = column("When.")
    actor_type: ActorType = column("Who did it.")


@strawberry.type(description="The error that ended a session.")
class SessionErrorInfo:
    """Read from the session's row."""

    code: str = column("Code in the producing system.", "error_code")
    message: str | None = column("What went wrong.", "error_message")
    at: datetime = derived(failed_at, "When.")


@strawberry.type(description="What a session was about, in a few sentences.")
class Summary:
    """Read from the session's row."""

    text: str = column("The sentences.", "summary_text")
    source: ValueSource = column("Who wrote it.", "summary_source")
    provider: str | None = column("Program that wrote it.", "summary_provider")
    model: str | None = column("Model that wrote it.", "summary_model")
    generated_at: datetime = column("When it was written.", "summary_at")
    is_stale: bool = derived(summary_is_stale, "Messages arrived after it was written.")


@strawberry.type(description="A remarkable passage of a session.")
class Highlight:
    """Read from `models.session_display.Highlight`."""

    text: str = column("The passage.")
    message: LaterMessage | None = related(
        messages_by_id, "The message it is from.", by="message_id"
    )


@strawberry.type(description="How the contact felt.")
class Sentiment:
    """Read from the session's row."""

    label: SentimentLabel = column("The feeling in one word.", "sentiment_label")
    score: float | None = column("-1 to 1, from negative to positive.", "sentiment_score")
    source: ValueSource = column("Who judged.", "sentiment_source")
    provider: str | None = column("Program that judged.", "sentiment_provider")


@strawberry.type(description="The campaign that brought the contact.")
class Utm:
    """Read from the session's row."""

    source: str | None = column("utm_source", "utm_source")
    medium: str | None = column("utm_medium", "utm_medium")
    campaign: str | None = column("utm_campaign", "utm_campaign")
    term: str | None = column("utm_term", "utm_term")
    content: str | None = column("utm_content", "utm_content")


@strawberry.type(description="Whether the agent succeeded.")
class Assessment:
    """Read from the session's row."""

    auto: AssessmentCode | None = column("What an analyzer found.", "auto_assessment")
    human: AssessmentCode | None = column("What a reviewer found.", "human_assessment")
    effective: AssessmentCode | None = column("human, else auto.", "assessment")
    success_factor: float | None = derived(
        effective_success, "1 for YES_A or YES_B, 0 for NO, null while unassessed."
    )
    expected_result: str | None = column("What should have come out.")
    actual_result: str | None = column("What came out.")
    rationale: str | None = column("Why it was assessed so.", "assessment_rationale")
    assessed_by: str | None = column("Name of the person or program.")
    assessed_at: datetime | None = column("When.")


@strawberry.type(description="Conversation quality: stars 1..5; css = 0.2 * stars.")
class Quality:
    """Read from the session's row."""

    stars: int | None = column("1 to 5; null while unrated.")
    css: float | None = derived(conversation_success, "0.2 * stars; null while unrated.")
    rated_by: str | None = column("Name of the person.")
    rated_at: datetime | None = column("When.")


@strawberry.type(description="Whether the contact intends to buy.")
class LeadInfo:
    """Read from the session's row."""

    is_lead: bool = column("The contact showed intent to buy.")
    is_opportunity: bool = column(
        "A lead who neither refused nor was unavailable, and whose contact information is known."
    )
    exclusion: OpportunityExclusion | None = column("Why a lead is no opportunity.")
    value: Decimal | None = column(
        "What this lead is worth; null where the workspace's default counts.", "lead_value"
    )
    currency: str | None = column("ISO 4217 code.")
    source: ValueSource | None = column("Who judged.", "lead_source")


@strawberry.type(
    description=(
        "ASR = leadValue * isOpportunity * conversionRatio * successFactor * recognition; 0 for"
        " test sessions. The factors are frozen with the session, so that changing a setting never"
        " rewrites history."
    )
)
class RevenueAttribution:
    """Read from the session's row."""

    lead_value: Decimal = derived(
        valued_lead, "Its own value, else the workspace's default; 0 without a lead."
    )
    conversion_ratio: float = column("Share of opportunities that become deals, 0..1.")
    recognition: float = column("Share of in-hours deals credited to the AI, 0..1.")
    success_factor: float | None = derived(effective_success, "0 or 1; null while unassessed.")
    additional_secured_revenue: Decimal | None = column(
        "The product; null while unassessed, 0 for a test or what is no opportunity."
    )
    currency: str = column("ISO 4217 code.")
