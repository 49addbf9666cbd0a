"""Relay's connection over `loaders.keyset.Page`; what costs a statement is read when selected."""

from typing import Any, Generic, TypeVar

import strawberry

from loaders.batch import counts
from schema.fields import column, derived, itself, related

N = TypeVar("N")


@strawberry.type(description="Where a page starts and ends, and whether there is more.")
class PageInfo:
    """Read from the page itself."""

    has_next_page: bool = column("Whether there are rows after the last one.")
    has_previous_page: bool = column("Whether there are rows before the first one.")
    start_cursor: str | None = column("Cursor of the first row; null on an empty page.")
    end_cursor: str | None = column("Cursor of the last row; null on an empty page.")


@strawberry.type(
    description=(
        "Answers «Showing 1 to 50 of 234» for cursor and for numbered pages. Costs one COUNT each;"
        " resolved only when selected."
    )
)
class PageRange:
    """Read from `loaders.keyset.PageRange`."""

    from_: int = column(
        "Position of the first row, counted from 1; 0 on an empty page.", "first", name="from"
    )
    to: int = column("Position of the last row; 0 on an empty page.", "last")
    total: int = column("Rows in all.")
    page_size: int = column("Rows a full page has.")
    page: int | None = column(
        "Number of the page, counted from 1; null when the rows before it do not fill whole pages."
    )
    page_count: int = column("Pages in all.")


@strawberry.type(description="A row of a page with its position.")
class Edge(Generic[N]):
    """Read from `loaders.keyset.Edge`."""

    cursor: str = column("Opaque position of the row, for `after` and `before`.")
    node: N = column("The row.")


@strawberry.type(description="A page of rows.")
class NodePage(Generic[N]):
    """What every connection has, whatever its edges tell; read from `loaders.keyset.Page`."""

    nodes: list[N] = column("The rows.")
    page_info: PageInfo = derived(itself, "Where the page starts and ends.")
    total_count: int = related(counts, "Rows on all pages together; costs one COUNT.", by="total")


@strawberry.type(description="A page of rows.")
class Connection(NodePage[N]):
    """Whose edges tell the position only."""

    edges: list[Edge[N]] = column("The rows, each with its cursor.")


def change_cursor() -> Any:
    """The field that hands a page over to a subscription."""
    return column(
        "The log position this page was read at: subscribe with `after: changeCursor` and nothing"
        " is lost in between."
    )
