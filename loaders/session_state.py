"""What a session has already, read when it is written to: as little as its derived facts need."""

from collections.abc import Callable, Sequence
from enum import Enum

from loaders.condition import among
from loaders.viewer import Viewer
from models.agent import Agent
from models.custom_field import SessionFieldValue
from models.database import Rows, records
from models.enums import ChannelType
from models.goal import GoalOutcome
from models.journey import JourneyVisit
from models.knowledge_gap import KnowledgeGap
from models.label import SessionLabel
from models.message import Message
from models.reasoning import ReasoningTrace
from models.record import R, selection, table_name
from models.score import Score
from models.session import Session
from models.session_event import SessionEvent

_MESSAGE_FACTS = (
    "id", "session_id", "external_id", "sequence", "sender_type", "agent_id", "sent_at",
    "deleted_at", "is_missing_knowledge",
)  # fmt: skip
_EVENT_FACTS = ("id", "session_id", "external_id", "kind", "at", "actor_type", "agent_id")
_TRACE_FACTS = ("id", "session_id", "input_tokens", "output_tokens", "cost", "duration_ms")


class Extent(Enum):
    """How much of a loaded session is read."""

    LABELS = "labels and custom fields"
    FACTS = "what its derived facts need: enough for messages to be added, and for its end"
    ALL = "both, and everything else of it that events and findings change"
    WHOLE = "all, and messages and events with what they say, to be changed"


class Earlier:
    """What a loaded session has already; empty for a new one."""

    def __init__(self) -> None:
        self.messages = list[Message]()
        self.events = list[SessionEvent]()
        self.traces = list[ReasoningTrace]()
        self.outcomes = list[GoalOutcome]()
        self.visits = list[JourneyVisit]()
        self.labels = list[SessionLabel]()
        self.values = list[SessionFieldValue]()
        self.gaps = list[KnowledgeGap]()
        self.scores = list[Score]()
        self.agents = dict[int, Agent]()


async def lock_sessions(
    source: Rows, viewer: Viewer, where: str, *values: object, wait: bool = True
) -> list[Session]:
    """The viewer's sessions that meet a condition on `s`, locked until the transaction ends.

    Without `wait`, those that others have locked are left out.
    """
    lock = "" if source.dialect == "sqlite" else " ORDER BY s.id FOR UPDATE"
    lock += "" if wait or not lock else " SKIP LOCKED"
    sql = (
        f'SELECT {selection(Session, "s")} FROM "session" s'
        f" WHERE s.workspace_id = ? AND {where}{lock}"
    )
    return await records(source, Session, sql, (viewer.workspace_id, *values))


async def earlier_of(
    source: Rows, viewer: Viewer, sessions: Sequence[Session], extent: Extent = Extent.ALL
) -> dict[int, Earlier]:
    """By session id; one SELECT per kind of row."""
    states = {session.id: Earlier() for session in sessions}
    parts = _Parts(source, viewer, states)
    if extent is not Extent.LABELS:
        await _read_facts(parts, is_whole=extent is Extent.WHOLE)
        await _read_agents(source, viewer, sessions, states)
    if extent is not Extent.FACTS:
        await parts.read(SessionLabel, lambda of: of.labels)
        await parts.read(SessionFieldValue, lambda of: of.values)
    if extent in {Extent.ALL, Extent.WHOLE}:
        await parts.read(GoalOutcome, lambda of: of.outcomes)
        await parts.read(JourneyVisit, lambda of: of.visits, order=" ORDER BY t.sequence")
        await parts.read(Score, lambda of: of.scores)
    return states


async def _read_facts(parts: "_Parts", *, is_whole: bool) -> None:
    await parts.read(Message, lambda of: of.messages, None if is_whole else _MESSAGE_FACTS)
    await parts.read(SessionEvent, lambda of: of.events, None if is_whole else _EVENT_FACTS)
    await parts.read(ReasoningTrace, lambda of: of.traces, _TRACE_FACTS)
    await parts.read(KnowledgeGap, lambda of: of.gaps)


class _Parts:
    """Reads one kind of row of all sessions at a time."""

    def __init__(self, source: Rows, viewer: Viewer, states: dict[int, Earlier]) -> None:
        self._source = source
        self._workspace_id = viewer.workspace_id
        self._states = states

    async def read(
        self,
        model: type[R],
        place: Callable[[Earlier], list[R]],
        names: tuple[str, ...] | None = None,
        order: str = "",
    ) -> None:
        sql = (
            f'SELECT {selection(model, "t", names)} FROM "{table_name(model)}" t'
            f" WHERE {among(self._source.dialect, 't.session_id')} AND t.workspace_id = ?{order}"
        )
        values = (list(self._states), self._workspace_id)
        for row in await records(self._source, model, sql, values, names):
            place(self._states[vars(row)["session_id"]]).append(row)


async def _read_agents(
    source: Rows, viewer: Viewer, sessions: Sequence[Session], states: dict[int, Earlier]
) -> None:
    wanted = {session.id: {session.agent_id} for session in sessions}
    for session_id, state in states.items():
        wanted[session_id] |= {event.agent_id for event in state.events}
    ids = sorted({key for keys in wanted.values() for key in keys if key is not None})
    if not ids:
        return
    sql = (
        f'SELECT {selection(Agent, "t")} FROM "agent" t'
        f" WHERE {among(source.dialect, 't.id')} AND t.workspace_id = ?"
    )
    agents = {row.id: row for row in await records(source, Agent, sql, (ids, viewer.workspace_id))}
    for session_id, keys in wanted.items():
        states[session_id].agents.update({key: agents[key] for key in keys if key in agents})


async def is_reachable(source: Rows, contact_id: int) -> bool:
    """Whether the contact left an e-mail address, a telephone number or a handle."""
    sql = (
        "SELECT c.email IS NOT NULL OR c.phone IS NOT NULL OR EXISTS"
        ' (SELECT 1 FROM "contact_handle" h WHERE h.contact_id = c.id)'
        ' FROM "contact" c WHERE c.id = ?'
    )
    return bool((await source.fetch(sql, (contact_id,)))[0][0])


async def messages_of_contact(
    source: Rows, viewer: Viewer, route: tuple[int, ChannelType], external_ids: Sequence[str]
) -> list[Message]:
    """Messages of any session of (contact, channel type) that have one of the external ids."""
    sql = (
        f'SELECT {selection(Message, "t")} FROM "message" t'
        ' JOIN "session" s ON s.id = t.session_id'
        f" WHERE s.workspace_id = ? AND s.contact_id = ? AND s.channel_type = ?"
        f" AND {among(source.dialect, 't.external_id')} ORDER BY t.id"
    )
    values = (viewer.workspace_id, *route, list(external_ids))
    return await records(source, Message, sql, values)
