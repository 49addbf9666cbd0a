"""What a session has already, read when it is written to: as little as its derived facts need."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
from models.record import R, selection
from models.score import Score
from models.session import Session
from models.session_event import SessionEvent

_MESSAGE_FACTS = (
    "id", "session_id", "external_id", "sequence", "sender_type", "agent_id", "sent_at", "deleted_at",
    "is_missing_knowledge",
)  # fmt: skip
_EVENT_FACTS = ("id", "session_id", "external_id", "kind", "at", "actor_type", "agent_id")
_TRACE_FACTS = ("id", "session_id", "input_tokens", "output_tokens", "cost", "duration_ms")


@dataclass
class Earlier:
    """What a loaded session has already; empty for a new one."""

    messages: list[Message] = field(default_factory=list)
    events: list[SessionEvent] = field(default_factory=list)
    traces: list[ReasoningTrace] = field(default_factory=list)
    outcomes: list[GoalOutcome] = field(default_factory=list)
    visits: list[JourneyVisit] = field(default_factory=list)
    labels: list[SessionLabel] = field(default_factory=list)
    values: list[SessionFieldValue] = field(default_factory=list)
    gaps: list[KnowledgeGap] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    agents: dict[int, Agent] = field(default_factory=dict)


async def lock_sessions(source: Rows, viewer: Viewer, where: str, *values: object) -> list[Session]:
    """The viewer's sessions that meet an SQL condition on `s`, locked until the transaction ends."""
    lock = " ORDER BY s.id FOR UPDATE" if source.dialect == "postgres" else ""
    sql = (
        f'SELECT {selection(Session, "s")} FROM "session" s'
        f" WHERE s.workspace_id = ? AND {where}{lock}"
    )
    return await records(source, Session, sql, (viewer.workspace_id, *values))


async def earlier_of(
    source: Rows, viewer: Viewer, sessions: Sequence[Session], *, whole: bool = False
) -> dict[int, Earlier]:
    """By session id; one SELECT per kind of row. Messages and events are read `whole` only to be changed."""
    states = {session.id: Earlier() for session in sessions}
    ids = list(states)

    async def read(model: type[R], names: tuple[str, ...] | None = None, order: str = "") -> list[R]:
        sql = (
            f'SELECT {selection(model, "t", names)} FROM "{model._meta.db_table}" t'
            f" WHERE {among(source.dialect, 't.session_id')} AND t.workspace_id = ?{order}"
        )
        return await records(source, model, sql, (ids, viewer.workspace_id), names)

    for message in await read(Message, None if whole else _MESSAGE_FACTS):
        states[message.session_id].messages.append(message)
    for event in await read(SessionEvent, None if whole else _EVENT_FACTS):
        states[event.session_id].events.append(event)
    for trace in await read(ReasoningTrace, _TRACE_FACTS):
        states[trace.session_id].traces.append(trace)
    for outcome in await read(GoalOutcome):
        states[outcome.session_id].outcomes.append(outcome)
    for visit in await read(JourneyVisit, order=" ORDER BY t.sequence"):
        states[visit.session_id].visits.append(visit)
    for label in await read(SessionLabel):
        states[label.session_id].labels.append(label)
    for value in await read(SessionFieldValue):
        states[value.session_id].values.append(value)
    for gap in await read(KnowledgeGap):
        states[gap.session_id].gaps.append(gap)
    for score in await read(Score):
        states[score.session_id].scores.append(score)
    await _read_agents(source, viewer, sessions, states)
    return states


async def _read_agents(
    source: Rows, viewer: Viewer, sessions: Sequence[Session], states: dict[int, Earlier]
) -> None:
    wanted = {session.id: {session.agent_id} for session in sessions}
    for session_id, state in states.items():
        wanted[session_id] |= {event.agent_id for event in state.events}
    ids = sorted({key for keys in wanted.values() for key in keys if key is not None})
    sql = (
        f'SELECT {selection(Agent, "t")} FROM "agent" t'
        f" WHERE {among(source.dialect, 't.id')} AND t.workspace_id = ?"
    )
    agents = {row.id: row for row in await records(source, Agent, sql, (ids, viewer.workspace_id))}
    for session_id, keys in wanted.items():
        states[session_id].agents.update({key: agents[key] for key in keys if key in agents})


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
