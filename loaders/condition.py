"""Conditions: pieces of a WHERE clause that know their parameters and the fields they read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.record import Dialect

Joins = frozenset[str]
NO_JOINS: Joins = frozenset()

UNINDEXED: dict[Dialect, str] = {"sqlite": "+", "postgres": ""}
"""Before a column: SQLite, which thinks every index equally good, is not to look up by this one."""


@dataclass(frozen=True)
class Ago:
    """A parameter relative to the instant a query runs at, so that the filter stays relative."""

    duration: timedelta


@dataclass(frozen=True)
class Condition:
    """SQL with `?` placeholders; `joins` are the to-one relations its columns come from."""

    sql: str
    parameters: tuple[Any, ...] = ()
    joins: Joins = NO_JOINS
    reads: frozenset[str] = NO_JOINS
    is_group: bool = False
    """Whether it stands in parentheses already."""

    def __and__(self, other: "Condition") -> "Condition":
        return every((self, other))

    def __invert__(self) -> "Condition":
        negated = f"NOT {self.sql}" if self.is_group else f"NOT ({self.sql})"
        return Condition(negated, self.parameters, self.joins, self.reads)

    def bound(self, now: datetime) -> tuple[Any, ...]:
        """The parameters with relative instants resolved."""
        return tuple(
            now - value.duration if isinstance(value, Ago) else value for value in self.parameters
        )


TRUE = Condition("1 = 1")
FALSE = Condition("1 = 0")


def every(conditions: Iterable[Condition]) -> Condition:
    """All of them; of none, true."""
    return _combined(" AND ", tuple(c for c in conditions if c is not TRUE)) or TRUE


def some(conditions: Iterable[Condition]) -> Condition:
    """Any of them; of none, false."""
    return _combined(" OR ", tuple(conditions)) or FALSE


def _combined(operator: str, conditions: Sequence[Condition]) -> Condition | None:
    """One pair of parentheses for all of them, the longest first.

    SQLite's parser holds a hundred symbols: what is nested deepest must not wait behind others.
    """
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    ordered = sorted(conditions, key=lambda condition: len(condition.sql), reverse=True)
    return Condition(
        f"({operator.join(condition.sql for condition in ordered)})",
        tuple(value for condition in ordered for value in condition.parameters),
        NO_JOINS.union(*(condition.joins for condition in ordered)),
        NO_JOINS.union(*(condition.reads for condition in ordered)),
        is_group=True,
    )


def among(dialect: Dialect, expression: str) -> str:
    """`expression` is one of a list parameter: one SQL text for lists of every length."""
    if dialect == "sqlite":
        return f"{expression} IN (SELECT value FROM json_each(?))"
    return f"{expression} = ANY(?)"
