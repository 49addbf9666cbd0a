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

    def at(self, now: datetime) -> datetime:
        """The instant it means."""
        return now - self.duration


@dataclass(frozen=True)
class AgoBefore(Ago):
    """The same relative to an earlier instant, for what has changed since then by time alone."""


@dataclass(frozen=True)
class Condition:
    """SQL with `?` placeholders; `joins` are the to-one relations its columns come from."""

    sql: str
    parameters: tuple[Any, ...] = ()
    joins: Joins = NO_JOINS
    reads: frozenset[str] = NO_JOINS
    is_group: bool = False
    """Whether it stands in parentheses already."""
    crossed: "Condition | None" = None
    """A quick test of the rows for which time alone may have changed the truth of it."""

    @property
    def is_relative(self) -> bool:
        """Whether time alone can change the truth of it."""
        return any(isinstance(value, Ago) for value in self.parameters)

    def __and__(self, other: "Condition") -> "Condition":
        return every((self, other))

    def __invert__(self) -> "Condition":
        negated = f"NOT {self.sql}" if self.is_group else f"NOT ({self.sql})"
        return Condition(negated, self.parameters, self.joins, self.reads, crossed=self.crossed)

    def bound(self, now: datetime, before: datetime | None = None) -> tuple[Any, ...]:
        """The parameters with relative instants resolved, some of them from an earlier one on."""

        def resolved(value: Any) -> Any:
            if isinstance(value, AgoBefore):
                return value.at(before or now)
            return value.at(now) if isinstance(value, Ago) else value

        return tuple(map(resolved, self.parameters))

    def before(self) -> "Condition":
        """The same as of an earlier instant."""
        parameters = tuple(
            AgoBefore(value.duration) if isinstance(value, Ago) else value
            for value in self.parameters
        )
        return Condition(self.sql, parameters, self.joins, self.reads, self.is_group)


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
        crossed=_any_crossed(ordered),
    )


def _any_crossed(conditions: Iterable[Condition]) -> Condition | None:
    """None where one of them has no quick test: then any row may have changed."""
    relative = [condition for condition in conditions if condition.is_relative]
    tests = [condition.crossed for condition in relative if condition.crossed]
    return some(tests) if tests and len(tests) == len(relative) else None


def among(dialect: Dialect, expression: str) -> str:
    """`expression` is one of a list parameter: one SQL text for lists of every length."""
    if dialect == "sqlite":
        return f"{expression} IN (SELECT value FROM json_each(?))"
    return f"{expression} = ANY(?)"
