"""Row sets: which rows in which order; what pages, lists and counts are cut from.

Every order ends with the primary key, so it is total. Absent values sort below all others through
an expression that is never null (`models/schema_objects.py` indexes the ones that lists use).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cached_property
from typing import Any, Generic

from loaders.condition import TRUE, UNINDEXED, Condition, every, some
from loaders.cursor import decode_cursor, encode_cursor, fingerprint
from loaders.search import Searched
from loaders.table import T, Table, table
from loaders.viewer import Viewer
from models.database import Lane
from models.errors import BadRequest, InvalidCursor
from models.fields import from_milliseconds
from models.record import R

MAX_ORDER_TERMS = 3

_LARGEST_KEY = (1 << 63) - 1
_MOST_MONEY = Decimal(10) ** 14
_LATEST = 253_402_300_799_999  # milliseconds: the last instant of the year 9999


class Kind(Enum):
    """What an order compares, and so what its cursors may hold."""

    INSTANT = "instant"
    WHOLE = "whole"
    TEXT = "text"
    MONEY = "money"


@dataclass(frozen=True)
class OrderTerm:
    """One column of an order. `absent` is the SQL that an absent value sorts as."""

    attribute: str
    column: str
    kind: Kind
    descending: bool = False
    absent: str | None = None

    @property
    def expression(self) -> str:
        """Never null."""
        return self.column if self.absent is None else f"COALESCE({self.column}, {self.absent})"

    @property
    def sql(self) -> str:
        """For ORDER BY."""
        return f"{self.expression} {'DESC' if self.descending else 'ASC'}"

    def reversed(self) -> "OrderTerm":
        """The other way round."""
        return replace(self, descending=not self.descending)

    def value(self, plain: Any) -> Any:
        """A cursor's value as a parameter; raise InvalidCursor when it cannot be one."""
        if plain is None and self.absent is not None:
            return None
        value = _VALUES[self.kind](plain)
        if value is None:
            raise InvalidCursor("The cursor is malformed.")
        return value


def _whole(plain: Any) -> int | None:
    fits = type(plain) is int and -_LARGEST_KEY <= plain <= _LARGEST_KEY
    return plain if fits else None


def _instant(plain: Any) -> datetime | None:
    fits = type(plain) is int and 0 <= plain <= _LATEST
    return from_milliseconds(plain) if fits else None


def _money(plain: Any) -> Decimal | None:
    try:
        amount = Decimal(plain) if isinstance(plain, str) else None
    except InvalidOperation:
        return None
    fits = amount is not None and amount.is_finite() and abs(amount) < _MOST_MONEY
    return amount if fits else None


def _text(plain: Any) -> str | None:
    return plain if isinstance(plain, str) and "\0" not in plain else None


_VALUES = {Kind.INSTANT: _instant, Kind.WHOLE: _whole, Kind.TEXT: _text, Kind.MONEY: _money}


@dataclass(frozen=True)
class Count:
    """How many rows there are; hashable, so that the counts of neighbours can be read together.

    With a `parent` column it is about the rows of one parent, `key`.
    """

    source: str
    where: str
    parameters: tuple[Any, ...]
    lane: Lane = Lane.FAST
    parent: str | None = None
    key: int | None = None


@dataclass(frozen=True)
class RowSet(Generic[T]):
    """Which rows in which order."""

    table: Table[T]
    where: Condition
    order: tuple[OrderTerm, ...]
    identity: tuple[object, ...]
    """What shapes the set besides the order; part of the cursors' fingerprint."""
    lane: Lane = Lane.FAST
    backwards: bool = False
    start: tuple[Any, ...] = ()
    """The order's values of the row before the first one wanted; empty at the beginning."""
    searched: Searched | None = None

    @cached_property
    def terms(self) -> tuple[OrderTerm, ...]:
        """The order with the primary key last, in the direction of the first term."""
        descending = bool(self.order) and self.order[0].descending
        key = OrderTerm("id", f'{self.table.alias}."id"', Kind.WHOLE, descending)
        terms = self.order if key in self.order else (*self.order, key)
        return tuple(term.reversed() for term in terms) if self.backwards else terms

    def mark(self, parent: int | None) -> str:
        """The fingerprint that the set's cursors carry, or its cursors under one parent."""
        directions = [(term.attribute, term.descending) for term in self.order]
        return fingerprint(self.identity, parent, directions)

    def cursor_of(self, row: object, mark: str) -> str:
        """The row's position."""
        return encode_cursor(mark, [getattr(row, term.attribute) for term in self.terms])

    def position(self, cursor: str, mark: str) -> list[Any]:
        """The values a cursor stands for; raise InvalidCursor."""
        values = decode_cursor(cursor, mark, len(self.terms))
        return [term.value(value) for term, value in zip(self.terms, values, strict=True)]

    def count(self, now: datetime, *further: Condition) -> Count:
        """How many rows there are that meet further conditions too."""
        where = every((self.where, *further))
        return Count(self.table.source, where.sql, where.bound(now), self.lane)

    def narrowed(self, further: Condition, *identity: object) -> "RowSet[T]":
        """The rows that meet a further condition too; `identity` sets its cursors apart."""
        return replace(
            self,
            where=self.where & further,
            identity=(*self.identity, *identity),
            searched=self.searched and self.searched.narrowed(further),
        )

    @property
    def onwards(self) -> Condition:
        """Which rows come after the start."""
        return beyond(self.terms, self.start) if self.start else TRUE

    def joining(self, join: str) -> "RowSet[T]":
        """The same rows read together with another table, for the order or a condition."""
        return replace(self, table=self.table.joining(join))


def rows_of(
    viewer: Viewer, model: type[R], *order: OrderTerm, where: Condition = TRUE
) -> RowSet[R]:
    """Rows of the viewer's workspace, as `t`."""
    own = Condition("t.workspace_id = ?", (viewer.workspace_id,))
    identity = (viewer.workspace_id, model.__name__)
    return RowSet(table(viewer.dialect, model), own & where, order, identity)


def parts_of(
    viewer: Viewer,
    model: type[R],
    *order: OrderTerm,
    where: Condition = TRUE,
    relation: str | None = None,
) -> RowSet[R]:
    """Rows, as `t`, that are looked up by a parent; with one of their relations if named."""
    own = Condition(f"{UNINDEXED[viewer.dialect]}t.workspace_id = ?", (viewer.workspace_id,))
    identity = (viewer.workspace_id, model.__name__)
    return RowSet(table(viewer.dialect, model, relation=relation), own & where, order, identity)


def check_order(order: Sequence[object]) -> None:
    """Raise BadRequest when a client's order has too many terms."""
    if len(order) > MAX_ORDER_TERMS:
        raise BadRequest(f"`orderBy` has at most {MAX_ORDER_TERMS} terms, not {len(order)}.")


def beyond(terms: Sequence[OrderTerm], values: Sequence[Any]) -> Condition:
    """Rows that come after the position, in the direction of the terms.

    `a <= x AND (a < x OR id < y)`: the redundant first half is what lets both databases start in
    the index; the textbook OR is as slow as OFFSET.
    """
    term, value = terms[0], values[0]
    sign = "<" if term.descending else ">"
    mark, parameters = ("?", (value,)) if value is not None else (term.absent or "NULL", ())
    strict = Condition(f"{term.expression} {sign} {mark}", parameters)
    if len(terms) == 1:
        return strict
    bound = Condition(f"{term.expression} {sign}= {mark}", parameters)
    return bound & some((strict, beyond(terms[1:], values[1:])))
