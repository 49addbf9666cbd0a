"""The root of streams: each event is executed with fresh loaders, so that no row is stale."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from loaders.cursor import ChangePosition
from loaders.session_filter import matching
from models.enums import Scope, SessionActivity, SessionEndReason, SessionStatus
from models.global_id import decode_id, encode_id
from resolvers.context import Info
from resolvers.filter_rights import require_reads
from schema.fields import column, derived, streamed
from schema.inputs.document import validated
from schema.inputs.session_filter import SessionFilter
from schema.scalars import ChangeCursor
from schema.session import Session
from subscriptions.session import Selected, StatusChange, session_status_changes

SessionId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only this session's changes.")
]
Filter = Annotated[
    SessionFilter | None,
    strawberry.argument(
        description="Only sessions that match, evaluated on the session after the change."
    ),
]
AfterChange = Annotated[
    ChangeCursor | None,
    strawberry.argument(
        description="Replay everything since that position, then go live; omitted: from now on."
    ),
]


def _session_id(change: StatusChange) -> str:
    return encode_id("Session", change.session_id)


@strawberry.type(
    description="A session's status or activity changed. Idle and resume have from = to; the filter"
    " is evaluated on the session after the change."
)
class SessionStatusEvent:
    """One transition."""

    cursor: ChangeCursor = column("Position of the change: resume with `after`.")
    session_id: strawberry.ID = derived(_session_id, "The session that changed.")
    session: Session | None = column("The session as it is now; null when it was deleted since.")
    from_: SessionStatus | None = column("Status before; null when it began.", name="from")
    to: SessionStatus = column("Status after.")
    activity: SessionActivity = column("Activity after.")
    end_reason: SessionEndReason | None = column("Why it ended; null while it runs.")
    at: datetime = column("When the change was recorded.")


async def _session_status_changed(
    info: Info,
    session_id: SessionId = UNSET,
    filter: Filter = UNSET,  # the contract's name
    after: AfterChange = UNSET,
) -> AsyncGenerator[StatusChange]:
    """Yields rows, as every resolver does; the field says their type."""
    context = info.context
    viewer = context.viewer
    viewer.require(Scope.SESSIONS_READ)
    wanted = validated(filter, "filter") if filter else None
    require_reads(viewer, matching(viewer, wanted).reads)
    selected = Selected(
        decode_id(session_id, "Session") if isinstance(session_id, str) else None, wanted
    )
    workspace_id = viewer.workspace_id
    start = ChangePosition.decode(after, workspace_id) if isinstance(after, str) else None
    async for change in session_status_changes(viewer, context.hub, selected, start):
        context.renew()
        yield change


@strawberry.type(description="Streams over graphql-transport-ws.")
class Subscription:
    """Every stream that a client can follow."""

    session_status_changed: SessionStatusEvent = streamed(
        _session_status_changed,
        "Status changes only (start, idle, resume, end, fail, cancel), in order and"
        " without a gap. Ends with an error whose extensions.code is CURSOR_EXPIRED when the log no"
        " longer reaches back to `after`. Needs SESSIONS_READ.",
    )
