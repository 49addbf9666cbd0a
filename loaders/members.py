"""The sessions that numbers are about, as they are grouped: looked up once, with few columns.

`matched` has no more of a session than the expressions over `s` name, so that it is small enough to
be gone over once for each facet; the sessions themselves are wide.
"""

import re
from collections.abc import Iterable, Sequence

from loaders.dimensions import Dimension
from loaders.expression import Expression
from loaders.measures import Measure
from loaders.row_set import Count
from models.record import Dialect

Columns = Sequence[tuple[str, Expression]]
"""Name and SQL."""

_COLUMN = re.compile(r"\bs\.(\w+)")


def matched(
    sessions: Count, texts: Iterable[str], computed: Columns = (), *, shared: bool = True
) -> Expression:
    """For WITH: `matched`, with the columns that the texts name, some of them computed.

    Those are computed once for each session; without them, a lone user of `matched` may read
    through it, and so may all where it is not `shared`.
    """
    named = {name for text in texts for name in _COLUMN.findall(text)} - dict(computed).keys()
    columns = [f"s.{name}" for name in sorted(named | {"id"})]
    columns += [f"{expression.sql} AS {name}" for name, expression in computed]
    given = [value for _name, expression in computed for value in expression.parameters]
    hint = "MATERIALIZED " if computed else "" if shared else "NOT MATERIALIZED "
    return Expression(
        f"matched AS {hint}("
        f"SELECT {', '.join(columns)} FROM {sessions.source} WHERE {sessions.where})",
        (*given, *sessions.parameters),
    )


def texts_of(measure: Measure, dimensions: Iterable[Dimension]) -> list[str]:
    """All SQL in which they name columns of a session."""
    parts = [part.sql for part in measure.parts]
    return parts + [text for by in dimensions for text in (by.value, by.join.sql)]


def grouped(measure: Measure, members: Expression) -> Expression:
    """For each value of `members`, its sessions and the measure's total and count."""
    total, over = measure.total, measure.over or Expression("1")
    return Expression(
        "SELECT s.member, COUNT(*) AS sessions,"
        f" {total.sql} AS total, {over.sql} AS number FROM ({members.sql}) s GROUP BY s.member",
        (*total.parameters, *over.parameters, *members.parameters),
    )


def cells(measure: Measure, dimensions: Sequence[Dimension]) -> Expression:
    """For WITH: `cells`, the sessions by all the dimensions' values at once, `m0` and so on.

    There are few of them, so that grouping them once more by each dimension costs nothing.
    """
    members = [f"{by.value} AS m{place}" for place, by in enumerate(dimensions)]
    total, over = measure.total, measure.over or Expression("1")
    numbers = ["COUNT(*) AS sessions", f"{total.sql} AS total", f"{over.sql} AS number"]
    by_place = ", ".join(str(place) for place in range(1, len(dimensions) + 1))
    return Expression(
        f"cells AS (SELECT {', '.join((*members, *numbers))} FROM matched s GROUP BY {by_place})",
        tuple(
            value
            for part in (*(by.given for by in dimensions), total.parameters, over.parameters)
            for value in part
        ),
    )


def of_cells(place: int, measure: Measure) -> Expression:
    """As `grouped`, for the dimension at the place among those of `cells`."""
    number = "1" if measure.over is None else "SUM(number)"
    return Expression(
        f"SELECT m{place} AS member, CAST(SUM(sessions) AS BIGINT) AS sessions,"
        f" SUM(total) AS total, {number} AS number FROM cells GROUP BY 1"
    )


def ranked(dialect: Dialect, by: Dimension, measure: Measure, groups: str) -> str:
    """The values with the greatest measure, of `groups` like those of `grouped`; one parameter.

    Columns: the value as text, its sessions, the measure's total and count, and the sessions of
    all values together. First comes the group of the sessions that have no value, if there is one.
    """
    number = "COALESCE(g.total, 0)"
    if measure.over is not None:
        number = "CAST(g.total AS DOUBLE PRECISION) / NULLIF(g.number, 0)"
    return (
        f"SELECT {by.text('g.member')} AS member, g.sessions, g.total, g.number,"
        f" SUM(g.sessions) OVER () AS everywhere FROM ({groups}) g"
        f" ORDER BY g.member IS NOT NULL, {number} DESC NULLS LAST,"
        f" {by.place(dialect, 'g.member')} LIMIT ?"
    )
