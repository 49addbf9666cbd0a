"""Preparing a filter: its limits, and the rows it names, before any SQL is written.

What a custom field's key or a saved view's id stands for decides what SQL there is to write. So it
is read here, once for a whole filter and in at most one statement of each kind; the compiler itself
reads nothing. A filter that names neither costs no statement.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, Generic, NamedTuple, TypeVar, cast

import orjson

from loaders.comparison import given
from loaders.condition import among
from loaders.place import Named, Place
from loaders.viewer import Viewer
from models.custom_field import CustomField
from models.errors import BadRequest, Rejected
from models.global_id import MalformedId, decode_id, encode_id
from models.record import selection
from models.saved_view import SavedView
from schema.inputs.custom_field_filter import CustomFieldFilter
from schema.inputs.document import parsed
from schema.inputs.session_filter import SessionFilter

F = TypeVar("F")

MAX_NESTING = 20
MAX_TERMS = 200

_NESTS = frozenset({"and_", "or_", "not_"})


class Part(NamedTuple):
    """One field that is given somewhere in a filter."""

    place: Place
    parent: object
    name: str
    value: Any


@dataclass(frozen=True)
class Prepared(Generic[F]):
    """A filter within its limits, and what it names."""

    filter: F
    named: Named

    def place(self, viewer: Viewer) -> Place:
        """Where compiling it begins."""
        return Place(viewer, self.named)

    @property
    def identity(self) -> str:
        """Sets the cursors of lists apart, also when a saved view is changed meanwhile."""
        return repr((self.filter, self.named.views))


async def prepared(viewer: Viewer, filter_: F | None) -> Prepared[F] | None:
    """The filter, ready to be compiled; raise BadRequest."""
    if filter_ is None:
        return None
    found = list(parts(Place(viewer), filter_))
    views = await _views(viewer, [part for part in found if part.name == "saved_view_id"])
    if views:
        found = list(parts(Place(viewer, Named({}, views)), filter_))
    keys = {p.value for p in found if isinstance(p.parent, CustomFieldFilter) and p.name == "key"}
    fields = await _custom_fields(viewer, sorted(keys)) if keys else []
    return Prepared(filter_, Named({(row.applies_to, row.key): row for row in fields}, views))


def parts(start: Place, filter_: object) -> Iterator[Part]:
    """Every field given in a filter and in the views it names; raise BadRequest past the limits."""
    terms = 0
    pending: list[tuple[Place, object, int]] = [(start, filter_, 1)]
    while pending:
        place, parent, depth = pending.pop()
        if depth > MAX_NESTING:
            raise BadRequest(f"`filter` nests at most {MAX_NESTING} levels deep.")
        for name, value in given(parent):
            part = Part(place.at(name), parent, name, value)
            inner = list(_inner(part.place, name, value))
            terms += not inner
            pending += [(at, one, depth + (name in _NESTS)) for at, one in inner]
            yield part
    if terms > MAX_TERMS:
        raise BadRequest(f"`filter` has at most {MAX_TERMS} terms, not {terms}.")


def _inner(place: Place, name: str, value: object) -> Iterator[tuple[Place, object]]:
    """The objects that a field holds: itself, its elements, or the filter of the view it names."""
    if name == "saved_view_id" and value in place.named.views:
        yield place, place.named.views[str(value)]
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            if is_dataclass(item):
                yield place.item(index), item
    elif is_dataclass(value):
        yield place, value


async def _custom_fields(viewer: Viewer, keys: list[str]) -> list[CustomField]:
    sql = (
        f'SELECT {selection(CustomField, "t")} FROM "custom_field" t'
        f" WHERE t.workspace_id = ? AND {among(viewer.dialect, 't.key')}"
    )
    return await viewer.records(CustomField, sql, (viewer.workspace_id, keys))


async def _views(viewer: Viewer, named: Iterable[Part]) -> Mapping[str, SessionFilter]:
    keys = {part.value: _key_of(part) for part in named}
    if not keys:
        return {}
    sql = (
        f'SELECT {selection(SavedView, "t")} FROM "saved_view" t'
        f" WHERE t.workspace_id = ? AND {among(viewer.dialect, 't.id')}"
        " AND (t.is_shared OR t.owner = ?)"
    )
    parameters = (viewer.workspace_id, sorted(keys.values()), viewer.actor)
    rows = await viewer.records(SavedView, sql, parameters)
    found = {encode_id("SavedView", row.id): row for row in rows}
    return {part.value: _filter_of(part, found.get(part.value)) for part in named}


def _key_of(part: Part) -> int:
    try:
        return decode_id(part.value, "SavedView")
    except MalformedId as error:
        raise part.place.refused(str(error)) from None


def _filter_of(part: Part, view: SavedView | None) -> SessionFilter:
    """What the view has stored; it is checked as if it had just been given."""
    if view is None:
        raise part.place.refused("There is no such saved view.")
    try:
        stored = parsed(SessionFilter, orjson.dumps(view.filter_json))
    except Rejected as error:
        raise part.place.refused(f"The saved view no longer fits: {error.message}.") from None
    if any(inner.name == "saved_view_id" for inner in parts(part.place, stored)):
        raise part.place.refused("This saved view names another one; views do not nest.")
    return stored
