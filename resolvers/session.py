"""Sessions: one, or pages of them."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from loaders.contact import pages_of_contacts
from loaders.keyset import Page, PageArguments, read_page, read_pages
from loaders.row_set import RowSet
from loaders.session import session_by_external_id, sessions_by_id
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.enums import OrderDirection, Scope, SessionOrderField
from models.errors import InvalidCursor
from models.global_id import decode_id
from models.session import Session
from resolvers.context import Info
from resolvers.filter_rights import accepted, require_reads
from schema.inputs.session_filter import SessionFilter
from schema.inputs.session_order import SessionOrder

Filter = Annotated[
    SessionFilter | None,
    strawberry.argument(description="Which sessions; by default all that are not archived."),
]
Order = Annotated[
    list[SessionOrder] | None,
    strawberry.argument(description="At most three terms; by default the newest start first."),
]
NEWEST_FIRST = [SessionOrder(field=SessionOrderField.STARTED_AT, direction=OrderDirection.DESC)]
SessionPages = list[Page[Session] | InvalidCursor]
SessionId = Annotated[strawberry.ID, strawberry.argument(description="Global id of the session.")]


async def session(info: Info, id: SessionId) -> Session | None:
    """None for an id of another workspace or of nothing."""
    info.context.viewer.require(Scope.SESSIONS_READ)
    found: Session | None = await info.context.load(sessions_by_id, decode_id(id, "Session"))
    return found


async def session_by_producer(
    info: Info,
    *,
    source: Annotated[str, strawberry.argument(description="The producing system.")] = "api",
    external_id: Annotated[str, strawberry.argument(description="Id in the producing system.")],
) -> Session | None:
    """None when the workspace has no session of that id."""
    viewer = info.context.viewer
    viewer.require(Scope.SESSIONS_READ)
    return await session_by_external_id(viewer, source, external_id)


async def sessions(
    info: Info, page: PageArguments, filter: Filter = None, order_by: Order = NEWEST_FIRST
) -> Page[Session]:
    """A page of the timeline."""
    viewer = info.context.viewer
    viewer.require(Scope.SESSIONS_READ)
    version = viewer.workspace.settings_version
    found = await read_page(viewer, await wanted_sessions(viewer, filter, order_by), page)
    if viewer.workspace.settings_version != version:  # its cursor would be newer than its rows
        found = await read_page(viewer, await wanted_sessions(viewer, filter, order_by), page)
    return found


async def sessions_of_agents(
    viewer: Viewer,
    keys: Sequence[int],
    page: PageArguments,
    filter: Filter = None,
    order_by: Order = None,
) -> SessionPages:
    """A page for each agent."""
    rows = await wanted_sessions(viewer, filter, order_by)
    return await read_pages(viewer, rows, "s.agent_id", keys, page)


async def sessions_of_contacts(
    viewer: Viewer,
    keys: Sequence[int],
    page: PageArguments,
    filter: Filter = None,
    order_by: Order = None,
) -> SessionPages:
    """A page for each contact."""
    rows = await wanted_sessions(viewer, filter, order_by)
    return await pages_of_contacts(viewer, rows, "s.contact_id", keys, page)


async def sessions_of_conversations(
    viewer: Viewer, keys: Sequence[int], page: PageArguments, order_by: Order = None
) -> SessionPages:
    """A page for each conversation."""
    rows = await wanted_sessions(viewer, None, order_by)
    return await read_pages(viewer, rows, "s.conversation_id", keys, page)


async def wanted_sessions(viewer: Viewer, filter: Filter, order_by: Order) -> RowSet[Session]:
    """What a client's arguments ask for; raise Rejected, BadRequest or Forbidden."""
    rows = sessions_of(viewer, await accepted(viewer, filter), order_by or ())
    require_reads(viewer, rows.where.reads)
    return rows
