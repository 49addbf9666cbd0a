"""How collected work reaches the database, and what happens when another writer was first."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

import stamina

from loaders.contact_state import lock_contact_of_session
from loaders.references import Wanted, find_references
from loaders.session_state import Extent, earlier_of, lock_sessions
from loaders.viewer import Viewer
from models.change import ChangeKind, Values
from models.comment import Comment
from models.contact import RECKONED, Contact
from models.custom_field import SessionFieldValue
from models.database import Contention, Transaction
from models.edits import Edits
from models.errors import NotFound, Path
from models.form import FormSubmission
from models.goal import GoalOutcome
from models.journey import JourneyVisit
from models.knowledge_gap import KnowledgeGap
from models.label import SessionLabel
from models.message import Message
from models.reasoning import ReasoningTrace
from models.record import Record, columns
from models.score import Score
from models.session import UNSEEN, Session
from models.session_event import SessionEvent
from resolvers.references import References, key_of
from resolvers.session_work import SessionWork
from schema.inputs.session import SessionRef
from subscriptions.changelog import Changes

T = TypeVar("T")
INPUT: Path = ("input",)

_CHILDREN: tuple[type[Record], ...] = (
    Message, ReasoningTrace, SessionEvent, SessionLabel, SessionFieldValue, GoalOutcome,
    JourneyVisit, FormSubmission, KnowledgeGap, Score, Comment,
)  # fmt: skip
_SPOKEN = {"last_activity_at", "last_message_at"}
"""What the session's contact and conversation keep the newest of."""
_SEEN_LAST = """
UPDATE "contact" SET last_seen_at = ?
WHERE id = ? AND (last_seen_at IS NULL OR last_seen_at < ?)
"""
_SAID_LAST = """
UPDATE "conversation" SET last_message_at = ?
WHERE id = ? AND (last_message_at IS NULL OR last_message_at < ?)
"""


async def retried(write: Callable[[], Awaitable[T]]) -> T:
    """Run a whole write again when another writer took its key; the second run finds the row."""
    async for attempt in stamina.retry_context(
        on=Contention, attempts=6, wait_initial=0.005, wait_max=0.2, timeout=5
    ):
        with attempt:
            return await write()
    raise AssertionError("retry_context ends by returning or raising")


class Instalments:
    """Writes collected work part by part: one is inserted while the next is being planned."""

    def __init__(self, changes: Changes, references: References, now: datetime) -> None:
        self._changes = changes
        self._references = references
        self._now = now
        self._spoken: list[Session] = []

    async def add(self, works: Sequence[SessionWork]) -> list[bool]:
        """Write sessions with what is theirs; say of each whether it changed."""
        changed = [(work, work.finish(self._now)) for work in works]
        transaction = self._changes.transaction
        for model, keys in _removed(works):
            await transaction.delete(model, keys)
        await transaction.insert_soon(_new_rows(self._references, works))
        for work, names in changed:
            if not work.is_new and names:
                await transaction.update(work.session, *_columns_among(names))
            if work.is_new or names & _SPOKEN:
                self._spoken.append(work.session)
            if work.is_new or names:
                _note(self._changes, work, names)
        return [work.is_new or bool(names) for work, names in changed]

    async def finish(self) -> None:
        """Write what the sessions' work changed beyond them."""
        await _write_edits(self._changes, self._references, self._now)
        await _touch_parents(self._changes.transaction, self._spoken)


def _new_rows(
    references: References, works: Sequence[SessionWork]
) -> Iterator[tuple[type[Record], Sequence[Any]]]:
    """Parents first."""
    for pool in references.pools:
        if rows := pool.take():
            yield rows[0].__class__, rows
    # The search index of SQLite takes sessions in order of key at half the price.
    new = (work.session for work in works if work.is_new)
    yield Session, sorted(new, key=lambda session: session.id)
    for model in _CHILDREN:
        yield model, [row for work in works for row in work.new.get(model, ())]


def _removed(works: Sequence[SessionWork]) -> list[tuple[type[Record], list[int]]]:
    keys: defaultdict[type[Record], list[int]] = defaultdict(list)
    for row in chain.from_iterable(work.removed for work in works):
        keys[type(row)].append(row.id)
    return list(keys.items())


def _columns_among(names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in columns(Session) if name in names)


