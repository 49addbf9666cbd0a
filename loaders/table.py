"""Tables to read from: FROM clause, select list, and how a driver's tuples become rows.

A row may bring one of its to-one relations along in the same statement. Reading the relation is
`joined("label")`: Tortoise's own attribute would be an awaitable, and so one statement per row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress
from typing import Any, Generic, TypeVar

from loaders.condition import UNINDEXED
from models.database import Values
from models.record import (
    Dialect,
    R,
    Record,
    columns,
    decoder,
    is_optional,
    related_model,
    selection,
    table_name,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Table(Generic[T]):
    """What a SELECT reads from; `alias` names the table whose rows it gives."""

    alias: str
    source: str
    columns: str
    decode: Callable[[Sequence[Values]], list[T]]
    width: int

    def joining(self, *joins: str) -> "Table[T]":
        """The same rows read together with other tables, for an order or a condition."""
        return replace(self, source=" ".join((self.source, *joins))) if joins else self


@cache
def table(
    dialect: Dialect, model: type[R], alias: str = "t", relation: str | None = None
) -> Table[R]:
    """The rows of a model, with the rows of one of its foreign keys where `relation` names it."""
    own = Table(
        alias,
        f'"{table_name(model)}" {alias}',
        selection(model, alias),
        decoder(model, dialect),
        len(columns(model)),
    )
    return own if relation is None else _with_relation(dialect, model, own, relation)


def _with_relation(dialect: Dialect, model: type[R], own: Table[R], relation: str) -> Table[R]:
    target = related_model(model, relation)
    of_target = decoder(target, dialect)
    slot = f"_{relation}"

    def decode(found: Sequence[Values]) -> list[R]:
        rows = own.decode(found)
        present = [values[own.width] is not None for values in found]
        targets = iter(of_target([values[own.width :] for values in compress(found, present)]))
        for row, has_target in zip(rows, present, strict=True):
            vars(row)[slot] = next(targets) if has_target else None
        return rows

    t, unindexed = own.alias, UNINDEXED[dialect]
    join = (
        f'{"LEFT JOIN" if is_optional(model, relation) else "JOIN"} "{table_name(target)}" r'
        f' ON r."id" = {t}."{relation}_id" AND {unindexed}r."workspace_id" = {t}."workspace_id"'
    )
    return Table(
        t,
        f"{own.source} {join}",
        f"{own.columns}, {selection(target, 'r')}",
        decode,
        own.width + len(columns(target)),
    )


def with_values(own: Table[R], expressions: Mapping[str, str]) -> Table[R]:
    """The same rows with the values of SQL expressions as further attributes, for an order."""
    if not expressions:
        return own

    def decode(found: Sequence[Values]) -> list[R]:
        rows = own.decode(found)
        for row, values in zip(rows, found, strict=True):
            vars(row).update(zip(expressions, values[own.width :], strict=False))
        return rows

    columns = ", ".join((own.columns, *expressions.values()))
    return Table(own.alias, own.source, columns, decode, own.width + len(expressions))


def joined(relation: str) -> Callable[[Record], Any]:
    """Reads the related row that came in the same statement; a KeyError where it did not."""
    slot = f"_{relation}"

    def read(row: Record) -> Any:
        return vars(row)[slot]

    return read
