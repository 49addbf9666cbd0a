"""What analyzers read of a session: frozen, complete, and the same for every provider.

`as_document` is its JSON form, which `docs/analysis.md` specifies for providers over HTTP.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.enums import (
    ActorType,
    ChannelType,
    CustomFieldType,
    Modality,
    SessionEndReason,
    SessionStatus,
)
from models.facts import AGENTS
from schema.scalars import format_datetime


@dataclass(frozen=True)
class Turn:
    """One message that was not deleted; `text` is empty for one that has none."""

    sender: ActorType
    text: str
    sent_at: datetime
    is_missing_knowledge: bool = False
    has_empty_retrieval: bool = False
    """A RETRIEVAL step of the answer's reasoning found nothing."""

    @property
    def is_contact(self) -> bool:
        """Whether the contact said it."""
        return self.sender is ActorType.CONTACT

    @property
    def is_agent(self) -> bool:
        """Whether an agent said it, of either kind."""
        return self.sender in AGENTS


@dataclass(frozen=True)
class GoalOutcome:
    """What became of a goal, in the order in which they were triggered."""

    key: str
    name: str
    is_completed: bool
    value: Decimal | None = None


@dataclass(frozen=True)
class LabelChoice:
    """A label that analyzers may apply."""

    name: str
    description: str = ""


@dataclass(frozen=True)
class FieldChoice:
    """A custom field of sessions that analyzers may fill."""

    key: str
    name: str
    type: CustomFieldType
    description: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transcript:
    """One ended session; `turns` are in the order of the timeline, `blocks` in that of visits."""

    session_id: str
    source: str
    channel_type: ChannelType
    started_at: datetime
    status: SessionStatus
    turns: tuple[Turn, ...] = ()
    external_id: str | None = None
    modality: Modality = Modality.TEXT
    ended_at: datetime | None = None
    end_reason: SessionEndReason | None = None
    error_code: str | None = None
    topic: str | None = None
    goals: tuple[GoalOutcome, ...] = ()
    blocks: tuple[str, ...] = ()
    is_reachable: bool = True
    """The contact left an e-mail address, a telephone number or a handle."""
    was_handed_over: bool = False
    """A human agent accepted a handoff, or joined."""
    labels: tuple[LabelChoice, ...] = ()
    fields: tuple[FieldChoice, ...] = ()
    topics: tuple[str, ...] = ()
    """Topics that sessions of the workspace have already; at most 100."""

    @property
    def contact_turns(self) -> tuple[Turn, ...]:
        """What the contact said."""
        return tuple(turn for turn in self.turns if turn.is_contact)

    @property
    def agent_turns(self) -> tuple[Turn, ...]:
        """What agents said."""
        return tuple(turn for turn in self.turns if turn.is_agent)


def as_document(transcript: Transcript) -> dict[str, Any]:
    """As JSON: camel case, RFC 3339, money as text."""
    t = transcript
    return {
        "session": {
            "id": t.session_id,
            "externalId": t.external_id,
            "source": t.source,
            "channelType": t.channel_type.value,
            "modality": t.modality.value,
            "status": t.status.value,
            "endReason": t.end_reason.value if t.end_reason else None,
            "errorCode": t.error_code,
            "startedAt": format_datetime(t.started_at),
            "endedAt": format_datetime(t.ended_at) if t.ended_at else None,
            "topic": t.topic,
            "isReachable": t.is_reachable,
            "wasHandedOver": t.was_handed_over,
        },
        "messages": [_turn(turn) for turn in t.turns],
        "goals": [_goal(goal) for goal in t.goals],
        "journeyBlocks": list(t.blocks),
        "labels": [{"name": x.name, "description": x.description} for x in t.labels],
        "customFields": [_field(field) for field in t.fields],
        "topics": list(t.topics),
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "senderType": turn.sender.value,
        "text": turn.text,
        "sentAt": format_datetime(turn.sent_at),
        "isMissingKnowledge": turn.is_missing_knowledge,
        "hasEmptyRetrieval": turn.has_empty_retrieval,
    }


def _goal(goal: GoalOutcome) -> dict[str, Any]:
    value = None if goal.value is None else str(goal.value)
    return {"key": goal.key, "name": goal.name, "isCompleted": goal.is_completed, "value": value}


def _field(field: FieldChoice) -> dict[str, Any]:
    return {
        "key": field.key,
        "name": field.name,
        "type": field.type.value,
        "description": field.description,
        "options": list(field.options),
    }
