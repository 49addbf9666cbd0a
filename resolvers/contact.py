"""Contacts: one by id, or pages of them."""

from typing import Annotated

import strawberry

from loaders.contact import contacts_by_id
from loaders.contact_filter import contacts_of, named_like
from loaders.keyset import Page, PageArguments, read_page
from models.contact import Contact
from models.enums import Scope
from models.global_id import decode_id
from resolvers.context import Info
from resolvers.filter_rights import accepted, require_reads
from schema.inputs.contact_filter import ContactFilter
from schema.inputs.contact_order import ContactOrder

ContactId = Annotated[strawberry.ID, strawberry.argument(description="Global id of the contact.")]
Filter = Annotated[
    ContactFilter | None, strawberry.argument(description="Which contacts; by default all.")
]
Search = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "Part of the name, ignoring case and accents; with PII_READ also of e-mail or phone."
        )
    ),
]
Order = Annotated[
    list[ContactOrder] | None,
    strawberry.argument(description="At most three terms; by default the newest first."),
]


async def contact(info: Info, id: ContactId) -> Contact | None:
    """None for an id of another workspace or of nothing."""
    info.context.viewer.require(Scope.CONTACTS_READ)
    found: Contact | None = await info.context.load(contacts_by_id, decode_id(id, "Contact"))
    return found


async def contacts(
    info: Info,
    page: PageArguments,
    filter: Filter = None,
    search: Search = None,
    order_by: Order = None,
) -> Page[Contact]:
    """A page of contacts."""
    viewer = info.context.viewer
    viewer.require(Scope.CONTACTS_READ)
    rows = contacts_of(viewer, await accepted(viewer, filter), order_by or ())
    require_reads(viewer, rows.where.reads)
    if search:
        searched = named_like(search, with_addresses=viewer.may(Scope.PII_READ))
        rows = rows.narrowed(searched, "search", search)
    return await read_page(viewer, rows, page)
