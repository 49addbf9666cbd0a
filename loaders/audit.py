"""The audit trail: the change log as people read it, the newest entry first."""

from collections.abc import Sequence
from typing import Any

from loaders.batch import by_id
from loaders.comparison import comparing, compiled
from loaders.condition import Condition, among
from loaders.keyset import Page, PageArguments, read_pages
from loaders.place import Compile, Place
from loaders.prepared_filter import Prepared
from loaders.row_set import Kind, OrderTerm, RowSet, rows_of
from loaders.viewer import Viewer
from models.audit import FieldChange, entity_named, field_changes
from models.change import Change, ChangeValue, EntityType
from models.enums import Scope
from models.errors import InvalidCursor
from models.global_id import decode_any_id
from models.record import selection
from schema.inputs.audit_filter import AuditFilter

_NEWEST_FIRST = OrderTerm("seq", "t.seq", Kind.WHOLE, descending=True)


def _of_entity(_place: Place, text: Any) -> Condition:
    type_name, key = decode_any_id(text)
    values = (key, entity_named(type_name))
    return Condition("t.entity_id = ? AND t.entity_type = ?", values)


AUDIT_FIELDS: dict[str, Compile] = {
    "entity_id": _of_entity,
    "actor": comparing("t.actor", "audit.actor"),
    "action": comparing("t.entity_type || '_' || t.kind", "audit.action"),
    "at": comparing("t.at", "audit.at"),
}


def audit_entries_of(viewer: Viewer, wanted: Prepared[AuditFilter] | None) -> RowSet[Change]:
    """Which entries a filter means; raise MalformedId."""
    rows = rows_of(viewer, Change, _NEWEST_FIRST)
    if wanted is None:
        return rows
    where = compiled(wanted.place(viewer), wanted.filter, AUDIT_FIELDS)
    return rows.narrowed(where, wanted.identity)


async def entries_of_sessions(
    viewer: Viewer, keys: Sequence[int], page: PageArguments
) -> list[Page[Change] | InvalidCursor]:
    """A page for each session."""
    of_sessions = Condition("t.entity_type = ?", (EntityType.SESSION,))
    rows = rows_of(viewer, Change, _NEWEST_FIRST).narrowed(of_sessions, "sessions")
    return await read_pages(viewer, rows, "t.entity_id", keys, page)


async def audit_entries_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Change | None]:
    """Entries by key."""
    return await by_id(viewer, Change, keys)


async def field_changes_of_entries(viewer: Viewer, keys: Sequence[int]) -> list[list[FieldChange]]:
    """What each entry wrote, without what the viewer may not read."""
    sql = (
        f'SELECT {selection(ChangeValue, "v")} FROM "change_value" v'
        f" WHERE {among(viewer.dialect, 'v.id')}"
    )
    found = {row.id: row for row in await viewer.records(ChangeValue, sql, (list(keys),))}
    hidden = {scope for scope in (Scope.PII_READ, Scope.MESSAGES_READ) if not viewer.may(scope)}
    return [field_changes(found.get(key), hidden) for key in keys]
