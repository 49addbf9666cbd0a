"""Labels of sessions and contacts; a session's come with their label in the same statement."""

from collections.abc import Sequence

from loaders.batch import by_id, lists
from loaders.condition import among
from loaders.row_set import Kind, OrderTerm, RowSet, parts_of
from loaders.table import joined
from loaders.viewer import Viewer
from models.database import Lane
from models.label import ContactLabel, Label, SessionLabel
from models.session import Session


async def labels_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Label | None]:
    """Labels by key."""
    return await by_id(viewer, Label, keys)


async def session_counts(
    viewer: Viewer, keys: Sequence[int], sessions: RowSet[Session]
) -> list[int]:
    """How many of the sessions each label is on."""
    where = sessions.where
    sql = (
        f"SELECT l.label_id, COUNT(*) FROM {sessions.table.source}"
        f' JOIN "session_label" l ON l.session_id = s.id'
        f" WHERE {among(viewer.dialect, 'l.label_id')} AND {where.sql} GROUP BY l.label_id"
    )
    found = await viewer.fetch(sql, (list(keys), *where.bound(viewer.now())), Lane.SLOW)
    counts: dict[int, int] = {row[0]: row[1] for row in found}
    return [counts.get(key, 0) for key in keys]


async def labels_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[list[SessionLabel]]:
    """In the order they were applied."""
    applied = OrderTerm("applied_at", "t.applied_at", Kind.INSTANT)
    rows = parts_of(viewer, SessionLabel, applied, relation="label")
    return await lists(viewer, rows, "t.session_id", keys)


async def labels_of_contacts(viewer: Viewer, keys: Sequence[int]) -> list[list[Label]]:
    """In the order they were applied."""
    rows = parts_of(viewer, ContactLabel, relation="label")
    label_of = joined("label")
    found = await lists(viewer, rows, "t.contact_id", keys)
    return [[label_of(applied) for applied in mine] for mine in found]
