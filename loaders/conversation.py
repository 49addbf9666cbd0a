"""Conversations by key and by contact."""

from collections.abc import Sequence

from loaders.batch import by_id
from loaders.keyset import Page, PageArguments, read_pages
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.viewer import Viewer
from models.conversation import Conversation
from models.errors import InvalidCursor


async def conversations_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Conversation | None]:
    """Conversations by key."""
    return await by_id(viewer, Conversation, keys)


async def conversations_of_contacts(
    viewer: Viewer, keys: Sequence[int], page: PageArguments
) -> list[Page[Conversation] | InvalidCursor]:
    """A page for each contact, the newest conversation first."""
    created = OrderTerm("created_at", "t.created_at", Kind.INSTANT, descending=True)
    rows = parts_of(viewer, Conversation, created)
    return await read_pages(viewer, rows, "t.contact_id", keys, page)
