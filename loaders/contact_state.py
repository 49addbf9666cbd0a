"""What a contact has beside its columns, read when it is written: for the audit trail."""

from typing import Any

from loaders.viewer import Viewer
from models.contact import Contact
from models.custom_field import ContactFieldValue
from models.database import Rows
from models.field_value import value_of
from models.record import columns, decoder, selection

Parts = dict[str, Any]

_HANDLES = """
SELECT t.channel_type, t.address FROM "contact_handle" t
WHERE t.contact_id = ? AND t.workspace_id = ? ORDER BY t.channel_type, t.address
"""
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


async def _values(source: Rows, own: tuple[int, int]) -> dict[str, Any]:
    sql = (
        f'SELECT {selection(ContactFieldValue, "t")}, f.key FROM "contact_field_value" t'
        ' JOIN "custom_field" f ON f.id = t.field_id'
        " WHERE t.contact_id = ? AND t.workspace_id = ? ORDER BY f.key"
    )
    decode, width = decoder(ContactFieldValue, source.dialect), len(columns(ContactFieldValue))
    found = await source.fetch(sql, own)
    return {values[width]: value_of(decode(values)) for values in found}
