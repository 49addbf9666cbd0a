"""What the change log means for a live list: which sessions enter, change, leave or are deleted.

Kinds are judged on the sessions as they are now and need no memory of who has seen what. A filter
knows the fields it reads (`Condition.reads`): a change that touches one of them makes a session
enter or leave, any other change only updates a session that matches. Time alone makes sessions
leave where a filter is relative to now; those are found without any change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from itertools import pairwise

from loaders.change_log import READ_AT_ONCE, Step, Told, changes_after
from loaders.condition import TRUE, Condition
from loaders.cursor import ChangePosition
from loaders.matching import matching_ids
from loaders.row_set import RowSet
from loaders.session import sessions_by_id
from loaders.session_relations import RELATED, Related
from loaders.shared import Shared
from loaders.viewer import Viewer
from models.change import ALL_SESSIONS, Change, ChangeKind, EntityType
from models.enums import ActorType, SessionChangeKind
from models.errors import FilterChanged
from models.global_id import encode_id
from models.session import Session

MAX_RELATED = 1000
"""Sessions that one change of a contact, agent or label, or time alone, may touch."""

_FIELD_OF = {
    "contact": "contact_id",
    "agent": "agent_id",
    "label": "labels",
    "goal": "goals",
    "journey_block": "journey",
    "form": "forms",
    "message": "messages",
    "comment": "comments",
    "event": "events",
    "custom_fields": "custom_fields",
}
"""What a session changes when it gets another row of which filters read `contact.…` and so on."""

_BY_PERSON = frozenset({"contact_id", "conversation_id"})
_SEEN_LAST = "contact.last_seen_at"
_SIBLINGS = Condition("s.contact_id = (SELECT o.contact_id FROM session o WHERE o.id = ?)")


@dataclass(frozen=True)
class Followed:
    """A live list: its filter, what that means, and which fields its clients are shown."""

    sessions: RowSet[Session]
    views: frozenset[str] = frozenset()
    """Global ids of the saved views that the filter is composed with."""
    shown: frozenset[str] = frozenset()
    settings_version: int | None = None
    """Of the settings by which the filter was understood."""

    @property
    def condition(self) -> Condition:
        """What the filter means."""
        return self.sessions.where

    @cached_property
    def session_fields(self) -> frozenset[str]:
        """Of a session's own fields, those that decide whether it matches."""
        fields = {_FIELD_OF.get(name.partition(".")[0], name) for name in self.condition.reads}
        return frozenset(fields | ({"last_activity_at"} if self.reads_contact_activity else set()))

    @cached_property
    def reads_contact_activity(self) -> bool:
        """Whether a session matters to the other sessions of its contact."""
        return _SEEN_LAST in self.condition.reads

    def is_overthrown_by(self, change: Change) -> bool:
        """Whether contacts were merged that the filter may name, or so many sessions moved.

        An id of a merged contact finds another one's sessions, of which none has changed.
        """
        names_merged = "merged_into_id" in change.fields and _BY_PERSON & self.condition.reads
        return bool(names_merged) or ALL_SESSIONS in change.fields

    def concerns(self, change: Change, related: Related) -> bool:
        """Whether a related row's change can be seen, in the filter or in what is shown."""
        return related.shown_as in self.shown or related.is_read(change, self.condition.reads)

    def misses(self, related: Related) -> bool:
        """Whether it can be seen that such a row is no longer there."""
        return related.shown_as in self.shown or related.is_asked_for(self.condition.reads)


@dataclass(frozen=True)
class SessionChange:
    """One thing that happened to a live list; `session` is the row as it is now."""

    cursor: str
    kind: SessionChangeKind
    session_id: int
    session: Session | None
    fields: Sequence[str]
    at: datetime
    actor_type: ActorType


@dataclass(frozen=True)
class _Touch:
    """A session that a change may concern."""

    change: Change
    session_id: int
    is_read: bool
    fields: Sequence[str]

    @property
    def is_own(self) -> bool:
        """Whether the change is of this session, not of another one of its contact."""
        return self.session_id == self.change.entity_id


