"""Events of sessions."""

from collections.abc import Sequence

from loaders.keyset import Page, PageArguments, read_pages
from loaders.session_event import activity_logs
from loaders.viewer import Viewer
from models.errors import InvalidCursor
from models.session_event import SessionEvent
from resolvers.filter_rights import accepted
from schema.inputs.session_event_filter import SessionEventFilter


async def events_of_sessions(
    viewer: Viewer,
    keys: Sequence[int],
    page: PageArguments,
    filter: SessionEventFilter | None = None,
) -> list[Page[SessionEvent] | InvalidCursor]:
    """A page of each session's log."""
    rows = activity_logs(viewer, await accepted(viewer, filter))
    return await read_pages(viewer, rows, "t.session_id", keys, page)
