"""Any object by its global id."""

import asyncio
from typing import Annotated

import strawberry

from loaders.agent import agents_by_id
from loaders.audit import audit_entries_by_id
from loaders.batch import Batch
from loaders.channel import channels_by_id
from loaders.comment import comments_by_id
from loaders.contact import contacts_by_id
from loaders.conversation import standing_conversations
from loaders.custom_field import custom_fields_by_id
from loaders.form import forms_by_id
from loaders.goal import goals_by_id
from loaders.journey import blocks_by_id
from loaders.label import labels_by_id
from loaders.message import messages_by_id
from loaders.session import sessions_by_id
from loaders.session_event import events_by_id
from loaders.workspace import own_workspaces
from models.enums import Scope
from models.errors import BadRequest
from models.global_id import MalformedId, decode_any_id
from models.record import Record
from resolvers.context import Info

MAX_IDS = 1000

ObjectId = Annotated[strawberry.ID, strawberry.argument(description="Global id of any object.")]
ObjectIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"Global ids of any objects, at most {MAX_IDS:,}."),
]


_KINDS: dict[str, tuple[Batch, Scope | None]] = {
    "Workspace": (own_workspaces, None),
    "Session": (sessions_by_id, Scope.SESSIONS_READ),
    "Message": (messages_by_id, Scope.SESSIONS_READ),
    "SessionEvent": (events_by_id, Scope.MESSAGES_READ),
    "Comment": (comments_by_id, Scope.SESSIONS_READ),
    "Conversation": (standing_conversations, Scope.SESSIONS_READ),
    "Contact": (contacts_by_id, Scope.CONTACTS_READ),
    "Agent": (agents_by_id, Scope.SESSIONS_READ),
    "Channel": (channels_by_id, Scope.SESSIONS_READ),
    "Label": (labels_by_id, Scope.SESSIONS_READ),
    "CustomField": (custom_fields_by_id, Scope.SESSIONS_READ),
    "Goal": (goals_by_id, Scope.SESSIONS_READ),
    "JourneyBlock": (blocks_by_id, Scope.SESSIONS_READ),
    "AuditEntry": (audit_entries_by_id, Scope.AUDIT_READ),
    "Form": (forms_by_id, Scope.SESSIONS_READ),
}
"""Type name to its batch function and the scope that its objects need."""


def node(info: Info, id: ObjectId) -> asyncio.Future[Record | None]:
    """None for an id of another workspace or of nothing."""
    type_name, key = decode_any_id(id)
    if type_name not in _KINDS:
        raise MalformedId(f"{id!r} is not an id of this API.")
    load, scope = _KINDS[type_name]
    if scope is not None:
        info.context.viewer.require(scope)
    return info.context.load(load, key)


async def nodes(info: Info, ids: ObjectIds) -> list[Record | None]:
    """In the order of the ids; one statement per type."""
    if len(ids) > MAX_IDS:
        raise BadRequest(f"`ids` takes at most {MAX_IDS:,} ids, not {len(ids):,}.")
    return await asyncio.gather(*(node(info, id) for id in ids))
