"""Time series: a measure of the sessions of a filter, interval by interval.

The intervals are computed here and the database finds the one of each session by binary search, so
that one statement serves every length, zone and measure. A session falls into the interval it
started in; ACTIVE_SESSIONS are all that were open at some moment of the interval.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from typing import NamedTuple

from loaders.condition import Condition
from loaders.dimensions import Dimension, Shown, shown
from loaders.expression import Expression, stepwise
from loaders.facets import Group, rank
from loaders.measures import SESSIONS, Measure, measured
from loaders.members import matched, ranked, texts_of
from loaders.row_set import RowSet
from loaders.viewer import Viewer
from models.database import Lane, Values
from models.enums import SessionMeasure, TimeGranularity
from models.record import Dialect
from models.session import Session

_MILLISECOND: dict[Dialect, str] = {"sqlite": "1", "postgres": "INTERVAL '1 millisecond'"}
_NO_MEMBER = "NULL"
_WHOLE_WINDOW = -1
"""The interval of a row that is about all of them."""
_ACROSS_INTERVALS = """
SELECT member, 0 AS sessions, SUM(total) AS total, SUM(number) AS number
FROM numbers WHERE member IS NOT NULL GROUP BY member
"""
_OF_THE_GREATEST = f"""
SELECT member, {_WHOLE_WINDOW}, {_WHOLE_WINDOW}, total, number FROM top
UNION ALL SELECT * FROM numbers WHERE member IN (SELECT member FROM top)
"""


class Point(NamedTuple):
    """One half-open interval; None where an average has nothing to be of."""

    start: datetime
    end: datetime
    value: float | None


class Series(NamedTuple):
    """The points of one value of a dimension; of all sessions when there is none."""

    key: str | None
    label: str | None
    points: Sequence[Point]


@dataclass(frozen=True)
class TimeSeries:
    """The series of one measure."""

    measure: SessionMeasure
    granularity: TimeGranularity
    timezone: str
    series: Sequence[Series]


@dataclass(frozen=True)
class Split:
    """By which dimension, and into how many series at most."""

    by: Dimension
    limit: int


Numbers = Mapping[int, Values]
"""Of one series: the measure's parts by the place of the interval."""


async def read_series(
    viewer: Viewer,
    rows: RowSet[Session],
    bounds: Sequence[datetime],
    wanted: SessionMeasure,
    split: Split | None = None,
) -> list[Series]:
    """One series, or one for each of the values with the greatest measure over the intervals.

    `bounds` are where the intervals begin, and where the last one ends.
    """
    window = _Window(viewer, bounds, wanted)
    found = await window.read(rows, split)
    if split is None:
        return [Series(None, None, window.points(found.get(None, {})))]
    totals = {
        member: numbers[_WHOLE_WINDOW]
        for member, numbers in found.items()
        if member is not None and _WHOLE_WINDOW in numbers
    }
    groups = [Group(member, 0, total, over, 0) for member, (total, over) in totals.items()]
    names: dict[str, Shown] = await shown(viewer, split.by, totals)
    return [
        Series(*names[str(group.member)][:2], window.points(found[group.member]))
        for group, _number in rank(groups, names, window.measure)
    ]


