"""The timeline: a session's messages and events, interleaved by time.

Each kind is read as its own row set and the two are merged: two statements, whatever the number of
sessions. An event comes before a message of the same millisecond; messages of the same millisecond
are in order of arrival. Both sets have the same order and so the same cursors.
"""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from loaders.keyset import Page, PageArguments, Slice, page_of, position_of, slices
from loaders.row_set import Kind, OrderTerm, RowSet, parts_of
from loaders.viewer import Viewer
from models.errors import InvalidCursor
from models.message import Message
from models.session_event import SessionEvent

Item = Message | SessionEvent

_place = attrgetter("timeline_at", "timeline_rank", "id")


async def timelines_of_sessions(
    viewer: Viewer, keys: Sequence[int], page: PageArguments
) -> list[Page[Item] | InvalidCursor]:
    """A page of each session's timeline."""
    change_cursor = await position_of(viewer, page)
    said = await slices(viewer, _messages(viewer), "t.session_id", keys, page)
    happened = await slices(viewer, _events(viewer), "t.session_id", keys, page)
    return [
        _merged(messages, events, page, change_cursor)
        for messages, events in zip(said, happened, strict=True)
    ]


def _messages(viewer: Viewer) -> RowSet[Message]:
    at = OrderTerm("timeline_at", "t.sent_at", Kind.INSTANT)
    rank = OrderTerm("timeline_rank", "t.sequence", Kind.WHOLE)
    return replace(parts_of(viewer, Message, at, rank), identity=_identity(viewer))


def _events(viewer: Viewer) -> RowSet[SessionEvent]:
    at = OrderTerm("timeline_at", "t.at", Kind.INSTANT)
    rank = OrderTerm("timeline_rank", "CAST(0 AS INTEGER)", Kind.WHOLE)
    return replace(parts_of(viewer, SessionEvent, at, rank), identity=_identity(viewer))


def _identity(viewer: Viewer) -> tuple[object, ...]:
    return (viewer.workspace_id, "timeline")


def _merged(
    messages: Slice[Message] | InvalidCursor,
    events: Slice[SessionEvent] | InvalidCursor,
    page: PageArguments,
    change_cursor: str | None,
) -> Page[Item] | InvalidCursor:
    if isinstance(messages, InvalidCursor):
        return messages
    if isinstance(events, InvalidCursor):
        return events
    items: list[Item] = [*messages.found, *events.found]
    items.sort(key=_place, reverse=page.backwards)
    found = items[: page.size + 1]
    total = (messages.total, events.total)
    return page_of(found, page, messages.cursor_of, total, change_cursor)
