"""Session events: an activity log, and the two extracts of it that sessions show."""

from collections.abc import Iterable, Sequence

from loaders.batch import by_id, first_of_each
from loaders.condition import Condition, among
from loaders.message_filter import matching_events
from loaders.prepared_filter import Prepared
from loaders.row_set import Kind, OrderTerm, RowSet, parts_of
from loaders.viewer import Viewer
from models.enums import SessionEventKind
from models.session_display import StatusTransition, status_transition
from models.session_event import HANDOFF_KINDS, STATUS_KINDS, SessionEvent
from schema.inputs.session_event_filter import SessionEventFilter


async def events_by_id(viewer: Viewer, keys: Sequence[int]) -> list[SessionEvent | None]:
    """Events by key."""
    return await by_id(viewer, SessionEvent, keys)


def activity_logs(
    viewer: Viewer, wanted: Prepared[SessionEventFilter] | None = None
) -> RowSet[SessionEvent]:
    """Events in order of time."""
    rows = parts_of(viewer, SessionEvent, OrderTerm("at", "t.at", Kind.INSTANT))
    if wanted is None:
        return rows
    return rows.narrowed(matching_events(viewer, wanted), wanted.identity)


async def transitions_of_sessions(
    viewer: Viewer, keys: Sequence[int]
) -> list[list[StatusTransition]]:
    """The changes of status; the first 1,000."""
    rows = activity_logs(viewer).narrowed(_is_one_of(viewer, STATUS_KINDS))
    found = await first_of_each(viewer, rows, "t.session_id", keys)
    return [
        [transition for event in events if (transition := status_transition(event)) is not None]
        for events in found
    ]


async def handoffs_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[list[SessionEvent]]:
    """The handoffs between AI and humans; the first 1,000."""
    rows = activity_logs(viewer).narrowed(_is_one_of(viewer, HANDOFF_KINDS))
    return await first_of_each(viewer, rows, "t.session_id", keys)


def _is_one_of(viewer: Viewer, kinds: Iterable[SessionEventKind]) -> Condition:
    return Condition(among(viewer.dialect, "t.kind"), (tuple(kinds),))