class _Window:
    """Some intervals, and one measure of what falls into them."""

    def __init__(self, viewer: Viewer, bounds: Sequence[datetime], wanted: SessionMeasure) -> None:
        self._viewer = viewer
        self._bounds = bounds
        self._spans = wanted is SessionMeasure.ACTIVE_SESSIONS
        self.measure: Measure = SESSIONS if self._spans else measured(viewer, wanted)

    def points(self, numbers: Numbers) -> list[Point]:
        """For every interval, in order."""
        values = [
            self.measure.number(*numbers[place]) if place in numbers else self.measure.nothing
            for place in range(len(self._bounds) - 1)
        ]
        return [
            Point(start, end, None if value is None else float(value))
            for (start, end), value in zip(pairwise(self._bounds), values, strict=True)
        ]

    async def read(
        self, rows: RowSet[Session], split: Split | None
    ) -> Mapping[str | None, Numbers]:
        """The measure's parts by value and interval."""
        parts = self._statement(rows, split)
        sql = " ".join(part.sql for part in parts)
        given = [value for part in parts for value in part.parameters]
        found = await self._viewer.fetch(sql, given, Lane.SLOW)
        return self._spread(found) if self._spans else _by_member(found)

    def _statement(self, rows: RowSet[Session], split: Split | None) -> list[Expression]:
        """Rows of (value, first interval, last interval, total, count)."""
        dimensions = [split.by] if split else []
        texts = ["s.started_at", *texts_of(self.measure, dimensions)]
        computed = list(self.measure.computed)
        if self._spans:
            computed.append(("last_moment", self._last_moment()))
        inside = rows.count(self._viewer.now(), self._inside())
        start = [Expression("WITH"), matched(inside, texts, computed)]
        if split is None:
            return [*start, *self._numbers(Expression("matched"), _NO_MEMBER)]
        members = Expression(f"({split.by.members.sql})", split.by.members.parameters)
        values = ranked(self._viewer.dialect, split.by, self.measure, _ACROSS_INTERVALS)
        return [
            *start,
            Expression(", numbers AS ("),
            *self._numbers(members, split.by.text("s.member")),
            Expression(f"), top AS ({values})", (split.limit,)),
            Expression(_OF_THE_GREATEST),
        ]

    def _numbers(self, source: Expression, member: str) -> list[Expression]:
        """The measure's parts for each value and interval, or for each two intervals."""
        columns = {
            "member": Expression(member),
            "first_interval": self._interval("s.started_at"),
            "last_interval": self._interval("s.last_moment") if self._spans else Expression("0"),
            "total": self.measure.total,
            "number": self.measure.over or Expression("1"),
        }
        listed = ", ".join(f"{column.sql} AS {name}" for name, column in columns.items())
        given = tuple(value for column in columns.values() for value in column.parameters)
        by = ["2", *(["1"] if member != _NO_MEMBER else []), *(["3"] if self._spans else [])]
        return [
            Expression(f"SELECT {listed} FROM", given),
            source,
            Expression(f"s GROUP BY {', '.join(by)}"),
        ]

    def _interval(self, instant: str) -> Expression:
        """SQL for the place of the interval that an instant falls into; -1 before the first."""
        places = range(-1, len(self._bounds) - 1)
        return stepwise(self._viewer.dialect, instant, self._bounds[:-1], places)

    def _inside(self) -> Condition:
        start, end = self._bounds[0], self._bounds[-1]
        if not self._spans:
            return Condition("s.started_at >= ? AND s.started_at < ?", (start, end))
        is_open = " OR s.ended_at IS NULL" if start <= self._viewer.now() else ""
        return Condition(
            f"s.started_at < ? AND (s.started_at >= ? OR s.ended_at > ?{is_open})",
            (end, start, start),
        )

    def _last_moment(self) -> Expression:
        """At which a session was open; one that ended as it started was so then."""
        just_before = f"s.ended_at - {_MILLISECOND[self._viewer.dialect]}"
        now = self._viewer.now()
        return Expression(
            f"CASE WHEN s.ended_at > s.started_at THEN {just_before}"
            " WHEN s.ended_at IS NULL AND s.started_at < ? THEN ? ELSE s.started_at END",
            (now, now),
        )

    def _spread(self, found: Sequence[Values]) -> Mapping[str | None, Numbers]:
        """Counts the sessions at each interval from their first to their last."""
        length = len(self._bounds) - 1
        changes: defaultdict[str | None, list[int]] = defaultdict(lambda: [0] * (length + 1))
        numbers: defaultdict[str | None, dict[int, Values]] = defaultdict(dict)
        for member, first, last, number, over in found:
            if last == _WHOLE_WINDOW:
                numbers[member][_WHOLE_WINDOW] = (number, over)
            else:
                changes[member][max(first, 0)] += number
                changes[member][min(last, length - 1) + 1] -= number
        for member, steps in changes.items():
            open_sessions = accumulate(steps[:length])
            numbers[member].update((place, (n, 1)) for place, n in enumerate(open_sessions))
        return numbers


def _by_member(found: Sequence[Values]) -> Mapping[str | None, Numbers]:
    numbers: defaultdict[str | None, dict[int, Values]] = defaultdict(dict)
    for member, place, _last, total, over in found:
        numbers[member][place] = (total, over)
    return numbers
