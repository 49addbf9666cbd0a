"""Reads of the change log by streams, and of the heads by the hub."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from loaders.condition import TRUE, Condition, among
from loaders.cursor import ChangePosition
from loaders.viewer import Viewer
from loaders.workspace import read_head
from models.change import Change
from models.database import Database
from models.errors import CursorExpired, InvalidCursor
from models.record import selection

READ_AT_ONCE = 500
"""Changes per SELECT: bounds the memory of a replay, however far back it starts."""


_EXPIRED = "The change log no longer reaches back to the cursor."


@dataclass(frozen=True)
class Stretch:
    """A piece of the log: `changes` are those wanted, everything up to `end` was considered."""

    changes: Sequence[Change]
    end: int
    is_last: bool


R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True)
class Told(Generic[R_co]):
    """One item of a stream: where to resume after it, and what it is about."""

    row: R_co
    resume: ChangePosition
    seq: int | None = None
    """Of the change; several items of one change resume before it, all but the last. None for what
    everyone is told."""
    passed_at: datetime | None = None
    """When time alone, without a change, brought it about."""

    def is_news_since(self, start: ChangePosition) -> bool:
        """Whether a reader who has considered everything up to `start` does not know it yet."""
        if self.passed_at is not None:
            return self.passed_at > start.at
        return self.seq is None or self.seq > start.seq


@dataclass(frozen=True)
class Step(Generic[R_co]):
    """What a stream tells of a stretch: its items in order, and the position after them."""

    items: Sequence[Told[R_co]]
    position: ChangePosition
    is_last: bool
    considered: int = 0
    """Changes of the log that were looked at, told or not."""


async def heads(database: Database, workspace_ids: Iterable[int]) -> dict[int, int]:
    """The last sequence number of each workspace."""
    lane = database.lane()
    sql = f"SELECT id, seq FROM head WHERE {among(database.dialect, 'id')}"
    return {row[0]: row[1] for row in await lane.fetch(sql, (sorted(workspace_ids),))}


async def starting_point(viewer: Viewer, after: ChangePosition | None) -> ChangePosition:
    """Where a stream begins; raise CursorExpired, or InvalidCursor for one from the future."""
    at = viewer.now()
    seq, trimmed_to = await read_head(viewer)
    if after is None:
        return ChangePosition(viewer.workspace_id, seq, at)
    if after.seq < trimmed_to:
        raise CursorExpired(_EXPIRED)
    if after.seq > seq:
        raise InvalidCursor("The change cursor is ahead of the change log.")
    return replace(after, at=min(after.at, at))


async def changes_after(
    viewer: Viewer, seq: int, wanted: Condition = TRUE, limit: int = READ_AT_ONCE
) -> Stretch:
    """The changes (`t`) that are wanted, in order; raise CursorExpired."""
    end, trimmed_to = await read_head(viewer)
    if seq < trimmed_to:
        raise CursorExpired(_EXPIRED)
    if seq >= end:
        return Stretch((), seq, is_last=True)
    sql = (
        f'SELECT {selection(Change, "t")} FROM "change" t'
        f" WHERE t.workspace_id = ? AND t.seq > ? AND t.seq <= ? AND {wanted.sql}"
        " ORDER BY t.seq LIMIT ?"
    )
    values = (viewer.workspace_id, seq, end, *wanted.parameters, limit)
    changes = await viewer.records(Change, sql, values)
    is_last = len(changes) < limit
    return Stretch(changes, end if is_last else changes[-1].seq, is_last)
