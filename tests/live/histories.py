"""Random histories of a workspace: what producers send, what people do, and time that passes.

Steps are plain data, drawn over one world and performed in others that are made alike: `alike`
puts the ids of one in the place of the other's. What no mutation does yet is written through the
change log, as the mutation will write it.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from hypothesis import strategies as st

from loaders.session_state import lock_sessions
from loaders.viewer import Viewer
from models.change import ChangeKind
from models.contact import Contact
from models.database import Transaction, records
from models.enums import AssessmentCode, ChannelType, SentimentLabel, SessionStatus
from models.record import selection
from models.session import Session
from models.text import fold
from subscriptions import changelog
from tests.reads.filters import filters
from tests.reads.rows import START, minutes
from tests.reads.world import OFFSETS, World, populate

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Runs a document; raises for what is no user error."""
Strategy = st.SearchStrategy[Any]


def _mutation(name: str, input_type: str) -> str:
    selected = f"{name}(input: $input) {{ userErrors {{ code }} changeCursor }}"
    return f"mutation($input: {input_type}!) {{ {selected} }}"


_START = _mutation("sessionStart", "SessionStartInput")
_APPEND = _mutation("messageAppend", "MessageAppendInput")
_RECORD = _mutation("sessionEventRecord", "SessionEventRecordInput")
_END = _mutation("sessionEnd", "SessionEndInput")
_INGEST = _mutation("sessionIngest", "SessionIngestBatchInput")
_RENAME_LABEL = _mutation("labelUpdate", "LabelUpdateInput")
_DELETE_LABEL = _mutation("labelDelete", "DeleteInput")
_UPSERT = _mutation("contactUpsert", "ContactUpsertInput")
_MERGE = _mutation("contactMerge", "ContactMergeInput")
SEED = 11
SESSIONS = 10


@dataclass(frozen=True)
class Clocked(Viewer):
    """A viewer whose time passes when the test says so."""

    clock: list[datetime] = field(default_factory=lambda: [START + minutes(61)])

    def now(self) -> datetime:
        """The same for everybody who has the clock."""
        return self.clock[0]


@dataclass(frozen=True)
class Send:
    """A mutation."""

    document: str
    given: dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """A person writes columns of a session; without any, they take all its labels off."""

    session: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Delete:
    """A session is deleted."""

    session: int


@dataclass(frozen=True)
class Rename:
    """A person writes columns of a contact."""

    session: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Pass:
    """Time passes."""

    span: timedelta


_KEPT = (
    "UPDATE contact SET last_seen_at = (SELECT MAX(s.last_activity_at) FROM session s"
    " WHERE s.contact_id = contact.id) WHERE workspace_id = ?",
    "UPDATE session SET last_sequence = (SELECT COUNT(*) FROM message m"
    " WHERE m.session_id = session.id) WHERE workspace_id = ?",
)


# ── a world to begin with ────────────────────────────────────────────────────


async def settled_world(viewer: Viewer, count: int = SESSIONS) -> World:
    """Random sessions that keep what holds of all that was written by mutations."""
    world = await populate(viewer, SEED, count)
    async with viewer.database.transaction() as transaction:
        for sql in _KEPT:
            await transaction.execute_many(sql, [(viewer.workspace_id,)])
    return world


def alike(made: Any, drawn_over: World, world: World) -> Any:
    """The same filter or input, with the ids of another world that was made alike."""
    names = {
        old: new
        for kind, ids in drawn_over.ids.items()
        for old, new in zip(ids, world.ids[kind], strict=True)
    }
    any_id = re.compile("|".join(map(re.escape, names)))
    return orjson.loads(any_id.sub(lambda found: names[found[0]], orjson.dumps(made).decode()))


def weighted(*branches: tuple[int, Strategy]) -> Strategy:
    """One of the strategies, some more often: `one_of` takes equal ones for one."""
    often = [strategy for weight, strategy in branches for _ in range(weight)]
    return st.integers(0, len(often) - 1).flatmap(lambda position: often[position])


# ── filters that move ────────────────────────────────────────────────────────

_SPANS = st.sampled_from(["PT10S", "PT1M", "PT1H", "P1D"])
_TIMES = ("startedAt", "endedAt", "lastActivityAt", "createdAt", "updatedAt")


def _relative(span: str) -> list[dict[str, Any]]:
    last = {"last": span}
    return [
        *({name: last} for name in _TIMES),
        {"contact": {"lastSeenAt": last}},
        {"contact": {"createdAt": last}},
        {"events": {"some": {"at": last}}},
        {"goals": {"none": {"completedAt": last}}},
    ]


