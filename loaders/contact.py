"""Contacts by key and by session, and their handles."""

from collections.abc import Sequence

from loaders.batch import by_id, lists
from loaders.condition import UNINDEXED, among
from loaders.cursor import reissued
from loaders.keyset import Page, PageArguments, read_pages
from loaders.row_set import Kind, OrderTerm, RowSet, parts_of
from loaders.table import T
from loaders.viewer import Viewer
from models.contact import Contact, ContactHandle
from models.errors import InvalidCursor


async def contacts_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Contact | None]:
    """Contacts by key; by that of a merged one, the contact that took its place."""
    rows = await by_id(viewer, Contact, keys)
    ahead = sorted({row.merged_into_id for row in rows if row and row.merged_into_id})
    if not ahead:
        return rows
    winners = dict(zip(ahead, await contacts_by_id(viewer, ahead), strict=True))
    return [winners.get(row.merged_into_id or 0, row) if row else None for row in rows]


async def pages_of_contacts(
    viewer: Viewer, rows: RowSet[T], parent: str, keys: Sequence[int], page: PageArguments
) -> list[Page[T] | InvalidCursor]:
    """A page of each contact's rows; cursors of contacts that were merged into it hold on."""
    if page.cursor is not None:
        merged = await viewer.fetch(
            'SELECT c.id, c.merged_into_id FROM "contact" c'
            f" WHERE {among(viewer.dialect, 'c.merged_into_id')}"
            f" AND {UNINDEXED[viewer.dialect]}c.workspace_id = ?",
            (list(keys), viewer.workspace_id),
        )
        marks = {rows.mark(loser): rows.mark(winner) for loser, winner in merged}
        page = page.starting_at(reissued(page.cursor, marks))
    return await read_pages(viewer, rows, parent, keys, page)


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
