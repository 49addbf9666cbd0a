"""Conversations: one by id, and its link into the inbox."""

from typing import Annotated

import strawberry

from loaders.conversation import standing_conversations
from loaders.viewer import Viewer
from models.conversation import Conversation
from models.enums import Scope
from models.global_id import decode_id
from models.session_display import conversation_url
from resolvers.context import Info

ConversationId = Annotated[
    strawberry.ID, strawberry.argument(description="Global id of the conversation.")
]


async def conversation(info: Info, id: ConversationId) -> Conversation | None:
    """None for an id of another workspace or of nothing."""
    info.context.viewer.require(Scope.SESSIONS_READ)
    key = decode_id(id, "Conversation")
    found: Conversation | None = await info.context.load(standing_conversations, key)
    return found


def conversation_link(row: Conversation, viewer: Viewer) -> str | None:
    """By the template of the workspace."""
    return conversation_url(row, viewer.settings)
