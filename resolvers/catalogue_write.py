"""What writing any row of the catalogue comes to: the row, and its change."""

from collections.abc import Mapping
from typing import Any

from loaders.catalogue_rows import lock_rows
from loaders.viewer import Viewer
from models.change import ChangeKind
from models.edits import Edits
from models.errors import NotFound
from models.keys import new_key
from models.record import R, Record, make
from resolvers.references import key_of
from resolvers.writing import INPUT
from subscriptions.changelog import Changes

_UNSEEN = frozenset({"name_folded"})
"""Columns that clients do not know: they follow from others."""


async def row_to_write(
    changes: Changes, viewer: Viewer, model: type[R], id_: str, *, noun: str
) -> R:
    """The row of an input's id, locked; raise NotFound, or Rejected for what is no id."""
    key = key_of(id_, model.__name__, (*INPUT, "id"))
    found = await lock_rows(changes.transaction, viewer, model, "t.id = ?", key)
    if not found:
        raise NotFound(f"There is no such {noun}.", (*INPUT, "id"))
    return found[0]


async def add(changes: Changes, viewer: Viewer, model: type[R], values: Mapping[str, Any]) -> R:
    """A new row; what is None has its default. Raise Contention."""
    now = viewer.now()
    given = {name: value for name, value in values.items() if value is not None}
    own = {"id": new_key(now), "workspace_id": viewer.workspace_id, "created_at": now}
    row = make(model, **own, **given)
    await changes.transaction.insert(model, [row])
    stated = {name: (None, value) for name, value in given.items() if name not in _UNSEEN}
    changes.entity(row, ChangeKind.CREATED, stated, stated)
    return row


async def edit(changes: Changes, row: Record, values: Mapping[str, Any]) -> None:
    """Write what differs; nothing is recorded where nothing does. Raise Contention."""
    edits = Edits()
    edits.assign(row, **values)
    for changed, names in edits.updates():
        await changes.transaction.update(changed, *names)
        stated = {n: v for n, v in edits.values(changed).items() if n not in _UNSEEN}
        changes.entity(changed, ChangeKind.UPDATED, stated, stated)


async def remove(changes: Changes, row: Record, *names: str) -> None:
    """Delete a row with all that refers to it; the log keeps what it said under these names."""
    await changes.transaction.delete(type(row), [row.id])
    values = {name: (getattr(row, name), None) for name in names}
    changes.entity(row, ChangeKind.DELETED, names, values)
