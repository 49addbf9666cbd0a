"""Facets: how the sessions of a filter fall into the values of some dimensions.

All facets of a call are one statement. What stands in the sessions themselves is grouped together
once, and each of these facets groups the few cells of that; the others group the sessions.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from loaders.dimensions import Dimension, Shown, shown
from loaders.expression import Expression
from loaders.measures import Measure, Number
from loaders.members import cells, grouped, matched, of_cells, ranked, texts_of
from loaders.row_set import RowSet
from loaders.viewer import Viewer
from models.database import Lane
from models.enums import SessionDimension
from models.record import Record
from models.session import Session

_ALL = -1
"""The place of the group that is all sessions, after the facets' own."""


@dataclass(frozen=True)
class Bucket:
    """The sessions that have one value of a dimension."""

    key: str
    label: str
    node: Record | None
    value: float
    count: int
    share: float


@dataclass(frozen=True)
class Facet:
    """The values of a dimension, the greatest first, and the sessions that are in none of them."""

    dimension: SessionDimension
    buckets: Sequence[Bucket]
    other_count: int
    missing_count: int


class Group(NamedTuple):
    """A row of `loaders.members.ranked`."""

    member: str | None
    sessions: int
    total: Any
    over: Any
    everywhere: Any


async def read_facets(
    viewer: Viewer,
    rows: RowSet[Session],
    by: Mapping[SessionDimension, Dimension],
    measure: Measure,
    limit: int,
) -> list[Facet]:
    """A facet for each dimension, with at most `limit` buckets each."""
    if not by:
        return []
    found = await _groups(viewer, rows, list(by.values()), (measure, limit))
    facets: list[Facet] = []
    for place, (name, dimension) in enumerate(by.items()):
        groups = found[place]
        names = await shown(viewer, dimension, (g.member for g in groups if g.member is not None))
        everywhere = int(groups[0].everywhere) if groups else 0
        all_sessions = found[_ALL][0].sessions if dimension.has_many else everywhere
        ranking = rank(groups, names, measure)[:limit]
        buckets = [_bucket(names, group, number, all_sessions) for group, number in ranking]
        missing = sum(group.sessions for group in groups if group.member is None)
        other = everywhere - missing - sum(bucket.count for bucket in buckets)
        facets.append(Facet(name, buckets, other, missing))
    return facets


def rank(
    groups: Iterable[Group], names: Mapping[str, Shown], measure: Measure
) -> list[tuple[Group, Number]]:
    """The groups that have a name, the greatest number first, then by key; none of them last."""
    numbers = [
        (group, measure.number(group.total, group.over))
        for group in groups
        if group.member in names
    ]

    def place(one: tuple[Group, Number]) -> tuple[bool, float, str]:
        group, number = one
        return number is None, -float(number or 0), names[str(group.member)].key

    return sorted(numbers, key=place)


def _bucket(names: Mapping[str, Shown], group: Group, number: Number, all_sessions: int) -> Bucket:
    share = group.sessions / all_sessions
    return Bucket(*names[str(group.member)], float(number or 0), group.sessions, share)


async def _groups(
    viewer: Viewer,
    rows: RowSet[Session],
    dimensions: Sequence[Dimension],
    wanted: tuple[Measure, int],
) -> defaultdict[int, list[Group]]:
    """By the place of the dimension; the number of all sessions where no group can tell it."""
    measure, limit = wanted
    # PostgreSQL reads what is shared in one process, and the sessions themselves in several.
    texts, shared = texts_of(measure, dimensions), viewer.dialect == "sqlite"
    found_by = [matched(rows.count(viewer.now()), texts, measure.computed, shared=shared)]
    own = [by for by in dimensions if by.is_own] if measure.is_additive else []
    if own:
        found_by.append(cells(measure, own))
    facets: list[Expression] = []
    for place, by in enumerate(dimensions):
        groups = of_cells(own.index(by), measure) if by in own else grouped(measure, by.members)
        greatest = ranked(viewer.dialect, by, measure, groups.sql)
        given = (*groups.parameters, limit + 1)  # one may be no value
        facets.append(Expression(f"SELECT {place} AS place, r.* FROM ({greatest}) r", given))
    if any(by.has_many for by in dimensions):
        facets.append(Expression(f"SELECT {_ALL}, NULL, COUNT(*), 0, 0, 0 FROM matched"))
    found_in = ", ".join(one.sql for one in found_by)
    sql = f"WITH {found_in} {' UNION ALL '.join(one.sql for one in facets)}"
    values = [value for one in (*found_by, *facets) for value in one.parameters]
    found: defaultdict[int, list[Group]] = defaultdict(list)
    for place, *group in await viewer.fetch(sql, values, Lane.SLOW):
        found[place].append(Group(*group))
    return found
