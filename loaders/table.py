"""Tables to read from: FROM clause, select list, and how a driver's tuple becomes a row.

A row may bring one of its to-one relations along in the same statement. Reading the relation is
`joined("label")`: Tortoise's own attribute would be an awaitable, and so one statement per row.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar

from models.database import Values
from models.record import Dialect, R, Record, decoder, selection

T = TypeVar("T")


@dataclass(frozen=True)
class Table(Generic[T]):
    """What a SELECT reads from; `alias` names the table whose rows it gives."""

    alias: str
    source: str
    columns: str
    decode: Callable[[Values], T]
    width: int

    def joining(self, *joins: str) -> "Table[T]":
        """The same rows read together with other tables, for an order or a condition."""
        return replace(self, source=" ".join((self.source, *joins))) if joins else self


@cache
def table(dialect: Dialect, model: type[R], alias: str = "t", relation: str | None = None) -> Table[R]:
    """The rows of a model, with the rows of one of its foreign keys where `relation` names it."""
    of_row = decoder(model, dialect)
    width = len(model._meta.fields_db_projection)
    own = Table(alias, f'"{model._meta.db_table}" {alias}', selection(model, alias), of_row, width)
    return own if relation is None else _with_relation(dialect, model, own, relation)


def _with_relation(dialect: Dialect, model: type[R], own: Table[R], relation: str) -> Table[R]:
    related: Any = model._meta.fields_map[relation]
    target: type[Record] = related.related_model
    of_target = decoder(target, dialect)
    slot = f"_{relation}"

    def decode(values: Values) -> R:
        row = own.decode(values)
        key = values[own.width]
        row.__dict__[slot] = None if key is None else of_target(values[own.width :])
        return row

    return Table(
        own.alias,
        f'{own.source} LEFT JOIN "{target._meta.db_table}" r ON r."id" = {own.alias}."{relation}_id"',
        f"{own.columns}, {selection(target, 'r')}",
        decode,
        own.width + len(target._meta.fields_db_projection),
    )


def joined(relation: str) -> Callable[[Record], Any]:
    """Reads the related row that came in the same statement; a KeyError where it did not."""
    slot = f"_{relation}"

    def read(row: Record) -> Any:
        return row.__dict__[slot]

    return read
