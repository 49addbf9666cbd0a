"""Conversations by key and by contact."""

from collections.abc import Sequence

from loaders.batch import by_id, lists
from loaders.contact import pages_of_contacts
from loaders.keyset import Page, PageArguments
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.standing import STANDING_CONVERSATION
from loaders.viewer import Viewer
from models.conversation import Conversation
from models.errors import InvalidCursor


async def conversations_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Conversation | None]:
    """Conversations by key."""
    return await by_id(viewer, Conversation, keys)


async def standing_conversations(viewer: Viewer, keys: Sequence[int]) -> list[Conversation | None]:
    """By an id that a client names: of one that was joined to another, that other one."""
    standing = STANDING_CONVERSATION.format('m."id" = n."id"')
    rows = parts_of(viewer, Conversation).joining(f'JOIN "conversation" n ON t."id" = ({standing})')
    found = await lists(viewer, rows, "n.id", keys)
    return [conversations[0] if conversations else None for conversations in found]


async def conversations_of_contacts(
    viewer: Viewer, keys: Sequence[int], page: PageArguments
) -> list[Page[Conversation] | InvalidCursor]:
    """A page for each contact, the newest conversation first."""
    created = OrderTerm("created_at", "t.created_at", Kind.INSTANT, descending=True)
    rows = parts_of(viewer, Conversation, created)
    return await pages_of_contacts(viewer, rows, "t.contact_id", keys, page)