async def _write_edits(changes: Changes, references: References, now: datetime) -> None:
    made = {contact.id for contact in references.known.contacts.made}
    for contact, names in references.edits.of(Contact):
        if contact.id not in made:
            references.edits.assign(contact, updated_at=now)
            values = stated_of(references.edits, contact)
            changes.entity(contact, ChangeKind.UPDATED, names, values)
    await write_edited(changes.transaction, references.edits)


def stated_of(edits: Edits, contact: Contact) -> Values:
    """Before and after of the contact's columns, for the audit trail."""
    values = edits.values(contact)
    return {name: pair for name, pair in values.items() if name not in RECKONED}


async def write_edited(transaction: Transaction, edits: Edits) -> None:
    """Update the rows that were edited."""
    for row, written in edits.updates():
        await transaction.update(row, *written)


async def _touch_parents(transaction: Transaction, sessions: Sequence[Session]) -> None:
    seen = [(s.last_activity_at, s.contact_id, s.last_activity_at) for s in sessions]
    said = [
        (s.last_message_at, s.conversation_id, s.last_message_at)
        for s in sessions
        if s.last_message_at is not None
    ]
    await transaction.execute_many(_SEEN_LAST, seen)
    await transaction.execute_many(_SAID_LAST, said)


def _note(changes: Changes, work: SessionWork, names: set[str]) -> None:
    if work.is_new:
        changes.session(work.session, ChangeKind.CREATED, (), detail=work.status_change())
    else:
        told = {"detail": work.status_change(), "parts": work.parts()}
        changes.session(work.session, ChangeKind.UPDATED, names - UNSEEN, work.values(), **told)


@dataclass
class Writing:
    """One write on its way: where it goes, what it names, and what time it is."""

    changes: Changes
    viewer: Viewer
    now: datetime
    is_blocked: bool = False
    """Whether the contact of the session that was asked for is blocked."""

    async def references(self, wanted: Wanted) -> References:
        """What the write names, found or to be made."""
        known = await find_references(self.changes.transaction, self.viewer, wanted)
        return References(known, self.viewer.workspace_id, self.now)

    async def session(self, ref: SessionRef) -> Session:
        """Locked after its contact; raise NotFound."""
        where, values = _where(ref)
        source, viewer = self.changes.transaction, self.viewer
        self.is_blocked = await lock_contact_of_session(source, viewer, where, *values)
        found = await lock_sessions(source, viewer, where, *values)
        if not found:
            raise NotFound("There is no such session.", (*INPUT, "session"))
        return found[0]

    async def session_by_id(self, text: str, field: str = "id") -> Session:
        """Locked; raise NotFound with the path to the field of the input."""
        path = (*INPUT, field)
        return await self.session_by_key(key_of(text, "Session", path), path)

    async def session_by_key(self, key: int, path: Path) -> Session:
        """Locked; raise NotFound with the path."""
        found = await lock_sessions(self.changes.transaction, self.viewer, "s.id = ?", key)
        if not found:
            raise NotFound("There is no such session.", path)
        return found[0]

    async def load(
        self, session: Session, references: References, extent: Extent = Extent.ALL
    ) -> SessionWork:
        """The session with what it has already."""
        return (await self.load_all([session], references, extent))[0]

    async def load_all(
        self, sessions: Sequence[Session], references: References, extent: Extent
    ) -> list[SessionWork]:
        """Sessions with what they have already; as many statements as for one."""
        earlier = await earlier_of(self.changes.transaction, self.viewer, sessions, extent)
        settings, is_whole = self.viewer.settings, extent is not Extent.LABELS
        return [
            SessionWork(s, references, settings, earlier[s.id], is_whole=is_whole) for s in sessions
        ]

    async def write(self, work: SessionWork) -> bool:
        """Write it; false when nothing changed."""
        instalments = Instalments(self.changes, work.references, self.now)
        changed = await instalments.add([work])
        await instalments.finish()
        return changed[0]


def _where(ref: SessionRef) -> tuple[str, tuple[object, ...]]:
    if ref.id is not None:
        return "s.id = ?", (key_of(ref.id, "Session", (*INPUT, "session", "id")),)
    external = ref.external
    if external is None:
        raise AssertionError("one-of inputs have one field")
    return "s.source = ? AND s.external_id = ?", (external.source, external.external_id)
