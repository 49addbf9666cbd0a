"""Session events: an activity log, and the two extracts of it that sessions show."""

from collections.abc import Iterable, Sequence

from loaders.batch import by_id, first_of_each
from loaders.condition import Condition, among
from loaders.keyset import Page, PageArguments, read_pages
from loaders.row_set import Kind, OrderTerm, RowSet, rows_of
from loaders.viewer import Viewer
from models.enums import SessionEventKind
from models.errors import InvalidCursor
from models.session_display import StatusTransition, status_transition
from models.session_event import HANDOFF_KINDS, STATUS_KINDS, SessionEvent


async def events_by_id(viewer: Viewer, keys: Sequence[int]) -> list[SessionEvent | None]:
    """Events by key."""
    return await by_id(viewer, SessionEvent, keys)


async def events_of_sessions(
    viewer: Viewer, keys: Sequence[int], page: PageArguments
) -> list[Page[SessionEvent] | InvalidCursor]:
    """A page of each session's log, in order of time."""
    return await read_pages(viewer, _in_order(viewer), "t.session_id", keys, page)


async def transitions_of_sessions(
    viewer: Viewer, keys: Sequence[int]
) -> list[list[StatusTransition]]:
    """The changes of status; the first 1,000."""
    rows = _in_order(viewer).narrowed(_is_one_of(viewer, STATUS_KINDS))
    found = await first_of_each(viewer, rows, "t.session_id", keys)
    return [
        [transition for event in events if (transition := status_transition(event)) is not None]
        for events in found
    ]


async def handoffs_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[list[SessionEvent]]:
    """The handoffs between AI and humans; the first 1,000."""
    rows = _in_order(viewer).narrowed(_is_one_of(viewer, HANDOFF_KINDS))
    return await first_of_each(viewer, rows, "t.session_id", keys)


def _in_order(viewer: Viewer) -> RowSet[SessionEvent]:
    return rows_of(viewer, SessionEvent, OrderTerm("at", "t.at", Kind.INSTANT))


def _is_one_of(viewer: Viewer, kinds: Iterable[SessionEventKind]) -> Condition:
    return Condition(among(viewer.dialect, "t.kind"), (tuple(kinds),))
