"""The range of a page: "1 to 50 of 234", for cursor pages and numbered pages alike."""

from typing import Any

from loaders.batch import counts
from loaders.keyset import PageRange, range_of
from resolvers.context import Info


async def page_range(root: Any, info: Info) -> PageRange:
    """At most two counts, shared with `totalCount`."""
    counted = info.context.load(counts, root.total)
    before = None if root.preceding is None else info.context.load(counts, root.preceding)
    return range_of(root, await counted, None if before is None else await before)
