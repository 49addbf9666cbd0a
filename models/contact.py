"""Contacts: the people (and their addresses) on the other side of a session."""

import re
from collections.abc import Sequence
from typing import Any

from models.enums import ChannelType
from models.fields import choice, count, dump_json, flag, instant, json, owner, reference, text
from models.record import Record

RECKONED = frozenset({"name_folded", "updated_at"})
"""Columns that nobody states: the audit trail leaves them out."""
PARTS = frozenset({"handles", "labels", "custom_fields"})
"""What belongs to a contact in tables of its own, by the names that changes give it."""
_TAKEN_OVER = (
    "external_id", "name", "name_folded", "email", "phone", "company", "avatar_url", "location",
    "source",
)  # fmt: skip
_MOST_METADATA = 64 * 1024
"""Characters of JSON: as much as clients can write."""
_TELEPHONE = re.compile(r"\+?[0-9][0-9\s().\-/]{3,}")
_SHOWN_DIGITS = 4


class Contact(Record):
    """A person; found by id, `external_id` or handle."""

    workspace_id: int
    workspace = reference("models.Workspace")
    external_id = text(null=True)
    name = text(null=True)
    name_folded = text(null=True)
    email = text(null=True)
    phone = text(null=True)
    company = text(null=True)
    avatar_url = text(null=True)
    location = json(null=True)
    source = text(null=True)
    metadata = json(default=dict)
    is_blocked = flag()
    created_at = instant()
    updated_at = instant()
    last_seen_at = instant(null=True)
    erased_at = instant(null=True)
    merged_into_id = count(null=True)
    """The contact that took its place; its sessions, handles and values are there."""

    class Meta:
        table = "contact"
        unique_together = (("workspace_id", "external_id"),)
        indexes = (
            ("workspace_id", "email"),
            ("workspace_id", "phone"),
            ("workspace_id", "created_at", "id"),
        )


class ContactHandle(Record):
    """An address of a contact on a channel, normalised (E.164, lower-case e-mail)."""

    contact_id: int
    workspace_id = owner()
    contact = reference("models.Contact")
    channel_type = choice(ChannelType)
    address = text()
    verified = flag()

    class Meta:
        table = "contact_handle"
        unique_together = (("workspace_id", "address", "channel_type"),)
        indexes = (("contact_id",),)


def united(winner: Contact, losers: Sequence[Contact]) -> dict[str, Any]:
    """The winner's columns once the losers have gone into it, the earlier ones first.

    What it has it keeps; the metadata of a loser that no longer fits is left behind whole.
    """
    columns: dict[str, Any] = {name: _first(name, [winner, *losers]) for name in _TAKEN_OVER}
    metadata = winner.metadata
    for loser in losers:
        both = {**loser.metadata, **metadata}
        metadata = both if len(dump_json(both)) <= _MOST_METADATA else metadata
    seen = [one.last_seen_at for one in (winner, *losers) if one.last_seen_at is not None]
    return {
        **columns,
        "metadata": metadata,
        "created_at": min(one.created_at for one in (winner, *losers)),
        "last_seen_at": max(seen, default=None),
    }


def _first(name: str, contacts: Sequence[Contact]) -> Any:
    values = (getattr(contact, name) for contact in contacts)
    return next((value for value in values if value is not None), None)


def mask_email(address: str) -> str:
    """The first character and the domain: j***@example.com."""
    mailbox, at, domain = address.rpartition("@")
    return f"{mailbox[:1]}***@{domain}" if at else "***"


def mask_phone(number: str) -> str:
    """The last four digits; a number that has no more than those is hidden whole."""
    digits = [character for character in number if character.isdigit()]
    return "***" + "".join(digits[-4:]) if len(digits) > _SHOWN_DIGITS else "***"


def mask_address(address: str) -> str:
    """An e-mail address or telephone number as above, the first character of an account name."""
    if "@" in address:
        return mask_email(address)
    if _TELEPHONE.fullmatch(address):
        return mask_phone(address)
    return f"{address[:1]}***"


def display_name(contact: Contact) -> str:
    """What a list shows, always: the name, else the masked phone or e-mail, else "User"."""
    if contact.name:
        return contact.name
    if contact.phone:
        return mask_phone(contact.phone)
    return mask_email(contact.email) if contact.email else "User"