@dataclass(frozen=True)
class _Look:
    """Who looks at which list, since when, and when."""

    viewer: Viewer
    followed: Followed
    after: ChangePosition
    now: datetime
    shared: Shared


async def session_changes_after(
    viewer: Viewer,
    followed: Followed,
    after: ChangePosition,
    limit: int = READ_AT_ONCE,
    shared: Shared | None = None,
) -> Step[SessionChange]:
    """What happened after a position; raise CursorExpired or FilterChanged.

    `shared` is what others read of the same log at this time.
    """
    now = viewer.now()
    shared = shared or Shared()
    read = partial(changes_after, viewer, after.seq, limit=limit)
    stretch = await shared.once((changes_after, after.seq, limit), read)
    if viewer.workspace.settings_version != followed.settings_version:
        raise FilterChanged("The settings have changed.")
    touches = [touch for one in stretch.changes for touch in await _touches(viewer, followed, one)]
    items = await _judged(_Look(viewer, followed, after, now, shared), touches)
    considered = len(stretch.changes)
    if not stretch.is_last:
        position = ChangePosition(viewer.workspace_id, stretch.end, after.at)
        return Step(items, position, is_last=False, considered=considered)
    position = ChangePosition(viewer.workspace_id, stretch.end, max(now, after.at))
    items += await _aged(viewer, followed, after.at, position)
    return Step(items, position, is_last=True, considered=considered)


async def _touches(viewer: Viewer, followed: Followed, change: Change) -> list[_Touch]:
    match change.entity_type:
        case EntityType.SESSION:
            return await _touches_of_session(viewer, followed, change)
        case EntityType.WORKSPACE:
            raise FilterChanged("The settings have changed.")
        case EntityType.SAVED_VIEW:
            if encode_id("SavedView", change.entity_id) in followed.views:
                raise FilterChanged("A saved view of the filter has changed.")
            return []
        case EntityType.CONTACT if followed.is_overthrown_by(change):
            raise FilterChanged("Contacts have been merged.")
        case entity:
            return await _touches_of_related(viewer, followed, change, RELATED[entity])


async def _touches_of_related(
    viewer: Viewer, followed: Followed, change: Change, related: Related
) -> list[_Touch]:
    if change.kind is ChangeKind.DELETED and related.is_linked:
        if followed.misses(related):
            raise FilterChanged(f"A {related.name} that the list shows or asks for is gone.")
        return []
    if not followed.concerns(change, related):
        return []
    is_read = related.is_read(change, followed.condition.reads)
    ids = await _sessions_among(viewer, related.of(change.entity_id))
    return [_Touch(change, key, is_read, [related.field]) for key in ids]


async def _touches_of_session(viewer: Viewer, followed: Followed, change: Change) -> list[_Touch]:
    is_created = change.kind is ChangeKind.CREATED
    is_read = is_created or not followed.session_fields.isdisjoint(change.fields)
    own = _Touch(change, change.entity_id, is_read, change.fields)
    if not followed.reads_contact_activity or not (
        is_created or "last_activity_at" in change.fields
    ):
        return [own]
    where = Condition(_SIBLINGS.sql, (change.entity_id,))
    ids = await _sessions_among(viewer, where)
    siblings = [key for key in ids if key != change.entity_id]
    return [*(_Touch(change, key, is_read=True, fields=["contact"]) for key in siblings), own]


async def _sessions_among(viewer: Viewer, where: Condition) -> list[int]:
    sql = f'SELECT s.id FROM "session" s WHERE s.workspace_id = ? AND {where.sql} LIMIT ?'
    parameters = (viewer.workspace_id, *where.parameters, MAX_RELATED + 1)
    found = await viewer.fetch(sql, parameters)
    if len(found) > MAX_RELATED:
        raise FilterChanged(f"More than {MAX_RELATED:,} sessions are concerned.")
    return [key for (key,) in found]


