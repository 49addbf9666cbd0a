"""The one pagination: keyset pages, forwards and backwards, the primary key last in every order.

A page after a cursor reads `a <= x AND (a < x OR id < y)`: the redundant first half is what lets
both databases start in the index; the textbook OR is as slow as OFFSET. Absent values sort below
all others through an expression that is never null (`models/schema_objects.py` indexes it).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic

from loaders.condition import Condition
from loaders.cursor import decode_cursor, encode_cursor, fingerprint
from loaders.viewer import Viewer
from models.database import Lane
from models.errors import BadRequest
from models.fields import from_milliseconds
from models.record import R, selection

DEFAULT_PAGE = 50
LARGEST_PAGE = 100


@dataclass(frozen=True)
class OrderTerm:
    """One column of an order. `absent` is the SQL that an absent value sorts as."""

    attribute: str
    column: str
    descending: bool = True
    absent: str | None = None
    is_instant: bool = False

    @property
    def expression(self) -> str:
        """Never null."""
        return self.column if self.absent is None else f"COALESCE({self.column}, {self.absent})"

    def reversed(self) -> "OrderTerm":
        """The other way round."""
        return replace(self, descending=not self.descending)


@dataclass(frozen=True)
class PageArguments:
    """What a client asked for, checked."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    offset: int | None = None

    def __post_init__(self) -> None:
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and not 1 <= size <= LARGEST_PAGE:
                raise BadRequest(f"`{name}` must lie between 1 and {LARGEST_PAGE}, not {size}.")
        if self.first is not None and self.last is not None:
            raise BadRequest("Give `first` or `last`, not both.")
        if self.after is not None and self.before is not None:
            raise BadRequest("Give `after` or `before`, not both.")
        if (self.after and self.last) or (self.before and self.first):
            raise BadRequest("`after` goes with `first`, and `before` with `last`.")
        if self.offset is not None:
            self._check_offset(self.offset)

    def _check_offset(self, offset: int) -> None:
        if self.after is not None or self.before is not None or self.last is not None:
            raise BadRequest("`offset` numbers pages from the start: it excludes cursors and `last`.")
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


@dataclass(frozen=True)
class Statement:
    """A complete SELECT COUNT(*) with its parameters; hashable, so that counts can be batched."""

    sql: str
    parameters: tuple[Any, ...]
    lane: Lane = Lane.FAST


@dataclass(frozen=True)
class RowSet(Generic[R]):
    """Which rows in which order: `source` is the FROM clause with the model's alias first."""

    model: type[R]
    alias: str
    source: str
    where: Condition
    order: tuple[OrderTerm, ...]
    identity: tuple[object, ...]
    """What shapes the set besides the order; part of the cursors' fingerprint."""
    lane: Lane = Lane.FAST

    @cached_property
    def mark(self) -> str:
        """The fingerprint that this set's cursors carry."""
        return fingerprint(self.identity, [(t.attribute, t.descending) for t in self.order])

    @cached_property
    def terms(self) -> tuple[OrderTerm, ...]:
        """The order with the primary key last, in the direction of the first term."""
        descending = self.order[0].descending if self.order else False
        return (*self.order, OrderTerm("id", f'{self.alias}."id"', descending))

    def cursor_of(self, row: R) -> str:
        """The row's position."""
        return encode_cursor(self.mark, [getattr(row, term.attribute) for term in self.terms])

    def position(self, cursor: str) -> list[Any]:
        """The values a cursor stands for; raise InvalidCursor."""
        values = decode_cursor(cursor, self.mark, len(self.terms))
        return [
            from_milliseconds(value) if term.is_instant and isinstance(value, int) else value
            for term, value in zip(self.terms, values, strict=True)
        ]

    def count(self, now: datetime, *conditions: Condition) -> Statement:
        """How many rows there are, or meet the conditions too."""
        where = " AND ".join(condition.sql for condition in (self.where, *conditions))
        parameters = [value for c in (self.where, *conditions) for value in c.bound(now)]
        sql = f"SELECT COUNT(*) FROM {self.source} WHERE {where}"  # noqa: S608
        return Statement(sql, tuple(parameters), self.lane)


@dataclass(frozen=True)
class Page(Generic[R]):
    """A page of rows; what costs another query is offered as a statement, for whoever selects it."""

    nodes: Sequence[R]
    has_next_page: bool
    has_previous_page: bool
    cursor_of: Callable[[R], str]
    arguments: PageArguments
    total: Statement
    before_first: Statement | None = None
    """Counts the rows before the first one; None when the page is empty or numbered."""
    change_cursor: str | None = None


async def page(viewer: Viewer, rows: RowSet[R], arguments: PageArguments) -> Page[R]:
    """One SELECT of one row more than asked for."""
    now = viewer.now()
    terms = tuple(t.reversed() for t in rows.terms) if arguments.backwards else rows.terms
    conditions = [rows.where]
    if arguments.cursor is not None:
        conditions.append(beyond(terms, rows.position(arguments.cursor)))
    found = await viewer.records(
        rows.model,
        _select(rows, terms, conditions),
        [*(v for c in conditions for v in c.bound(now)), arguments.size + 1, arguments.offset or 0],
        rows.lane,
    )
    return _page_of(rows, found, arguments, now)


def _select(rows: RowSet[R], terms: Sequence[OrderTerm], conditions: Sequence[Condition]) -> str:
    where = " AND ".join(condition.sql for condition in conditions)
    order = ", ".join(f"{t.expression} {'DESC' if t.descending else 'ASC'}" for t in terms)
    columns = selection(rows.model, rows.alias)
    return f"SELECT {columns} FROM {rows.source} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608


def _page_of(rows: RowSet[R], found: list[R], arguments: PageArguments, now: datetime) -> Page[R]:
    has_more = len(found) > arguments.size
    nodes = found[: arguments.size]
    started_inside = arguments.cursor is not None or bool(arguments.offset)
    if arguments.backwards:
        nodes.reverse()
    before_first = None
    if nodes and arguments.offset is None:
        first = [getattr(nodes[0], term.attribute) for term in rows.terms]
        earlier = beyond([term.reversed() for term in rows.terms], first)
        before_first = rows.count(now, earlier)
    return Page(
        nodes=nodes,
        has_next_page=started_inside if arguments.backwards else has_more,
        has_previous_page=has_more if arguments.backwards else started_inside,
        cursor_of=rows.cursor_of,
        arguments=arguments,
        total=rows.count(now),
        before_first=before_first,
    )


def beyond(terms: Sequence[OrderTerm], values: Sequence[Any]) -> Condition:
    """Rows that come after the position, in the direction of the terms."""
    term, value = terms[0], values[0]
    sign = "<" if term.descending else ">"
    mark, parameters = ("?", (value,)) if value is not None else (term.absent or "NULL", ())
    strict = Condition(f"{term.expression} {sign} {mark}", parameters)
    if len(terms) == 1:
        return strict
    bound = Condition(f"{term.expression} {sign}= {mark}", parameters)
    return bound & (strict | beyond(terms[1:], values[1:]))
