"""Reads of the change log by streams, and of the heads by the hub."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loaders.condition import TRUE, Condition, among
from loaders.cursor import ChangePosition
from loaders.viewer import Viewer
from models.change import Change, EntityType
from models.database import Database
from models.errors import CursorExpired, InvalidCursor
from models.record import selection

READ_AT_ONCE = 500
"""Changes per SELECT: bounds the memory of a replay, however far back it starts."""


@dataclass(frozen=True)
class Stretch:
    """A piece of the log: `changes` are those wanted, everything up to `end` was considered."""

    changes: Sequence[Change]
    end: int
    is_last: bool


async def heads(database: Database, workspace_ids: Iterable[int]) -> dict[int, int]:
    """The last sequence number of each workspace."""
    lane = database.lane()
    sql = f"SELECT id, seq FROM head WHERE {among(database.dialect, 'id')}"
    return {row[0]: row[1] for row in await lane.fetch(sql, (sorted(workspace_ids),))}


async def starting_point(viewer: Viewer, after: ChangePosition | None) -> int:
    """Where a stream begins; raise CursorExpired, or InvalidCursor for one from the future."""
    sql = "SELECT seq, trimmed_to FROM head WHERE id = ?"
    seq, trimmed_to = (await viewer.fetch(sql, (viewer.workspace_id,)))[0]
    if after is None:
        return int(seq)
    if after.seq < trimmed_to:
        raise CursorExpired("The change log no longer reaches back to the cursor.")
    if after.seq > seq:
        raise InvalidCursor("The change cursor is ahead of the change log.")
    return after.seq


async def status_changes_after(
    viewer: Viewer, seq: int, session_id: int | None, limit: int = READ_AT_ONCE
) -> Stretch:
    """Status changes of sessions, of one session if given, in order."""
    end = (await heads(viewer.database, [viewer.workspace_id]))[viewer.workspace_id]
    only = TRUE if session_id is None else Condition("t.session_id = ?", (session_id,))
    sql = (
        f'SELECT {selection(Change, "t")} FROM "change" t'
        " WHERE t.workspace_id = ? AND t.seq > ? AND t.seq <= ?"
        f" AND t.entity_type = ? AND t.detail IS NOT NULL AND {only.sql}"
        " ORDER BY t.seq LIMIT ?"
    )
    values = (viewer.workspace_id, seq, end, EntityType.SESSION, *only.parameters, limit)
    changes = await viewer.records(Change, sql, values)
    is_last = len(changes) < limit
    return Stretch(changes, end if is_last else changes[-1].seq, is_last)
