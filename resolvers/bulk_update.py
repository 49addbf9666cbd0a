"""One change to many sessions, in one transaction: all of them change, or none."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from loaders.condition import among
from loaders.session_filter import sessions_of
from loaders.session_state import Extent, lock_sessions
from loaders.viewer import Viewer
from models.enums import Scope
from models.errors import Conflict, NotFound, Path, TooMany
from models.session import Session
from resolvers.filter_rights import accepted, require_reads
from resolvers.references import key_of
from resolvers.reviewing import Review, wanted_by
from resolvers.writing import INPUT, Instalments, Writing
from resolvers.written import Written, written_once
from schema.inputs.document import stated, validated
from schema.inputs.review import MAX_BULK, BulkTarget, SessionsBulkUpdateInput
from schema.inputs.session_filter import SessionFilter
from subscriptions.changelog import Changes

Target = Callable[[Writing], Awaitable[list[int]]]
"""Reads the keys, in order, in the transaction of the update."""

_AT_ONCE = 500
"""Sessions whose labels are read and written together: bounds memory and statements alike."""


async def sessions_bulk_update(viewer: Viewer, given: SessionsBulkUpdateInput) -> Written:
    """Raise NotFound for an id of nothing, Conflict when another number matches, or TooMany."""
    viewer.require(Scope.REVIEW)
    given = validated(given, "input")
    keys = await _target_of(viewer, given.target)

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        matched = await keys(writing)
        _check_count(len(matched), given.expected_count)
        updated = 0 if given.dry_run else await _update(writing, matched, stated(given.patch))
        return Written(matched_count=len(matched), updated_count=updated)

    return await written_once(viewer, None, None, write)


async def _target_of(viewer: Viewer, target: BulkTarget) -> Target:
    if target.ids is not None:
        return partial(_of_ids, {_key(text, i): _path(i) for i, text in enumerate(target.ids)})
    return await _by_filter(viewer, target.filter)


async def _by_filter(viewer: Viewer, wanted: SessionFilter | None) -> Target:
    rows = sessions_of(viewer, await accepted(viewer, wanted))
    require_reads(viewer, rows.where.reads)

    async def keys(writing: Writing) -> list[int]:
        sql = f"SELECT s.id FROM {rows.table.source} WHERE {rows.where.sql} ORDER BY s.id LIMIT ?"
        values = (*rows.where.bound(writing.now), MAX_BULK + 1)
        found = [row[0] for row in await writing.changes.transaction.fetch(sql, values)]
        if len(found) > MAX_BULK:
            message = f"More than {MAX_BULK:,} sessions match; narrow the filter."
            raise TooMany(message, (*INPUT, "target", "filter"))
        return found

    return keys


async def _of_ids(paths: Mapping[int, Path], writing: Writing) -> list[int]:
    """Those of the workspace; raise NotFound for the first that is not."""
    viewer = writing.viewer
    sql = (
        f'SELECT s.id FROM "session" s WHERE {among(viewer.dialect, "s.id")} AND s.workspace_id = ?'
    )
    values = (list(paths), viewer.workspace_id)
    there = {row[0] for row in await writing.changes.transaction.fetch(sql, values)}
    for key, path in paths.items():
        if key not in there:
            raise NotFound("There is no such session.", path)
    return sorted(there)


def _path(position: int) -> Path:
    return (*INPUT, "target", "ids", str(position))


def _key(text: str, position: int) -> int:
    return key_of(text, "Session", _path(position))


def _check_count(found: int, expected: int | None) -> None:
    if expected is not None and found != expected:
        message = f"{found:,} sessions match, not {expected:,}."
        raise Conflict(message, (*INPUT, "expectedCount"))


async def _update(writing: Writing, keys: Sequence[int], patch: Mapping[str, Any]) -> int:
    """How many of them changed."""
    transaction = writing.changes.transaction
    references = await writing.references(wanted_by(patch))
    review = Review(writing, patch, (*INPUT, "patch"))
    instalments = Instalments(writing.changes, references, writing.now)
    updated = 0
    for start in range(0, len(keys), _AT_ONCE):
        where = among(transaction.dialect, "s.id")
        some: list[Session] = await lock_sessions(
            transaction, writing.viewer, where, list(keys[start : start + _AT_ONCE])
        )
        works = await writing.load_all(some, references, Extent.LABELS)
        for work in works:
            await review.of(work)
        updated += sum(await instalments.add(works))
    await instalments.finish()
    return updated
