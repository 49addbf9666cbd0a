"""Which of some sessions match a filter: what streams ask of the one compiler."""

from collections.abc import Sequence
from datetime import datetime

from loaders.condition import Condition, among
from loaders.row_set import RowSet
from loaders.viewer import Viewer
from models.session import Session


async def matching_ids(
    viewer: Viewer, sessions: RowSet[Session], ids: Sequence[int], now: datetime | None = None
) -> frozenset[int]:
    """Those of a few that are among the sessions of a filter now."""
    if not ids:
        return frozenset()
    among_them = Condition(among(viewer.dialect, "s.id"), (list(ids),))
    rows = sessions.narrowed(among_them)
    where = rows.where if rows.searched is None else rows.searched.of_sessions(rows.where, ids)
    sql = f"SELECT s.id FROM {rows.table.source} WHERE {where.sql}"
    found = await viewer.fetch(sql, where.bound(now or viewer.now()), rows.lane)
    return frozenset(row[0] for row in found)