_WRITTEN: list[dict[str, Any]] = [
    {"isOpen": True}, {"isTest": False}, {"isTodo": False}, {"isArchived": False},
    {"topic": {"in": ["Billing", "Refund"]}}, {"topic": {"isNull": True}},
    {"summary": {"contains": "l"}}, {"sentiment": {"neq": "NEGATIVE"}},
    {"contact": {"name": {"in": ["Billing", "Refund"]}}}, {"contact": {"isBlocked": False}},
    {"contact": {"labels": {"isEmpty": True}}}, {"labels": {"isEmpty": True}},
    {"labels": {"some": {"name": {"eq": "urgent"}}}}, {"messageText": {"contains": "l"}},
    {"messageCount": {"lt": 2}}, {"goals": {"isEmpty": True}}, {"forms": {"isEmpty": True}},
    {"customFields": [{"key": "number", "isSet": False}]}, {"assessment": {"isNull": True}},
    {"agent": {"name": {"eq": "Otto"}}}, {"hasHandoff": False},
]  # fmt: skip
"""Filters of what the histories write: sessions come and go."""


def live_filters(world: World) -> Strategy:
    """Any filter, often of what is written or relative to now, sometimes with a search."""
    fixed = filters(world)
    written = st.sampled_from(_WRITTEN)
    moving = _SPANS.flatmap(lambda span: st.sampled_from(_relative(span)))
    moving = st.one_of(moving, moving.map(lambda one: {"not": one}))
    contact = st.sampled_from(world.ids["Contact"])
    of_contacts = st.lists(contact, min_size=1, max_size=2).map(
        lambda ids: {"contact": {"id": {"in": ids}}}
    )
    found = st.sampled_from(["illing", "stra", "al", "e-1"]).map(
        lambda text: {"search": {"query": text}}
    )
    both = st.lists(st.one_of(fixed, written, moving), min_size=2, max_size=2)
    return weighted(
        (2, fixed),
        (3, written),
        (1, written.map(lambda one: {"not": one})),
        (1, of_contacts),
        (3, moving),
        (1, found),
        (1, both.map(lambda two: {"and": two})),
        (1, both.map(lambda two: {"or": two})),
        (1, st.tuples(found, moving).map(lambda two: {**two[0], "and": [two[1]]})),
    )


# ── what happens ─────────────────────────────────────────────────────────────

_NAMES = st.sampled_from(["Billing", "billing", "Straße 100%", "Ålesund", "Refund"])
_INSTANTS = st.sampled_from([(START + minutes(offset)).isoformat() for offset in OFFSETS])
_LABELS = st.lists(st.sampled_from(["Billing", "urgent", "straße", "new"]), max_size=2)
_CHANNELS = st.sampled_from([ChannelType.WEB, ChannelType.PHONE])
_FIELDS = st.sampled_from(
    [
        {"key": "text", "value": "Billing"}, {"key": "text", "value": "?"},
        {"key": "number", "value": 1.5}, {"key": "boolean", "value": True},
        {"key": "select", "value": "red"}, {"key": "unheard of", "value": "of"},
    ]
)  # fmt: skip
_METADATA = st.sampled_from([{}, {"a": "Billing"}, {"b": {"c": 1}}])
_KEYS = st.sampled_from(["book", "pay", "hello", "offer", "lead"])


def _some(required: dict[str, Strategy] | None = None, **optional: Strategy) -> Strategy:
    return st.fixed_dictionaries(required or {}, optional=optional)


def _contacts(world: World) -> Strategy:
    attributes = _some(
        name=_NAMES, email=st.just("ada@example.com"), phone=st.just("+15550100"),
        isBlocked=st.booleans(), metadata=_METADATA, labels=_LABELS,
        customFields=st.lists(_FIELDS, max_size=1),
    )  # fmt: skip
    known = st.sampled_from(world.ids["Contact"][:3]).map(lambda key: {"id": key})
    named = st.sampled_from(["c-0", "c-1"]).map(lambda name: {"externalId": name})
    return st.one_of(
        known, named, st.tuples(st.one_of(known, named), attributes).map(_with_attributes)
    )


