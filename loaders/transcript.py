"""All that analyzers read of one ended session: its rows, in the order of the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loaders.goal import outcomes_of_sessions
from loaders.journey import visits_of_sessions
from loaders.session_state import is_reachable
from loaders.viewer import Viewer
from models.database import ReadLane, records
from models.enums import ActorType, SessionEventKind
from models.goal import GoalOutcome
from models.journey import JourneyVisit
from models.message import Message
from models.reasoning import ReasoningTrace
from models.record import selection
from models.session import Session

FIRST_MESSAGES = 500
LAST_MESSAGES = 1_500
"""Of a session with more, what is between is not read: its beginning and its end tell most."""
MOST_TEXT = 8_192
"""Characters of a message that are read."""

_SAID = ("id", "sender_type", "sent_at", "is_missing_knowledge")
_STEPS = ("message_id", "steps")
_HANDED_OVER = """
SELECT 1 FROM "session_event" e LEFT JOIN "agent" a ON a.id = e.agent_id
WHERE e.session_id = ? AND e.workspace_id = ?
AND (e.kind = ? OR e.kind = ? AND COALESCE(a.kind, e.actor_type) = ?) LIMIT 1
"""


@dataclass(frozen=True)
class SessionText:
    """The rows; `texts` and `steps` by message id, outcomes with goals and visits with blocks."""

    session: Session
    messages: Sequence[Message]
    texts: dict[int, str]
    steps: dict[int, list[dict[str, Any]]]
    outcomes: Sequence[GoalOutcome]
    visits: Sequence[JourneyVisit]
    was_handed_over: bool
    is_reachable: bool


async def session_text(viewer: Viewer, session_id: int) -> SessionText | None:
    """None when there is no such session any more."""
    lane = viewer.database.lane()
    key = (session_id, viewer.workspace_id)
    sql = f'SELECT {selection(Session, "s")} FROM "session" s WHERE s.id = ? AND s.workspace_id = ?'
    found = await records(lane, Session, sql, key)
    if not found:
        return None
    session = found[0]
    messages, texts = await _messages(lane, session)
    handed = (*key, SessionEventKind.HANDOFF_ACCEPTED, SessionEventKind.AGENT_JOINED)
    return SessionText(
        session=session,
        messages=messages,
        texts=texts,
        steps=await _steps(lane, key),
        outcomes=(await outcomes_of_sessions(viewer, [session_id]))[0],
        visits=(await visits_of_sessions(viewer, [session_id]))[0],
        was_handed_over=bool(await lane.fetch(_HANDED_OVER, (*handed, ActorType.HUMAN_AGENT))),
        is_reachable=await is_reachable(lane, session.contact_id),
    )


async def _messages(lane: ReadLane, session: Session) -> tuple[list[Message], dict[int, str]]:
    where = (
        ' FROM "message" m WHERE m.session_id = ? AND m.workspace_id = ? AND m.deleted_at IS NULL'
        " AND (m.sequence <= ? OR m.sequence > ?) ORDER BY m.sent_at, m.sequence"
    )
    last = session.last_sequence - LAST_MESSAGES
    values = (session.id, session.workspace_id, FIRST_MESSAGES, last)
    messages = await records(
        lane, Message, f"SELECT {selection(Message, 'm', _SAID)}{where}", values, _SAID
    )
    cut = f"SELECT m.id, SUBSTR(m.text, 1, {MOST_TEXT}){where}"
    return messages, {row[0]: row[1] or "" for row in await lane.fetch(cut, values)}


async def _steps(lane: ReadLane, key: tuple[int, int]) -> dict[int, list[dict[str, Any]]]:
    sql = (
        f'SELECT {selection(ReasoningTrace, "t", _STEPS)} FROM "reasoning_trace" t'
        " WHERE t.session_id = ? AND t.workspace_id = ?"
    )
    found = await records(lane, ReasoningTrace, sql, key, _STEPS)
    return {trace.message_id: trace.steps for trace in found}
