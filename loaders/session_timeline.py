"""What was said and done in a running session, change by change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from loaders.batch import all_of
from loaders.change_log import Step, Told, changes_after
from loaders.condition import FALSE, Condition, among, some
from loaders.cursor import ChangePosition
from loaders.row_set import parts_of
from loaders.viewer import Viewer
from models.change import Change, ChangeKind, EntityType
from models.errors import FilterChanged
from models.message import Message
from models.record import Record
from models.session_event import SessionEvent


@dataclass(frozen=True)
class MessageAdded:
    """Something was said."""

    cursor: str
    message: Message


@dataclass(frozen=True)
class MessageUpdated:
    """Something that was said reads differently now."""

    cursor: str
    message: Message


@dataclass(frozen=True)
class SessionEventAdded:
    """Something happened, or is told differently now."""

    cursor: str
    event: SessionEvent


TimelineItem = MessageAdded | MessageUpdated | SessionEventAdded


async def timeline_after(
    viewer: Viewer, session_id: int, after: ChangePosition
) -> Step[TimelineItem]:
    """What came after a position; raise CursorExpired, or FilterChanged when it was deleted."""
    own = Condition("t.entity_type = ? AND t.session_id = ?", (EntityType.SESSION, session_id))
    stretch = await changes_after(viewer, after.seq, own)
    items: list[Told[TimelineItem]] = []
    for change in stretch.changes:
        if change.kind is ChangeKind.DELETED:
            raise FilterChanged("The session has been deleted.")
        items += _told(change, await _rows(viewer, session_id, change), after)
    position = ChangePosition(viewer.workspace_id, stretch.end, viewer.now())
    return Step(items, position, stretch.is_last, len(stretch.changes))


async def _rows(viewer: Viewer, session_id: int, change: Change) -> list[Message | SessionEvent]:
    """Of one change, in order of time; as they are now."""
    is_new, parts = change.kind is ChangeKind.CREATED, _parts(change)
    if not (is_new or parts):
        return []
    own = Condition("t.session_id = ?", (session_id,))
    keys = [*parts.get("events", ()), *parts.get("edited", ())]
    these = Condition(among(viewer.dialect, 't."id"'), (keys,)) if keys else FALSE
    said = Condition("t.sequence BETWEEN ? AND ?", tuple(parts.get("messages", (1, 0))))
    of_messages = own if is_new else own & some((said, these))
    of_events = own if is_new else own & these
    messages = await all_of(viewer, parts_of(viewer, Message).narrowed(of_messages))
    events = await all_of(viewer, parts_of(viewer, SessionEvent).narrowed(of_events))
    return sorted([*messages, *events], key=_moment)


def _parts(change: Change) -> dict[str, list[int]]:
    parts: dict[str, list[int]] | None = change.parts
    return parts or {}


def _moment(row: Message | SessionEvent) -> tuple[datetime, int]:
    return (row.sent_at, row.sequence) if isinstance(row, Message) else (row.at, 0)


def _told(
    change: Change, rows: Sequence[Message | SessionEvent], after: ChangePosition
) -> Iterator[Told[TimelineItem]]:
    """Who stops between two items of one change gets all of them again."""
    edited = frozenset(_parts(change).get("edited", ()))
    for row, following in pairwise((*rows, None)):
        assert row is not None
        resume = replace(after, seq=change.seq if following is None else change.seq - 1)
        yield Told(_item(row, resume.encode(), edited), resume, change.seq)


def _item(row: Record, cursor: str, edited: frozenset[int]) -> TimelineItem:
    if isinstance(row, SessionEvent):
        return SessionEventAdded(cursor, row)
    assert isinstance(row, Message)
    return MessageUpdated(cursor, row) if row.id in edited else MessageAdded(cursor, row)
