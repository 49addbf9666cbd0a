"""Conditions: pieces of a WHERE clause that know their parameters and the fields they read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from models.record import Dialect

Joins = frozenset[str]
NO_JOINS: Joins = frozenset()


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
    reads: frozenset[str] = frozenset()

    def __and__(self, other: "Condition") -> "Condition":
        return self._combined("AND", other)

    def __or__(self, other: "Condition") -> "Condition":
        return self._combined("OR", other)

    def __invert__(self) -> "Condition":
        return Condition(f"NOT ({self.sql})", self.parameters, self.joins, self.reads)

    def _combined(self, operator: str, other: "Condition") -> "Condition":
        return Condition(
            f"({self.sql} {operator} {other.sql})",
            self.parameters + other.parameters,
            self.joins | other.joins,
            self.reads | other.reads,
        )

    def bound(self, now: datetime) -> tuple[Any, ...]:
        """The parameters with relative instants resolved."""
        return tuple(
            now - value.duration if isinstance(value, Ago) else value for value in self.parameters
        )


TRUE = Condition("1 = 1")
FALSE = Condition("1 = 0")


def every(conditions: Iterable[Condition]) -> Condition:
    """All of them; of none, true."""
    listed = list(conditions)
    return reduce(Condition.__and__, listed) if listed else TRUE


def some(conditions: Iterable[Condition]) -> Condition:
    """Any of them; of none, false."""
    listed = list(conditions)
    return reduce(Condition.__or__, listed) if listed else FALSE


def among(dialect: Dialect, expression: str) -> str:
    """`expression` is one of a list parameter: one SQL text for lists of every length."""
    if dialect == "sqlite":
        return f"{expression} IN (SELECT value FROM json_each(?))"
    return f"{expression} = ANY(?)"
