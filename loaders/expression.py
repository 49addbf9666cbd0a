"""Expressions: pieces of a SELECT list that know their parameters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from models.record import Dialect


class Expression(NamedTuple):
    """SQL with `?` placeholders, and their values in order."""

    sql: str
    parameters: tuple[Any, ...] = ()


NO_JOIN = Expression("")


def stepwise(
    dialect: Dialect, instant: str, bounds: Sequence[datetime], values: Sequence[int]
) -> Expression:
    """A whole number that changes with time: `values[i]` from `bounds[i - 1]` on.

    There is one value more than there are bounds, which ascend; `instant` is SQL that is never
    null. A binary search per row on both databases, of which only one has a function for it.
    """
    if dialect == "postgres":
        place = f"width_bucket({instant}, ?::timestamptz[])"
        return Expression(f"(?::bigint[])[1 + {place}]", (list(values), list(bounds)))
    if not bounds:
        return Expression("?", (values[0],))
    middle = len(bounds) // 2
    before = stepwise(dialect, instant, bounds[:middle], values[: middle + 1])
    after = stepwise(dialect, instant, bounds[middle + 1 :], values[middle + 1 :])
    return Expression(
        f"CASE WHEN {instant} < ? THEN {before.sql} ELSE {after.sql} END",
        (bounds[middle], *before.parameters, *after.parameters),
    )


def milliseconds(dialect: Dialect, instant: str) -> str:
    """SQL for the whole milliseconds of an instant since 1970."""
    if dialect == "sqlite":
        return instant
    return f"CAST(EXTRACT(EPOCH FROM {instant}) * 1000 AS BIGINT)"
