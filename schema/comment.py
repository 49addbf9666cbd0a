"""Comments in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.session import sessions_by_id
from models.comment import Comment as CommentRow
from models.enums import Scope
from schema.connection import Connection
from schema.fields import column, related
from schema.node import Node
from schema.upward import LaterSession


@strawberry.type(description="A note that a reviewer left on a session.")
class Comment(Node):
    """Read from its row."""

    row_type: ClassVar = CommentRow

    session: LaterSession = related(
        sessions_by_id, "The session.", by="session_id", allow=Scope.SESSIONS_READ
    )
    body: str = column("The text.")
    author: str = column("Who wrote it.")
    created_at: datetime = column("When it was written.")
    edited_at: datetime | None = column("When it was last changed; null when never.")


@strawberry.type(description="A page of comments.")
class CommentConnection(Connection[Comment]):
    """Read from `loaders.keyset.Page`."""
