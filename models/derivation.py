"""All derived columns of a session at once, from everything that was said and happened in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.agent import Agent
from models.enums import ActorType
from models.facts import (
    appearances,
    first_response,
    handled_by,
    in_order,
    nearest_rank,
    participants,
    total,
)
from models.knowledge_gap import KnowledgeGap
from models.message import Message
from models.reasoning import ReasoningTrace
from models.session_event import HANDOFF_KINDS, REVIEW_KINDS, SERVER_KINDS, SessionEvent

_QUIET_KINDS = SERVER_KINDS | REVIEW_KINDS


@dataclass(frozen=True)
class Content:
    """What a session consists of; `agents` are those that its events name, by id."""

    messages: Sequence[Message]
    events: Sequence[SessionEvent]
    traces: Sequence[ReasoningTrace]
    gaps: Sequence[KnowledgeGap]
    agents: dict[int, Agent]


def derived_columns(
    content: Content, started_at: datetime, ended_at: datetime | None
) -> dict[str, Any]:
    """By column name. Deleted messages do not count; what is done to it is no activity."""
    transcript = in_order(m for m in content.messages if m.deleted_at is None)
    seen = appearances(transcript, content.events, content.agents)
    traces = content.traces
    latencies = [t.duration_ms for t in traces if t.duration_ms is not None]
    active = [e.at for e in content.events if e.kind not in _QUIET_KINDS]
    unresolved = any(gap.resolved_at is None for gap in content.gaps)
    return {
        "message_count": len(transcript),
        "contact_message_count": sum(m.sender_type is ActorType.CONTACT for m in transcript),
        "last_message_at": transcript[-1].sent_at if transcript else None,
        "last_activity_at": max([started_at, *(m.sent_at for m in content.messages), *active]),
        "first_response_ms": first_response(transcript),
        "handled_by": handled_by(seen),
        "participants": participants(seen, ended_at),
        "has_handoff": any(e.kind in HANDOFF_KINDS for e in content.events),
        "has_missing_knowledge": unresolved or any(m.is_missing_knowledge for m in transcript),
        "input_tokens": total(t.input_tokens for t in traces),
        "output_tokens": total(t.output_tokens for t in traces),
        "cost": total(t.cost for t in traces),
        "latency_p50_ms": nearest_rank(latencies, 0.5),
        "latency_p95_ms": nearest_rank(latencies, 0.95),
    }
