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


def matched(sessions: Count, texts: Iterable[str], computed: Columns = ()) -> Expression:
    """For WITH: `matched`, with the columns that the texts name, some of them computed.

    Those are computed once for each session; without them, a lone user of `matched` may read
    through it.
    """
    named = {name for text in texts for name in _COLUMN.findall(text)} - dict(computed).keys()
    columns = [f"s.{name}" for name in sorted(named | {"id"})]
    columns += [f"{expression.sql} AS {name}" for name, expression in computed]
    given = [value for _name, expression in computed for value in expression.parameters]
    return Expression(
        f"matched AS {'MATERIALIZED ' if computed else ''}("
        f"SELECT {', '.join(columns)} FROM {sessions.source} WHERE {sessions.where})",
        (*given, *sessions.parameters),
    )


def texts_of(measure: Measure, dimensions: Iterable[Dimension]) -> list[str]:
    """All SQL in which they name columns of a session."""
    parts = [part.sql for part in measure.parts]
    return parts + [text for by in dimensions for text in (by.value, by.join.sql)]


def grouped(measure: Measure, source: str) -> Expression:
    """For each value of `source`, its sessions and the measure's total and count."""
    total, over = measure.total, measure.over or Expression("1")
    return Expression(
        "SELECT s.member, COUNT(*) AS sessions,"
        f" {total.sql} AS total, {over.sql} AS number FROM {source} s GROUP BY s.member",
        (*total.parameters, *over.parameters),
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