async def _judged(look: _Look, touches: Sequence[_Touch]) -> list[Told[SessionChange]]:
    ids = sorted({touch.session_id for touch in touches})
    if not ids:
        return []
    matching = sorted(await matching_ids(look.viewer, look.followed.sessions, ids, look.now))
    found = await look.shared.rows(sessions_by_id, look.viewer, matching)
    rows: dict[int, Session | None] = dict(zip(matching, found, strict=True))
    told = [
        (touch, kind) for touch in touches if (kind := _kind(touch, rows.get(touch.session_id)))
    ]
    resumes = _resumes([touch.change.seq for touch, _kind in told], look.after)
    return [
        Told(_item(touch, kind, rows.get(touch.session_id), resume), resume, touch.change.seq)
        for (touch, kind), resume in zip(told, resumes, strict=True)
    ]


def _item(
    touch: _Touch, kind: SessionChangeKind, row: Session | None, resume: ChangePosition
) -> SessionChange:
    return SessionChange(
        cursor=resume.encode(),
        kind=kind,
        session_id=touch.session_id,
        session=row,
        fields=touch.fields,
        at=touch.change.at,
        actor_type=touch.change.actor_type,
    )


def _kind(touch: _Touch, row: Session | None) -> SessionChangeKind | None:
    """`row` is the session where it matches now."""
    if touch.change.kind is ChangeKind.DELETED and touch.change.entity_type is EntityType.SESSION:
        return SessionChangeKind.DELETED
    if row is not None:
        return SessionChangeKind.ENTERED if touch.is_read else SessionChangeKind.UPDATED
    is_new = touch.change.kind is ChangeKind.CREATED and touch.is_own
    return SessionChangeKind.LEFT if touch.is_read and not is_new else None


def _resumes(seqs: Sequence[int], after: ChangePosition) -> Iterator[ChangePosition]:
    """Who stops between two items of one change gets all of them again."""
    for seq, following in pairwise((*seqs, 0)):
        yield replace(after, seq=seq if following != seq else seq - 1)


async def _aged(
    viewer: Viewer, followed: Followed, since: datetime, position: ChangePosition
) -> list[Told[SessionChange]]:
    """Sessions for which time alone, between two instants, made the filter true or untrue."""
    condition = followed.condition
    if not condition.is_relative or since >= position.at:
        return []
    source = followed.sessions.table.source
    before, candidates = condition.before(), condition.crossed or TRUE
    sql = (
        f"SELECT s.id FROM {source} WHERE s.workspace_id = ? AND {candidates.sql}"
        f" AND (({before.sql}) IS TRUE) <> (({condition.sql}) IS TRUE) ORDER BY s.id LIMIT ?"
    )
    parts: Iterable[Condition] = (candidates, before, condition)
    bound = (value for part in parts for value in part.bound(position.at, since))
    found = await viewer.fetch(sql, (viewer.workspace_id, *bound, MAX_RELATED + 1))
    if len(found) > MAX_RELATED:
        raise FilterChanged(f"Time has passed more than {MAX_RELATED:,} sessions.")
    return await _aged_items(viewer, followed, [key for (key,) in found], since, position)


async def _aged_items(
    viewer: Viewer,
    followed: Followed,
    ids: Sequence[int],
    since: datetime,
    position: ChangePosition,
) -> list[Told[SessionChange]]:
    if not ids:
        return []
    rows = await sessions_by_id(viewer, ids)
    matching = await matching_ids(viewer, followed.sessions, ids, position.at)
    not_yet = replace(position, at=since)
    resumes = [*[not_yet] * (len(ids) - 1), position]
    return [
        Told(_aged_item(key, row, resume, position.at), resume, position.seq, position.at)
        for key, row, resume in zip(
            ids, (row if row and row.id in matching else None for row in rows), resumes, strict=True
        )
    ]


def _aged_item(
    key: int, row: Session | None, resume: ChangePosition, at: datetime
) -> SessionChange:
    """The row is that of a session which matches now."""
    return SessionChange(
        cursor=resume.encode(),
        kind=SessionChangeKind.ENTERED if row else SessionChangeKind.LEFT,
        session_id=key,
        session=row,
        fields=(),
        at=at,
        actor_type=ActorType.SYSTEM,
    )
