"""The one pagination: keyset pages, forwards and backwards, of one set or of many parents' rows.

One row more than asked for is read, which tells whether there is another page. Counts are only
described here (`Count`), and read by whoever selects them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple

from loaders.batch import first, first_of_each
from loaders.change import change_position
from loaders.condition import Condition
from loaders.row_set import Count, RowSet, beyond
from loaders.search import Search
from loaders.table import T
from loaders.viewer import Viewer
from models.errors import BadRequest, InvalidCursor

DEFAULT_PAGE = 50
LARGEST_PAGE = 100


@dataclass(frozen=True)
class PageArguments:
    """What a client asked for, checked."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    offset: int | None = None
    with_position: bool = False
    """Whether the page tells the position of the change log that it was read at."""

    def __post_init__(self) -> None:
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and not 1 <= size <= LARGEST_PAGE:
                raise BadRequest(f"`{name}` must lie between 1 and {LARGEST_PAGE}, not {size}.")
        if self.offset is not None:
            self._check_offset(self.offset)
        if self.first is not None and self.last is not None:
            raise BadRequest("Give `first` or `last`, not both.")
        if self.after is not None and self.before is not None:
            raise BadRequest("Give `after` or `before`, not both.")
        if self.after is not None and self.last is not None:
            raise BadRequest("`after` goes with `first`, not with `last`.")
        if self.before is not None and self.first is not None:
            raise BadRequest("`before` goes with `last`, not with `first`.")

    def _check_offset(self, offset: int) -> None:
        if self.after is not None or self.before is not None or self.last is not None:
            raise BadRequest(
                "`offset` numbers pages from the start: it excludes cursors and `last`."
            )
        if offset < 0:
            raise BadRequest(f"`offset` must not be negative, not {offset}.")

    @property
    def size(self) -> int:
        """Rows on the page."""
        return self.first or self.last or DEFAULT_PAGE

    @property
    def backwards(self) -> bool:
        """Whether the page ends at its cursor instead of starting there."""
        return self.last is not None or self.before is not None

    @property
    def cursor(self) -> str | None:
        """Where the page starts, in its direction."""
        return self.before if self.backwards else self.after

    def starting_at(self, cursor: str) -> "PageArguments":
        """The same page from another cursor."""
        if self.before is not None:
            return replace(self, before=cursor)
        return replace(self, after=cursor)


class Edge(NamedTuple):
    """One row of a page."""

    page: "Page[Any]"
    place: int

    @property
    def node(self) -> Any:
        """The row."""
        return self.page.nodes[self.place]

    @property
    def cursor(self) -> str:
        """Its position."""
        return self.page.cursor_of(self.node)

    @property
    def found(self) -> "Found | None":
        """By which search; None when the rows were not searched for."""
        search = self.page.search
        return None if search is None else Found(search, self.node.id)


class Found(NamedTuple):
    """A session that a search has found."""

    search: Search
    session_id: int


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of rows; what costs a statement is offered as a `Count`, for whoever selects it."""

    nodes: Sequence[T]
    has_next_page: bool
    has_previous_page: bool
    arguments: PageArguments
    cursor_of: Callable[[T], str]
    total: tuple[Count, ...]
    preceding: tuple[Count, ...] | None = None
    """Counts the rows before the page; None where the arguments and the total tell."""
    change_cursor: str | None = None
    search: Search | None = None

    @property
    def edges(self) -> list[Edge]:
        """The rows, each with its cursor."""
        return [Edge(self, place) for place in range(len(self.nodes))]

    @property
    def start_cursor(self) -> str | None:
        """Of the first row."""
        return self.cursor_of(self.nodes[0]) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        """Of the last row."""
        return self.cursor_of(self.nodes[-1]) if self.nodes else None


@dataclass(frozen=True)
class PageRange:
    """Where a page lies among all rows; `first` and `last` are 0 on an empty page."""

    first: int
    last: int
    total: int
    page_size: int
    page: int | None
    page_count: int


@dataclass(frozen=True)
class Slice(Generic[T]):
    """The rows of one page of one set, at most one more than asked for, in the page's direction."""

    rows: RowSet[T]
    found: list[T]
    total: Count
    mark: str

    def cursor_of(self, row: object) -> str:
        """The row's position in the set."""
        return self.rows.cursor_of(row, self.mark)


async def read_page(viewer: Viewer, rows: RowSet[T], arguments: PageArguments) -> Page[T]:
    """One page of one set: one SELECT, after one for the position where it is wanted."""
    change_cursor = await position_of(viewer, arguments)
    now = viewer.now()
    mark = rows.mark(None)
    started = _started(rows, arguments, mark)
    found = await first(viewer, started, arguments.size + 1, arguments.offset or 0)
    part = Slice(rows, found, rows.count(now), mark)
    made = page_of(found, arguments, part.cursor_of, (part.total,), change_cursor)
    return _completed(rows, made, now)


