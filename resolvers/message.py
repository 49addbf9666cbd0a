"""Messages of sessions; to search what was said, one must be allowed to read it."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from loaders.keyset import Page, PageArguments, read_page, read_pages
from loaders.message import all_messages, transcripts
from loaders.viewer import Viewer
from models.enums import Scope
from models.errors import InvalidCursor
from models.message import Message
from resolvers.context import Info
from resolvers.filter_rights import accepted, require_reads
from schema.inputs.message_filter import MessageFilter

Filter = Annotated[MessageFilter, strawberry.argument(description="Which messages.")]


async def messages(info: Info, page: PageArguments, filter: Filter) -> Page[Message]:
    """A page of what was said in all sessions."""
    viewer = info.context.viewer
    viewer.require(Scope.MESSAGES_READ)
    rows = all_messages(viewer, await accepted(viewer, filter))
    require_reads(viewer, rows.where.reads)
    return await read_page(viewer, rows, page)


async def messages_of_sessions(
    viewer: Viewer,
    keys: Sequence[int],
    page: PageArguments,
    filter: MessageFilter | None = None,
) -> list[Page[Message] | InvalidCursor]:
    """A page of each session's transcript."""
    rows = transcripts(viewer, await accepted(viewer, filter))
    require_reads(viewer, rows.where.reads)
    return await read_pages(viewer, rows, "t.session_id", keys, page)
