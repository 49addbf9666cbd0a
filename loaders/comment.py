"""Comments on sessions, the newest first."""

from collections.abc import Sequence

from loaders.batch import by_id, first_of_each
from loaders.keyset import Page, PageArguments, read_pages
from loaders.row_set import Kind, OrderTerm, RowSet, parts_of
from loaders.viewer import Viewer
from models.comment import Comment
from models.errors import InvalidCursor


def _newest_first(viewer: Viewer) -> RowSet[Comment]:
    created = OrderTerm("created_at", "t.created_at", Kind.INSTANT, descending=True)
    return parts_of(viewer, Comment, created)


async def comments_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Comment | None]:
    """Comments by key."""
    return await by_id(viewer, Comment, keys)


async def comments_of_sessions(
    viewer: Viewer, keys: Sequence[int], page: PageArguments
) -> list[Page[Comment] | InvalidCursor]:
    """A page for each session."""
    return await read_pages(viewer, _newest_first(viewer), "t.session_id", keys, page)


async def latest_comments(viewer: Viewer, keys: Sequence[int]) -> list[Comment | None]:
    """The newest comment of each session."""
    found = await first_of_each(viewer, _newest_first(viewer), "t.session_id", keys, limit=1)
    return [comments[0] if comments else None for comments in found]
