"""What a contact has beside its columns, read when it is written."""

from collections.abc import Sequence
from typing import Any

from loaders.condition import among
from loaders.viewer import Viewer
from models.change import Values
from models.contact import Contact
from models.custom_field import ContactFieldValue
from models.database import Rows, records
from models.field_value import value_of
from models.record import columns, decoder, selection
from models.session import Session

Parts = dict[str, Any]
NO_PARTS: Parts = {"handles": [], "labels": [], "custom_fields": {}}

_HANDLES = """
SELECT t.channel_type, t.address FROM "contact_handle" t
WHERE t.contact_id = ? AND t.workspace_id = ? ORDER BY t.channel_type, t.address
"""
_MOVED = ("id", "contact_id", "conversation_id")
_LABELS = """
SELECT l.name FROM "contact_label" t JOIN "label" l ON l.id = t.label_id
WHERE t.contact_id = ? AND t.workspace_id = ? ORDER BY l.name_folded
"""


async def parts_of_contact(source: Rows, viewer: Viewer, contact: Contact) -> Parts:
    """By the names that changes give them: texts of its handles and labels, values by key."""
    own = (contact.id, viewer.workspace_id)
    handles = await source.fetch(_HANDLES, own)
    labels = await source.fetch(_LABELS, own)
    return {
        "handles": [f"{channel} {address}" for channel, address in handles],
        "labels": [name for (name,) in labels],
        "custom_fields": await _values(source, own),
    }


def differing(before: Parts, after: Parts) -> Values:
    """Before and after of what differs, for the audit trail: each label and each value by name."""
    was, is_ = before["custom_fields"], after["custom_fields"]
    pairs: dict[str, tuple[Any, Any]] = {"handles": (before["handles"], after["handles"])}
    for name in {*before["labels"], *after["labels"]}:
        pairs[f"labels.{name}"] = (name in before["labels"], name in after["labels"])
    for key in {*was, *is_}:
        pairs[f"customFields.{key}"] = (was.get(key), is_.get(key))
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


async def _values(source: Rows, own: tuple[int, int]) -> dict[str, Any]:
    sql = (
        f'SELECT {selection(ContactFieldValue, "t")}, f.key FROM "contact_field_value" t'
        ' JOIN "custom_field" f ON f.id = t.field_id'
        " WHERE t.contact_id = ? AND t.workspace_id = ? ORDER BY f.key"
    )
    decode, width = decoder(ContactFieldValue, source.dialect), len(columns(ContactFieldValue))
    found = await source.fetch(sql, own)
    return {values[width]: value_of(row) for values, row in zip(found, decode(found), strict=True)}


async def lock_contact_of_session(
    source: Rows, viewer: Viewer, where: str, *values: object
) -> bool:
    """Lock the contact of the session (`s`) that meets a condition; say whether it is blocked.

    Before the session itself, in the order of those who come by the contact's name: they would
    otherwise wait for each other.
    """
    lock = " FOR UPDATE" if source.dialect == "postgres" else ""
    sql = (
        'SELECT c.is_blocked FROM "contact" c WHERE c.id ='
        f' (SELECT s.contact_id FROM "session" s WHERE s.workspace_id = ? AND {where}){lock}'
    )
    found = await source.fetch(sql, (viewer.workspace_id, *values))
    return any(blocked for (blocked,) in found)


async def sessions_to_move(
    source: Rows, viewer: Viewer, contact_ids: Sequence[int], limit: int
) -> list[Session]:
    """The first sessions of contacts, locked; they have their key, contact and conversation."""
    lock = " FOR UPDATE" if source.dialect == "postgres" else ""
    sql = (
        f'SELECT {selection(Session, "s", _MOVED)} FROM "session" s'
        f" WHERE s.workspace_id = ? AND {among(source.dialect, 's.contact_id')}"
        f" ORDER BY s.id LIMIT ?{lock}"
    )
    values = (viewer.workspace_id, list(contact_ids), limit)
    return await records(source, Session, sql, values, _MOVED)