def _with_attributes(two: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return {**two[0], "attributes": two[1]}


def _merges(world: World) -> Strategy:
    contact = st.sampled_from(world.ids["Contact"])
    losers = st.lists(contact, min_size=1, max_size=2)
    return _some({"winnerId": contact, "loserIds": losers})


def _sessions(world: World) -> Strategy:
    """One that producers know by name, which may not be there, or one of the world."""
    external = st.sampled_from(["e-0", "e-1", "e-2"]).map(
        lambda name: {"external": {"externalId": name}}
    )
    return st.one_of(external, st.sampled_from(world.ids["Session"]).map(lambda key: {"id": key}))


def _starts(world: World) -> Strategy:
    agents = st.sampled_from(
        [{"externalId": "r-1"}, {"name": "Ålesund", "kind": "HUMAN_AGENT"}, {"name": "Otto"}]
    )
    return _some(
        {
            "externalId": st.sampled_from(["e-0", "e-1", "e-2", "e-3"]),
            "contact": _contacts(world),
            "channelType": _CHANNELS,
        },
        startedAt=_INSTANTS, topic=_NAMES, isTest=st.booleans(), labels=_LABELS, agent=agents,
        customFields=st.lists(_FIELDS, max_size=1), metadata=_METADATA,
        utm=_some(source=_NAMES), channelExternalId=st.sampled_from(["web", "phone"]),
    )  # fmt: skip


_MESSAGES = st.lists(
    _some(
        {"senderType": st.sampled_from(["CONTACT", "AI_AGENT", "HUMAN_AGENT"]), "text": _NAMES},
        externalId=st.sampled_from(["m-0", "m-1"]),
        sentAt=_INSTANTS,
        isMissingKnowledge=st.booleans(),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda message: message.get("externalId") or id(message),
)
_EVENTS = st.lists(
    st.one_of(
        _some({"kind": st.just("CUSTOM"), "name": _NAMES}, at=_INSTANTS),
        _some({"kind": st.sampled_from(["GOAL_TRIGGERED", "GOAL_COMPLETED"]), "goalKey": _KEYS}),
        _some({
            "kind": st.sampled_from(["JOURNEY_BLOCK_ENTERED", "JOURNEY_BLOCK_EXITED"]),
            "journeyBlockKey": _KEYS,
        }),
        _some({"kind": st.just("FORM_SUBMITTED"), "formKey": _KEYS}),
        st.just({"kind": "HANDOFF_ACCEPTED"}),
    ),
    min_size=1,
    max_size=2,
)  # fmt: skip
_FINAL = [SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELLED]
_FINDINGS = _some(
    summary=_NAMES, topic=_NAMES, sentiment=st.sampled_from(list(SentimentLabel)), labels=_LABELS,
    assessment=st.sampled_from(list(AssessmentCode)), isLead=st.booleans(),
    leadValue=st.just("12.5"), customFields=st.lists(_FIELDS, max_size=1),
    scores=st.lists(_some({"name": st.just("csat")}, value=st.just(1.5)), max_size=1),
)  # fmt: skip


def _documents(world: World) -> Strategy:
    end = _some({"status": st.sampled_from(_FINAL), "endedAt": st.just("2026-03-01T13:00:00Z")})
    return _some(
        {"start": _starts(world)}, messages=_MESSAGES, events=_EVENTS, end=end, analysis=_FINDINGS
    )


def _sent(document: str, inputs: Strategy) -> Strategy:
    return inputs.map(lambda given: Send(document, {"input": given}))


_FLAGS = ("is_archived", "is_test", "is_todo", "is_done", "is_favorite", "is_lead")
_COLUMNS = st.fixed_dictionaries(
    {},
    optional={
        "topic": st.one_of(st.none(), _NAMES),
        "summary_text": st.one_of(st.none(), _NAMES),
        "sentiment_label": st.one_of(st.none(), st.sampled_from(list(SentimentLabel))),
        "human_assessment": st.one_of(st.none(), st.sampled_from(list(AssessmentCode))),
        "stars": st.sampled_from([None, 1, 5]),
        "metadata": _METADATA,
        **dict.fromkeys(_FLAGS, st.booleans()),
    },
).filter(lambda values: len(values) <= 3)
_CONTACT_COLUMNS = _some(
    name=_NAMES, email=st.sampled_from([None, "bo@example.com"]), is_blocked=st.booleans()
)


def writes(world: World) -> Strategy:
    """Anything that can happen to the sessions of a workspace."""
    position = st.integers(0, SESSIONS + 2)
    session = _sessions(world)
    messages = {"messages": _MESSAGES}
    ends = _some(
        {"session": session},
        status=st.sampled_from(_FINAL), endReason=st.just("TRANSFERRED"), summary=_NAMES,
    )  # fmt: skip
    routed = {"contact": _contacts(world), "channelType": _CHANNELS, **messages}
    batch = {
        "onConflict": st.sampled_from(["UPDATE", "UPDATE", "SKIP"]),
        "sessions": st.lists(_documents(world), min_size=1, max_size=2),
    }
    return weighted(
        (1, _sent(_START, _starts(world))),
        (1, _sent(_APPEND, _some({"session": session, **messages}))),
        (1, _sent(_APPEND, _some(routed))),
        (1, _sent(_RECORD, _some({"session": session, "events": _EVENTS}))),
        (1, _sent(_END, ends)),
        (3, _sent(_INGEST, _some(batch))),
        (1, _sent(_UPSERT, _some({"contact": _contacts(world)}))),
        (2, _sent(_MERGE, _merges(world))),
        (5, st.builds(Edit, position, _COLUMNS)),
        (1, st.builds(Delete, position)),
        (2, st.builds(Rename, position, _CONTACT_COLUMNS)),
        (1, _labels_written(world)),
    )


def _labels_written(world: World) -> Strategy:
    label = st.sampled_from(world.ids["Label"])
    names = st.sampled_from(["urgent", "Refund", "Straße", "other"])
    return weighted(
        (3, _sent(_RENAME_LABEL, _some({"id": label, "name": names}))),
        (1, _sent(_DELETE_LABEL, _some({"id": label}))),
    )


def passing() -> Strategy:
    """Time, from nothing much to days."""
    seconds = st.sampled_from([0.001, 1, 10, 61, 3_600, 86_400])
    return seconds.map(lambda one: Pass(timedelta(seconds=one)))


# ── performed ────────────────────────────────────────────────────────────────


async def perform(step: Any, viewer: Viewer, ask: Ask) -> None:
    """Do it; what the mutations refuse as a user error has not happened."""
    match step:
        case Send(document, given):
            await ask(document, given)
        case Pass(span):
            assert isinstance(viewer, Clocked)
            viewer.clock[0] += span
        case _:
            await _write(step, viewer)


async def _write(step: Edit | Delete | Rename, viewer: Viewer) -> None:
    async with changelog.transaction(viewer) as changes:
        session = await _session_at(changes.transaction, viewer, step.session)
        match step:
            case Edit(_, {}):
                sql = "DELETE FROM session_label WHERE session_id = ?"
                await changes.transaction.execute_many(sql, [(session.id,)])
                await _update(changes, session, {}, "labels")
            case Edit(_, values):
                await _update(changes, session, values)
            case Delete():
                sql = 'DELETE FROM "session" WHERE id = ?'
                await changes.transaction.execute_many(sql, [(session.id,)])
                changes.session(session, ChangeKind.DELETED, ())
            case Rename(_, values):
                await _rename(changes, session.contact_id, values, viewer.now())


async def _session_at(transaction: Transaction, viewer: Viewer, position: int) -> Session:
    sql = 'SELECT id FROM "session" WHERE workspace_id = ? ORDER BY id'
    ids = await transaction.fetch(sql, (viewer.workspace_id,))
    key = ids[position % len(ids)][0]
    (session,) = await lock_sessions(transaction, viewer, "s.id = ?", key)
    return session


async def _update(
    changes: changelog.Changes, session: Session, values: dict[str, Any], *parts: str
) -> None:
    written = {**values, "version": session.version + 1}
    vars(session).update(written)
    await changes.transaction.update(session, *written)
    changes.session(session, ChangeKind.UPDATED, {*written, *parts})


async def _rename(
    changes: changelog.Changes, key: int, values: dict[str, Any], now: datetime
) -> None:
    sql = f'SELECT {selection(Contact, "c")} FROM "contact" c WHERE c.id = ?'
    (contact,) = await records(changes.transaction, Contact, sql, (key,))
    written = {**values, "updated_at": now}
    if "name" in values:
        written["name_folded"] = fold(values["name"])
    vars(contact).update(written)
    await changes.transaction.update(contact, *written)
    changes.entity(contact, ChangeKind.UPDATED, written)


def global_ids(world: World, drawn_over: World, step: Any) -> Any:
    """The step in another world."""
    if isinstance(step, Send):
        return Send(step.document, alike(step.given, drawn_over, world))
    return step
