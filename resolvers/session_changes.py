"""Live lists: what they follow, and the changes of one as pages, for clients that poll."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from loaders.change import change_position
from loaders.change_log import starting_point
from loaders.cursor import ChangePosition
from loaders.session_changes import Followed, SessionChange, session_changes_after
from loaders.session_filter import sessions_of
from models.enums import Scope
from models.errors import BadRequest, CursorExpired, FilterChanged
from resolvers.context import Info
from resolvers.filter_rights import accepted, require_reads
from resolvers.selection import names_below
from schema.inputs.session_filter import SessionFilter
from schema.scalars import ChangeCursor

MOST_CHANGES = 1000

Filter = Annotated[
    SessionFilter | None,
    strawberry.argument(description="The list; the same filter as that of `sessions`."),
]
After = Annotated[
    ChangeCursor, strawberry.argument(description="What happened since that position.")
]
First = Annotated[
    int | None,
    strawberry.argument(
        description="How many changes of the log are looked at: 1 to 1,000, default 500. Those"
        " that do not concern the list are left out, so a page may be empty although more follow."
    ),
]


@dataclass(frozen=True)
class SessionChangePage:
    """Changes in order, and where to go on."""

    changes: Sequence[SessionChange]
    end_cursor: str
    has_more: bool
    resync_required: bool = False


async def followed(info: Info, filter: Filter) -> Followed:
    """The live list that a client asks for; raise BadRequest, or Forbidden for its filter."""
    viewer = info.context.viewer
    viewer.require(Scope.SESSIONS_READ)
    version = viewer.workspace.settings_version
    wanted = await accepted(viewer, filter or None)
    sessions = sessions_of(viewer, wanted)
    require_reads(viewer, sessions.where.reads)
    views = frozenset(wanted.named.views if wanted else ())
    return Followed(sessions, views, names_below(info), version)


async def session_changes(
    info: Info, *, after: After, filter: Filter = None, first: First = 500
) -> SessionChangePage:
    """The pull twin of the stream."""
    viewer = info.context.viewer
    limit = 500 if first is None else first
    if not 1 <= limit <= MOST_CHANGES:
        raise BadRequest(f"`first`: it lies between 1 and {MOST_CHANGES:,}, not {limit}.")
    live = await followed(info, filter)
    position = ChangePosition.decode(after, viewer.workspace_id)
    try:
        start = await starting_point(viewer, position)
        step = await session_changes_after(viewer, live, start, limit)
    except (CursorExpired, FilterChanged):
        head = await change_position(viewer)
        return SessionChangePage((), head.encode(), has_more=False, resync_required=True)
    changes = [told.row for told in step.items]
    return SessionChangePage(changes, step.position.encode(), not step.is_last)
