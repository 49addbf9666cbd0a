"""The root of streams: each event is executed with fresh loaders, so that no row is stale."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from loaders.cursor import ChangePosition
from loaders.metrics import Metrics
from loaders.session import sessions_by_id
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.enums import Scope
from models.errors import BadRequest
from models.global_id import decode_id
from resolvers.context import Info
from resolvers.filter_rights import accepted, require_reads
from resolvers.metrics import live_metrics
from resolvers.session_changes import followed
from schema.fields import streamed
from schema.inputs.session_filter import SessionFilter
from schema.metrics import SessionMetrics
from schema.scalars import ChangeCursor
from schema.session_stream import SessionStatusEvent, SessionStreamItem, TimelineStreamItem
from subscriptions.session import (
    LiveList,
    LiveMetrics,
    LiveTimeline,
    StatusChange,
    StatusChanges,
)

SessionId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only this session's changes.")
]
OneSession = Annotated[
    strawberry.ID, strawberry.argument(description="Whose transcript to follow.")
]
Listed = Annotated[
    SessionFilter | None,
    strawberry.argument(description="The list; the same filter as that of `Query.sessions`."),
]
Filter = Annotated[
    SessionFilter | None,
    strawberry.argument(
        description="Only sessions that match, evaluated on the session after the change."
    ),
]
Counted = Annotated[
    SessionFilter | None, strawberry.argument(description="Which sessions to count.")
]
AfterChange = Annotated[
    ChangeCursor | None,
    strawberry.argument(
        description="Replay everything since that position, then go live; omitted: from now on."
    ),
]
MinInterval = Annotated[
    timedelta | None,
    strawberry.argument(description="Least time between two pushes, PT0.1S to PT1H."),
]
_INTERVAL = timedelta(seconds=1)
_SHORTEST, _LONGEST = timedelta(milliseconds=100), timedelta(hours=1)


async def _session_changes(
    info: Info, filter: Listed = UNSET, after: AfterChange = UNSET
) -> AsyncGenerator[list[Any]]:
    """Yields rows, as every resolver does; the field says their types."""
    context = info.context
    source = LiveList(context.viewer, await followed(info, filter))
    async for rows in context.follow(source, _start(context.viewer, after)):
        yield rows


async def _session_status_changed(
    info: Info,
    session_id: SessionId = UNSET,
    filter: Filter = UNSET,  # the contract's name
    after: AfterChange = UNSET,
) -> AsyncGenerator[list[StatusChange]]:
    context = info.context
    viewer = context.viewer
    viewer.require(Scope.SESSIONS_READ)
    wanted = await accepted(viewer, filter or None)
    sessions = sessions_of(viewer, wanted)
    require_reads(viewer, sessions.where.reads)
    key = decode_id(session_id, "Session") if isinstance(session_id, str) else None
    source = StatusChanges(viewer, sessions, key, is_filtered=wanted is not None)
    async for rows in context.follow(source, _start(viewer, after)):
        yield rows


async def _session_timeline(
    info: Info, session_id: OneSession, after: AfterChange = UNSET
) -> AsyncGenerator[list[Any]]:
    context = info.context
    viewer = context.viewer
    viewer.require(Scope.SESSIONS_READ)
    viewer.require(Scope.MESSAGES_READ)
    key = decode_id(session_id, "Session")
    if context.course.start is None and await sessions_by_id(viewer, [key]) == [None]:
        raise BadRequest("`sessionId`: there is no such session.")
    async for rows in context.follow(LiveTimeline(viewer, key), _start(viewer, after)):
        yield rows


async def _session_metrics(
    info: Info, filter: Counted = UNSET, min_interval: MinInterval = _INTERVAL
) -> AsyncGenerator[list[Metrics]]:
    context = info.context
    interval = min_interval or _INTERVAL
    if not _SHORTEST <= interval <= _LONGEST:
        raise BadRequest("`minInterval`: it lies between PT0.1S and PT1H.")
    context.course.drops_repeats = True
    count = await live_metrics(context.viewer, filter or None)
    source = LiveMetrics(context.viewer, count, interval.total_seconds())
    async for rows in context.follow(source):
        yield rows


def _start(viewer: Viewer, after: str | None) -> ChangePosition | None:
    return ChangePosition.decode(after, viewer.workspace_id) if isinstance(after, str) else None


@strawberry.type(description="Streams, over graphql-transport-ws or Server-Sent Events.")
class Subscription:
    """Every stream that a client can follow."""

    session_changes: SessionStreamItem = streamed(
        _session_changes,
        "The live filtered timeline: everything that happens to the list of a filter, in order and"
        " without a gap. The first item is a checkpoint. Needs SESSIONS_READ.",
    )
    session_status_changed: SessionStatusEvent = streamed(
        _session_status_changed,
        "Status changes only (start, idle, resume, end, fail, cancel), in order and"
        " without a gap. Ends with an error whose extensions.code is CURSOR_EXPIRED when the log no"
        " longer reaches back to `after`, or SLOW_CONSUMER. Needs SESSIONS_READ.",
    )
    session_timeline: TimelineStreamItem = streamed(
        _session_timeline,
        "A session's transcript, live: messages and events, each as it is now. The first item is a"
        " checkpoint. Needs SESSIONS_READ and MESSAGES_READ.",
    )
    session_metrics: SessionMetrics = streamed(
        _session_metrics,
        "Numbers about the sessions of a filter: at once, and then when one that is selected has"
        " changed, at most once per interval. Needs METRICS_READ.",
    )
