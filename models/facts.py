"""Facts derived from what was said and what happened, each defined once, as a pure function.

They are stored on the session whenever it is written, so that lists can filter and order by them.
Messages and events are taken in the order (time, arrival), late ones at their place.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, NamedTuple

from models.agent import Agent
from models.enums import ActorType, AssessmentCode, HandledBy, SessionEventKind
from models.fields import to_milliseconds
from models.message import Message
from models.session_event import SessionEvent

AGENTS = frozenset({ActorType.AI_AGENT, ActorType.HUMAN_AGENT})
JOINING = frozenset({SessionEventKind.HANDOFF_ACCEPTED, SessionEventKind.AGENT_JOINED})
LEAVING = frozenset({SessionEventKind.AGENT_LEFT, SessionEventKind.HANDED_BACK})

_MILLISECOND = timedelta(milliseconds=1)
_SUCCESS = {AssessmentCode.YES_A: 1.0, AssessmentCode.YES_B: 1.0, AssessmentCode.NO: 0.0}


class Appearance(NamedTuple):
    """One moment at which somebody took part."""

    at: datetime
    actor_type: ActorType
    agent_id: int | None
    is_message: bool = False
    leaves: bool = False


def in_order(messages: Iterable[Message]) -> list[Message]:
    """By (sent_at, sequence): the order of a transcript."""
    return sorted(messages, key=lambda message: (message.sent_at, message.sequence))


def first_response(transcript: Sequence[Message]) -> int | None:
    """Milliseconds from the first contact message to the first agent message after it."""
    asked: datetime | None = None
    for message in transcript:
        if asked is None and message.sender_type is ActorType.CONTACT:
            asked = message.sent_at
        elif asked is not None and message.sender_type in AGENTS:
            return (message.sent_at - asked) // _MILLISECOND
    return None


def appearances(
    transcript: Sequence[Message], events: Iterable[SessionEvent], agents: dict[int, Agent]
) -> list[Appearance]:
    """Everybody's messages, and agents' joining and leaving, in order of time."""
    said = [Appearance(m.sent_at, m.sender_type, m.agent_id, is_message=True) for m in transcript]
    happened = [
        Appearance(e.at, _kind_of_agent(e, agents), e.agent_id, leaves=e.kind in LEAVING)
        for e in events
        if e.kind in JOINING or e.kind in LEAVING
    ]
    return sorted([*happened, *said], key=lambda appearance: appearance.at)


def _kind_of_agent(event: SessionEvent, agents: dict[int, Agent]) -> ActorType:
    """The agent's own kind, else who acted; a handoff that does not say is to a human."""
    if event.agent_id is not None and event.agent_id in agents:
        return agents[event.agent_id].kind
    return event.actor_type if event.actor_type in AGENTS else ActorType.HUMAN_AGENT


def handled_by(seen: Iterable[Appearance]) -> HandledBy:
    """By the order in which AI and human agents first appeared."""
    kinds = [a.actor_type for a in seen if a.actor_type in AGENTS and not a.leaves]
    if not kinds:
        return HandledBy.NOBODY
    only_one = len(set(kinds)) == 1
    if kinds[0] is ActorType.AI_AGENT:
        return HandledBy.AI_ONLY if only_one else HandledBy.AI_THEN_HUMAN
    return HandledBy.HUMAN_ONLY if only_one else HandledBy.HUMAN_THEN_AI


def participants(seen: Iterable[Appearance], ended_at: datetime | None) -> list[dict[str, Any]]:
    """Who took part, in order of joining: the shape of the column `Session.participants`."""
    found: dict[tuple[ActorType, int | None], dict[str, Any]] = {}
    end = to_milliseconds(ended_at) if ended_at else None
    for appearance in seen:
        key = (appearance.actor_type, appearance.agent_id)
        person = found.get(key)
        if person is None:
            person = found[key] = _joining(appearance)
        person["messageCount"] += appearance.is_message
        person["leftAt"] = to_milliseconds(appearance.at) if appearance.leaves else end
    return list(found.values())


def _joining(appearance: Appearance) -> dict[str, Any]:
    return {
        "actorType": appearance.actor_type.value,
        "agentId": appearance.agent_id,
        "joinedAt": to_milliseconds(appearance.at),
        "leftAt": None,
        "messageCount": 0,
    }


def gone(people: Iterable[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """The participants once the session has ended: who was still there left then."""
    end = to_milliseconds(at)
    return [p if p["leftAt"] is not None else {**p, "leftAt": end} for p in people]


def nearest_rank(values: Iterable[int], quantile: float) -> int | None:
    """The smallest value that at least the share `quantile` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(quantile * len(ordered)) - 1)] if ordered else None


def total(values: Iterable[Any]) -> Any:
    """The sum of what is present; None when nothing is."""
    present = [value for value in values if value is not None]
    return sum(present[1:], start=present[0]) if present else None


def success_factor(assessment: AssessmentCode | None) -> float | None:
    """1 for YES_A and YES_B, 0 for NO, None while unassessed."""
    return None if assessment is None else _SUCCESS[assessment]


def secured_revenue(
    *, counts: bool, lead_value: Decimal, success: float | None, factors: tuple[float, float]
) -> Decimal | None:
    """ASR: lead value × conversion ratio × success × recognition, to four decimal places.

    `counts` is an opportunity of a non-test session; what does not count secures nothing, and
    what counts is unknown until it is assessed.
    """
    if not counts:
        return Decimal(0)
    if success is None:
        return None
    share = Decimal(str(factors[0])) * Decimal(str(factors[1])) * Decimal(str(success))
    return (lead_value * share).quantize(Decimal("0.0001"))
