"""The timeline in the schema: messages and events interleaved."""

from typing import Annotated

import strawberry

from loaders.batch import counts
from schema.connection import PageInfo, change_cursor
from schema.fields import column, derived, itself, related
from schema.message import Message
from schema.scalars import ChangeCursor
from schema.session_event import SessionEvent

TimelineItem = Annotated[
    Message | SessionEvent,
    strawberry.union("TimelineItem", description="Something said or something that happened."),
]


@strawberry.type(description="An item of a page with its position.")
class TimelineEdge:
    """Read from `loaders.keyset.Edge`."""

    cursor: str = column("Opaque position of the item, for `after` and `before`.")
    node: TimelineItem = column("The item.")


@strawberry.type(description="A page of a timeline.")
class TimelineConnection:
    """Read from `loaders.keyset.Page`."""

    edges: list[TimelineEdge] = column("The items, each with its cursor.")
    nodes: list[TimelineItem] = column("The items.")
    page_info: PageInfo = derived(itself, "Where the page starts and ends.")
    total_count: int = related(counts, "Items on all pages together; costs two COUNTs.", by="total")
    change_cursor: ChangeCursor = change_cursor()