async def read_pages(
    viewer: Viewer, rows: RowSet[T], parent: str, keys: Sequence[int], arguments: PageArguments
) -> list[Page[T] | InvalidCursor]:
    """A page of each parent's rows: one SELECT, whatever the number of parents."""
    change_cursor = await position_of(viewer, arguments)
    now = viewer.now()
    made: list[Page[T] | InvalidCursor] = []
    for part in await slices(viewer, rows, parent, keys, arguments):
        if isinstance(part, InvalidCursor):
            made.append(part)
            continue
        one = page_of(part.found, arguments, part.cursor_of, (part.total,), change_cursor)
        of_parent = rows.narrowed(Condition(f"{parent} = ?", (part.total.key,)))
        made.append(_completed(of_parent, one, now))
    return made


async def slices(
    viewer: Viewer, rows: RowSet[T], parent: str, keys: Sequence[int], arguments: PageArguments
) -> list[Slice[T] | InvalidCursor]:
    """What `read_pages` makes pages of.

    A cursor belongs to one parent, so that with a cursor at most one of the keys is read.
    """
    now = viewer.now()
    total = replace(rows.count(now), parent=parent)
    if arguments.cursor is not None:
        return [await _slice(viewer, rows, replace(total, key=key), arguments) for key in keys]
    directed = replace(rows, backwards=arguments.backwards)
    found = await first_of_each(viewer, directed, parent, keys, arguments.size + 1)
    return [
        Slice(rows, mine, replace(total, key=key), rows.mark(key))
        for key, mine in zip(keys, found, strict=True)
    ]


async def _slice(
    viewer: Viewer, rows: RowSet[T], total: Count, arguments: PageArguments
) -> Slice[T] | InvalidCursor:
    mark = rows.mark(total.key)
    try:
        started = _started(rows, arguments, mark)
    except InvalidCursor as error:
        return error
    of_parent = started.narrowed(Condition(f"{total.parent} = ?", (total.key,)))
    found = await first(viewer, of_parent, arguments.size + 1)
    return Slice(rows, found, total, mark)


async def position_of(viewer: Viewer, arguments: PageArguments) -> str | None:
    """The change cursor of a page that is about to be read."""
    return (await change_position(viewer)).encode() if arguments.with_position else None


def page_of(
    found: list[T],
    arguments: PageArguments,
    cursor_of: Callable[[T], str],
    total: tuple[Count, ...],
    change_cursor: str | None,
) -> Page[T]:
    """A page of the rows found, at most one more than asked for, in the page's direction."""
    has_more = len(found) > arguments.size
    nodes = found[: arguments.size]
    started_inside = arguments.cursor is not None or bool(arguments.offset)
    if arguments.backwards:
        nodes.reverse()
    return Page(
        nodes=nodes,
        has_next_page=started_inside if arguments.backwards else has_more,
        has_previous_page=has_more if arguments.backwards else started_inside,
        arguments=arguments,
        cursor_of=cursor_of,
        total=total,
        change_cursor=change_cursor,
    )


def _started(rows: RowSet[T], arguments: PageArguments, mark: str) -> RowSet[T]:
    """The set from the cursor on; raise InvalidCursor."""
    directed = replace(rows, backwards=arguments.backwards)
    if arguments.cursor is None:
        return directed
    return replace(directed, start=tuple(rows.position(arguments.cursor, mark)))


def _completed(rows: RowSet[T], made: Page[T], now: datetime) -> Page[T]:
    search = rows.searched.search if rows.searched else None
    return replace(made, preceding=_preceding(rows, made, now), search=search)


def _preceding(rows: RowSet[T], made: Page[T], now: datetime) -> tuple[Count, ...] | None:
    """Only a page that starts at a cursor needs to count what lies before it."""
    if made.arguments.cursor is None or not made.nodes:
        return None
    values = [getattr(made.nodes[0], term.attribute) for term in rows.terms]
    return (rows.count(now, beyond([term.reversed() for term in rows.terms], values)),)


def range_of(page: Page[Any], total: int, preceding: int | None) -> PageRange:
    """`page` is numbered when the rows before it fill whole pages."""
    size, length = page.arguments.size, len(page.nodes)
    if preceding is None:
        preceding = total - length if page.arguments.backwards else page.arguments.offset or 0
    whole_pages, rest = divmod(preceding, size)
    return PageRange(
        first=preceding + 1 if length else 0,
        last=preceding + length if length else 0,
        total=total,
        page_size=size,
        page=whole_pages + 1 if length and not rest else None,
        page_count=-(-total // size),
    )
