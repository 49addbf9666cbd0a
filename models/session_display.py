"""How a session reads: pure functions of the row, of the workspace's settings and of the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, cast
from urllib.parse import quote

from models.attachment import Attachment, attachments_from
from models.conversation import Conversation
from models.enums import (
    ActorType,
    DurationUnit,
    SessionEndReason,
    SessionLengthClass,
    SessionStatus,
)
from models.global_id import encode_id
from models.session import Session
from models.session_event import SessionEvent
from models.workspace import Settings

E = TypeVar("E", bound=StrEnum)

_UNITS = {
    DurationUnit.MILLISECONDS: timedelta(milliseconds=1),
    DurationUnit.SECONDS: timedelta(seconds=1),
    DurationUnit.MINUTES: timedelta(minutes=1),
    DurationUnit.HOURS: timedelta(hours=1),
}
_STARS = 5


@dataclass(frozen=True)
class Highlight:
    """A remarkable passage, and the message it is from."""

    text: str
    message_id: int | None


@dataclass(frozen=True)
class StatusTransition:
    """One change of status; the first one has no `from_status`."""

    from_status: SessionStatus | None
    to_status: SessionStatus
    reason: SessionEndReason | None
    at: datetime
    actor_type: ActorType


def running_time(session: Session, now: datetime, unit: DurationUnit) -> float:
    """Until its end, or until now while it is open; a start in the future counts as now."""
    elapsed = (session.ended_at or now) - session.started_at
    return max(elapsed, timedelta(0)) / _UNITS[unit]


def length_class(session: Session, settings: Settings) -> SessionLengthClass | None:
    """By the current thresholds; None while open."""
    if session.duration_ms is None:
        return None
    length = timedelta(milliseconds=session.duration_ms)
    if length < settings.short_below:
        return SessionLengthClass.SHORT
    return SessionLengthClass.LONG if length >= settings.long_from else SessionLengthClass.REGULAR


def first_response_seconds(session: Session) -> float | None:
    """From the contact's first message to the first answer."""
    return None if session.first_response_ms is None else session.first_response_ms / 1000


def has_responses(session: Session) -> bool:
    """Whether the contact said anything."""
    return session.contact_message_count > 0


def failed_at(session: Session) -> datetime:
    """When the error ended it."""
    return session.ended_at or session.updated_at


def summary_is_stale(session: Session) -> bool:
    """Whether messages arrived after the summary was written."""
    written, said = session.summary_at, session.last_message_at
    return written is not None and said is not None and said > written


def utm_of(session: Session) -> Session | None:
    """The session where it has a campaign parameter."""
    parameters = (
        session.utm_source,
        session.utm_medium,
        session.utm_campaign,
        session.utm_term,
        session.utm_content,
    )
    return None if all(value is None for value in parameters) else session


def highlights_of(session: Session) -> list[Highlight]:
    """In the order the analysis gave them."""
    return [Highlight(item["text"], item.get("messageId")) for item in session.highlights]


def recordings_of(session: Session) -> list[Attachment]:
    """Audio and video of the whole session."""
    return attachments_from(session.recordings)


def status_transition(event: SessionEvent) -> StatusTransition | None:
    """What a line of the status history says; None for an event that a producer called so."""
    data = cast("dict[str, Any]", event.data)
    to_status = _member(SessionStatus, data.get("to")) if isinstance(event.data, dict) else None
    if to_status is None:
        return None
    return StatusTransition(
        from_status=_member(SessionStatus, data.get("from")),
        to_status=to_status,
        reason=_member(SessionEndReason, data.get("reason")),
        at=event.at,
        actor_type=event.actor_type,
    )


def _member(members: type[E], name: object) -> E | None:
    return members(name) if isinstance(name, str) and name in members.__members__ else None


def lead_value(session: Session, settings: Settings) -> Decimal:
    """What a lead is worth: its own value, else the workspace's default; others are worth 0."""
    if not session.is_lead:
        return Decimal(0)
    return settings.default_lead_value if session.lead_value is None else session.lead_value


def conversation_success(session: Session) -> float | None:
    """0.2 for each star."""
    return None if session.stars is None else session.stars / _STARS


def session_url(session: Session, settings: Settings) -> str | None:
    """From the workspace's template."""
    return _filled(settings.session_url_template, "{sessionId}", session)


def conversation_url(conversation: Conversation, settings: Settings) -> str | None:
    """From the workspace's template."""
    return _filled(settings.conversation_url_template, "{conversationId}", conversation)


def _filled(template: str | None, placeholder: str, row: Session | Conversation) -> str | None:
    """None without a template, or when it needs an external id that the row lacks."""
    if template is None or ("{externalId}" in template and row.external_id is None):
        return None
    own = encode_id(type(row).__name__, row.id)
    return template.replace(placeholder, quote(own, safe="")).replace(
        "{externalId}", quote(row.external_id or "", safe="")
    )
