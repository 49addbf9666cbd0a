"""Scores of sessions."""

from collections.abc import Sequence

from loaders.batch import first_of_each
from loaders.condition import TRUE, Condition
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.viewer import Viewer
from models.score import Score


async def scores_of_sessions(
    viewer: Viewer, keys: Sequence[int], name: str | None = None
) -> list[list[Score]]:
    """In the order they were recorded, those of one name or all; the first 1,000."""
    recorded = OrderTerm("created_at", "t.created_at", Kind.INSTANT)
    where = TRUE if name is None else Condition("t.name = ?", (name,))
    rows = parts_of(viewer, Score, recorded, where=where)
    return await first_of_each(viewer, rows, "t.session_id", keys)
