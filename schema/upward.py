"""The edges from lower concepts up to higher ones, declared once because they close cycles."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.conversation import ConversationConnection
    from schema.message import Message
    from schema.session import Session, SessionConnection

LaterConversations = Annotated["ConversationConnection", strawberry.lazy("schema.conversation")]
LaterMessage = Annotated["Message", strawberry.lazy("schema.message")]
LaterSession = Annotated["Session", strawberry.lazy("schema.session")]
LaterSessions = Annotated["SessionConnection", strawberry.lazy("schema.session")]
