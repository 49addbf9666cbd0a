"""Contacts by key and by session, and their handles."""

from collections.abc import Sequence

from loaders.batch import by_id, lists
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.viewer import Viewer
from models.contact import Contact, ContactHandle


async def contacts_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Contact | None]:
    """Contacts by key."""
    return await by_id(viewer, Contact, keys)


async def contacts_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[Contact | None]:
    """The contact of each session."""
    rows = parts_of(viewer, Contact).joining('JOIN "session" s ON s."contact_id" = t."id"')
    found = await lists(viewer, rows, "s.id", keys)
    return [contacts[0] if contacts else None for contacts in found]


async def handles_of_contacts(viewer: Viewer, keys: Sequence[int]) -> list[list[ContactHandle]]:
    """By channel type, then by address."""
    by_type = OrderTerm("channel_type", "t.channel_type", Kind.TEXT)
    by_address = OrderTerm("address", "t.address", Kind.TEXT)
    return await lists(
        viewer, parts_of(viewer, ContactHandle, by_type, by_address), "t.contact_id", keys
    )
