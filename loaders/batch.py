"""Batch functions: every relation is read for all of its parents at once.

`async load(viewer, keys, **arguments) -> list` aligned to the keys; a key that fails has its
exception as the value, because raising would take its neighbours down.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from loaders.condition import UNINDEXED, Condition, among
from loaders.row_set import Count, RowSet
from loaders.search import Start
from loaders.table import T, table
from loaders.viewer import Viewer
from models.database import Values
from models.record import R

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Batch = Callable[..., Awaitable[Sequence[Any]]]

LONGEST_LIST = 1000
"""Rows of a list that has no pages, such as a session's journey."""


async def by_id(viewer: Viewer, model: type[R], keys: Sequence[int]) -> list[R | None]:
    """Rows of the viewer's workspace by primary key."""
    rows = table(viewer.dialect, model)
    sql = (
        f"SELECT {rows.columns} FROM {rows.source}"
        f" WHERE {among(viewer.dialect, 't.id')} AND {UNINDEXED[viewer.dialect]}t.workspace_id = ?"
    )
    found = await viewer.records(model, sql, (list(keys), viewer.workspace_id))
    by_key = {row.id: row for row in found}
    return [by_key.get(key) for key in keys]


async def lists(viewer: Viewer, rows: RowSet[T], parent: str, keys: Sequence[int]) -> list[list[T]]:
    """All rows of each parent, in order; for lists that are short by nature."""
    conditions = (_of_parents(viewer, parent, keys), rows.where)
    where = " AND ".join(condition.sql for condition in conditions)
    sql = (
        f"SELECT {rows.table.columns}, {parent} FROM {rows.table.source}"
        f" WHERE {where} ORDER BY {order_by(rows)}"
    )
    found = await viewer.fetch(sql, _bound(viewer, conditions), rows.lane)
    return _decoded(rows, keys, found)


async def first_of_each(
    viewer: Viewer, rows: RowSet[T], parent: str, keys: Sequence[int], limit: int = LONGEST_LIST
) -> list[list[T]]:
    """The first rows of each parent; reads no more of a parent's rows than that.

    A window function would number all rows of all parents before it throws most of them away.
    """
    if len(keys) == 1:
        one = rows.narrowed(Condition(f"{parent} = ?", (keys[0],)))
        return [await first(viewer, one, limit)]
    key = f'{rows.table.alias}."id"'
    of_parent = (
        f"SELECT {key} AS picked FROM {rows.table.source}"
        f" WHERE {parent} = k.value AND {rows.where.sql} ORDER BY {order_by(rows)} LIMIT ?"
    )
    picked = (
        f"json_each(?) k, {rows.table.source} WHERE {key} IN ({of_parent})"
        if viewer.dialect == "sqlite"
        else f"unnest(?::bigint[]) AS k(value) CROSS JOIN LATERAL ({of_parent}) first_rows,"
        f" {rows.table.source} WHERE {key} = first_rows.picked"
    )
    sql = f"SELECT {rows.table.columns}, k.value FROM {picked} ORDER BY {order_by(rows)}"
    parameters = (list(keys), *rows.where.bound(viewer.now()), limit)
    return _decoded(rows, keys, await viewer.fetch(sql, parameters, rows.lane))


async def first(viewer: Viewer, rows: RowSet[T], limit: int, offset: int = 0) -> list[T]:
    """The first rows of the set from its start on, after leaving out `offset` of them."""
    found: Sequence[Values] = ()
    for way in await _ways(viewer, rows, limit + offset):
        where = way & rows.onwards
        sql = (
            f"SELECT {rows.table.columns} FROM {rows.table.source}"
            f" WHERE {where.sql} ORDER BY {order_by(rows)} LIMIT ? OFFSET ?"
        )
        parameters = (*where.bound(viewer.now()), limit, offset)
        found = await viewer.fetch(sql, parameters, rows.lane)
        if len(found) == limit:
            break
    return rows.table.decode(found)


async def _ways(viewer: Viewer, rows: RowSet[Any], wanted: int) -> Sequence[Condition]:
    """Which rows, in one condition or in several that are tried in turn."""
    if rows.searched is None:
        return (rows.where,)
    key = rows.start[-1] if rows.start else None
    start = Start(key, rows.terms[-1].descending, wanted)
    return await rows.searched.ways(viewer, rows.where, start)


async def all_of(viewer: Viewer, rows: RowSet[T]) -> list[T]:
    """Every row of the set."""
    sql = (
        f"SELECT {rows.table.columns} FROM {rows.table.source}"
        f" WHERE {rows.where.sql} ORDER BY {order_by(rows)}"
    )
    found = await viewer.fetch(sql, rows.where.bound(viewer.now()), rows.lane)
    return rows.table.decode(found)


async def counts(viewer: Viewer, keys: Sequence[tuple[Count, ...]]) -> list[int]:
    """The sums of the counts; neighbours that differ in their parent alone share a statement."""
    families: defaultdict[Count, set[int]] = defaultdict(set)
    for count in (count for key in keys for count in key):
        parents = families[replace(count, key=None)]
        if count.key is not None:
            parents.add(count.key)
    found: dict[Count, int] = {}
    for family, parents in families.items():
        found.update(await _count(viewer, family, sorted(parents)))
    return [sum(found.get(count, 0) for count in key) for key in keys]


async def _count(viewer: Viewer, family: Count, parents: Sequence[int]) -> dict[Count, int]:
    if family.parent is None:
        sql = f"SELECT COUNT(*) FROM {family.source} WHERE {family.where}"
        rows = await viewer.fetch(sql, family.parameters, family.lane)
        return {family: rows[0][0]}
    sql = (
        f"SELECT {family.parent}, COUNT(*) FROM {family.source}"
        f" WHERE {among(viewer.dialect, family.parent)} AND {family.where} GROUP BY {family.parent}"
    )
    rows = await viewer.fetch(sql, (list(parents), *family.parameters), family.lane)
    return {replace(family, key=parent): number for parent, number in rows}


def grouped(keys: Sequence[K], rows: Iterable[V], key_of: Callable[[V], K]) -> list[list[V]]:
    """Lists aligned to the keys."""
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for row in rows:
        groups[key_of(row)].append(row)
    return [groups[key] for key in keys]


def order_by(rows: RowSet[Any]) -> str:
    """The ORDER BY list of a set."""
    return ", ".join(term.sql for term in rows.terms)


def _of_parents(viewer: Viewer, parent: str, keys: Sequence[int]) -> Condition:
    return Condition(among(viewer.dialect, parent), (list(keys),))


def _bound(viewer: Viewer, conditions: Iterable[Condition]) -> list[Any]:
    now = viewer.now()
    return [value for condition in conditions for value in condition.bound(now)]


def _decoded(rows: RowSet[T], keys: Sequence[int], found: Sequence[Values]) -> list[list[T]]:
    """Tuples whose last value is the parent's key, as rows grouped by it."""
    pairs = zip(found, rows.table.decode(found), strict=True)
    groups = grouped(keys, pairs, lambda pair: pair[0][-1])
    return [[row for _values, row in group] for group in groups]
