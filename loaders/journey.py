"""Journey blocks, and the visits of sessions."""

from collections.abc import Sequence

from loaders.batch import by_id, first_of_each
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.viewer import Viewer
from models.journey import JourneyBlock, JourneyVisit


async def blocks_by_id(viewer: Viewer, keys: Sequence[int]) -> list[JourneyBlock | None]:
    """Journey blocks by key."""
    return await by_id(viewer, JourneyBlock, keys)


async def visits_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[list[JourneyVisit]]:
    """In the order of entering, with their block; the first 1,000."""
    sequence = OrderTerm("sequence", "t.sequence", Kind.WHOLE)
    rows = parts_of(viewer, JourneyVisit, sequence, relation="block")
    return await first_of_each(viewer, rows, "t.session_id", keys)
