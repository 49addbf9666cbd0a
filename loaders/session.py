"""Sessions by key and by the producer's id; lists are in `loaders/session_filter.py`."""

from collections.abc import Sequence

from loaders.batch import by_id, first
from loaders.condition import Condition
from loaders.row_set import rows_of
from loaders.viewer import Viewer
from models.session import Session


async def sessions_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Session | None]:
    """Sessions by key."""
    return await by_id(viewer, Session, keys)


async def session_by_external_id(viewer: Viewer, source: str, external_id: str) -> Session | None:
    """The one session that a producer knows by this id."""
    where = Condition("t.source = ? AND t.external_id = ?", (source, external_id))
    found = await first(viewer, rows_of(viewer, Session, where=where), limit=1)
    return found[0] if found else None
