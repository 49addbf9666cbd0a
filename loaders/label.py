"""Labels of sessions and contacts; a session's come with their label in the same statement."""

from collections.abc import Sequence

from loaders.batch import by_id, lists
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.table import joined
from loaders.viewer import Viewer
from models.label import ContactLabel, Label, SessionLabel


async def labels_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Label | None]:
    """Labels by key."""
    return await by_id(viewer, Label, keys)


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
