"""Custom field values; they come with their field in the same statement."""

from collections.abc import Sequence
from typing import TypeVar

from loaders.batch import by_id, first, lists
from loaders.condition import TRUE, Condition, among
from loaders.row_set import Kind, OrderTerm, parts_of, rows_of
from loaders.viewer import Viewer
from models.custom_field import ContactFieldValue, CustomField, FieldValue, SessionFieldValue

V = TypeVar("V", bound=FieldValue)

_BY_KEY = OrderTerm("key", "r.key", Kind.TEXT)


async def custom_fields_by_id(viewer: Viewer, keys: Sequence[int]) -> list[CustomField | None]:
    """Custom fields by key."""
    return await by_id(viewer, CustomField, keys)


async def custom_field_of(viewer: Viewer, key: str) -> CustomField | None:
    """The field of sessions that has the key, else that of contacts."""
    target = OrderTerm("applies_to", "t.applies_to", Kind.TEXT, descending=True)
    where = Condition("t.key = ?", (key,))
    found = await first(viewer, rows_of(viewer, CustomField, target, where=where), limit=1)
    return found[0] if found else None


async def values_of_sessions(
    viewer: Viewer, session_ids: Sequence[int], keys: Sequence[str] | None = None
) -> list[list[SessionFieldValue]]:
    """By the field's key; `keys` leaves out all other fields."""
    return await _values(viewer, SessionFieldValue, "t.session_id", session_ids, keys)


async def values_of_contacts(
    viewer: Viewer, contact_ids: Sequence[int], keys: Sequence[str] | None = None
) -> list[list[ContactFieldValue]]:
    """By the field's key; `keys` leaves out all other fields."""
    return await _values(viewer, ContactFieldValue, "t.contact_id", contact_ids, keys)


async def _values(
    viewer: Viewer, model: type[V], parent: str, parents: Sequence[int], keys: Sequence[str] | None
) -> list[list[V]]:
    where = TRUE if keys is None else Condition(among(viewer.dialect, "r.key"), (tuple(keys),))
    rows = parts_of(viewer, model, _BY_KEY, where=where, relation="field")
    return await lists(viewer, rows, parent, parents)
