"""Messages of sessions; to search what was said, one must be allowed to read it."""

from collections.abc import Sequence

from loaders.keyset import Page, PageArguments, read_pages
from loaders.message import transcripts
from loaders.viewer import Viewer
from models.errors import InvalidCursor
from models.message import Message
from resolvers.filter_rights import require_reads
from schema.inputs.document import validated
from schema.inputs.message_filter import MessageFilter


async def messages_of_sessions(
    viewer: Viewer,
    keys: Sequence[int],
    page: PageArguments,
    filter: MessageFilter | None = None,
) -> list[Page[Message] | InvalidCursor]:
    """A page of each session's transcript."""
    checked = None if filter is None else validated(filter, "filter")
    rows = transcripts(viewer, checked)
    require_reads(viewer, rows.where.reads)
    return await read_pages(viewer, rows, "t.session_id", keys, page)
