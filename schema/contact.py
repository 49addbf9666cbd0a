"""Contacts in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.contact import handles_of_contacts
from loaders.conversation import conversations_of_contacts
from loaders.custom_field import values_of_contacts
from loaders.label import labels_of_contacts
from models.contact import Contact as ContactRow
from models.contact import display_name, mask_address, mask_email, mask_phone
from models.enums import ChannelType, Scope
from resolvers.metrics import metrics_of_contacts
from resolvers.session import sessions_of_contacts
from schema.connection import Connection, change_cursor
from schema.custom_field import CustomFieldValue
from schema.fields import Paging, column, derived, paged, related
from schema.label import Label
from schema.metrics import SessionMetrics
from schema.node import Node
from schema.scalars import ChangeCursor, Json, Url
from schema.session_arguments import FIELD_KEYS, SESSION_LIST
from schema.upward import LaterConversations, LaterSessions

_SEE = Scope.CONTACTS_READ


@strawberry.type(
    description="An address of the contact on a channel, unique per (channelType, address)."
)
class ContactHandle:
    """Read from its row."""

    channel_type: ChannelType = column("Network of the address.")
    address: str = column(
        "The address in normalised form; masked without PII_READ.", mask=mask_address
    )
    verified: bool = column("Whether the contact proved that it is theirs.")


@strawberry.type(
    description=(
        "The person on the other side of a session. All but id and displayName needs CONTACTS_READ."
    )
)
class Contact(Node):
    """Read from its row."""

    row_type: ClassVar = ContactRow

    external_id: str | None = column(
        "Id in the producing system, unique in the workspace.", allow=_SEE
    )
    name: str | None = column("Full name.", allow=_SEE)
    display_name: str = derived(display_name, 'name, else masked phone or email, else "User".')
    email: str | None = column(
        "E-mail address; masked without PII_READ.", mask=mask_email, allow=_SEE
    )
    phone: str | None = column(
        "Phone number; masked without PII_READ.", mask=mask_phone, allow=_SEE
    )
    company: str | None = column("Organisation the contact belongs to.", allow=_SEE)
    avatar_url: Url | None = column("Picture shown beside the name.", allow=_SEE)
    location: Json | None = column("Place, in the producer's own shape.", allow=_SEE)
    source: str | None = column(
        "Where the contact came from, such as import or a campaign.", allow=_SEE
    )
    handles: list[ContactHandle] = related(
        handles_of_contacts, "Addresses the contact writes and calls from.", allow=_SEE
    )
    labels: list[Label] = related(
        labels_of_contacts, "Tags, in the order they were applied.", allow=_SEE
    )
    custom_fields: list[CustomFieldValue] = related(
        values_of_contacts,
        "Values of custom fields, by key.",
        allow=_SEE,
        arguments=FIELD_KEYS,
    )
    metadata: Json = column("Free keys and values.", allow=_SEE)
    is_blocked: bool = column(
        "Nothing from this contact is wanted: sessionStart, and messageAppend of what it says, give"
        " FORBIDDEN. Agents may write into its open sessions; sessionIngest and imports take all.",
        allow=_SEE,
    )
    created_at: datetime = column("When it was first seen.", allow=_SEE)
    updated_at: datetime = column("When it was last changed.", allow=_SEE)
    last_seen_at: datetime | None = column("When it last wrote or called.", allow=_SEE)
    erased_at: datetime | None = column(
        "Set once personal data was erased; the node stays so that counts stay true.", allow=_SEE
    )
    sessions: LaterSessions = paged(
        sessions_of_contacts,
        "Its sessions, the newest first unless ordered otherwise.",
        allow=Scope.SESSIONS_READ,
        arguments=SESSION_LIST,
    )
    conversations: LaterConversations = paged(
        conversations_of_contacts,
        "Its conversations, the newest first.",
        paging=Paging.FORWARDS,
        allow=Scope.SESSIONS_READ,
    )
    metrics: SessionMetrics = related(
        metrics_of_contacts, "Numbers about its sessions.", allow=Scope.METRICS_READ
    )


@strawberry.type(description="A page of contacts.")
class ContactConnection(Connection[Contact]):
    """Read from `loaders.keyset.Page`."""

    change_cursor: ChangeCursor = change_cursor()
