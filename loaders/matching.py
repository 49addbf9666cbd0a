"""Which of some sessions match a filter: what streams ask of the one compiler."""

from collections.abc import Sequence

from loaders.condition import Condition, among
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from schema.inputs.session_filter import SessionFilter


async def matching_ids(
    viewer: Viewer, filter_: SessionFilter | None, ids: Sequence[int]
) -> frozenset[int]:
    """Those of the sessions that match now."""
    among_them = Condition(among(viewer.dialect, "s.id"), (list(ids),))
    rows = sessions_of(viewer, filter_).narrowed(among_them)
    sql = f"SELECT s.id FROM {rows.table.source} WHERE {rows.where.sql}"
    found = await viewer.fetch(sql, rows.where.bound(viewer.now()))
    return frozenset(row[0] for row in found)
