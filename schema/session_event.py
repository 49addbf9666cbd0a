"""Session events in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.agent import agents_by_id
from loaders.session import sessions_by_id
from models.enums import ActorType, Scope, SessionEventKind
from models.session_event import SessionEvent as SessionEventRow
from schema.agent import Agent
from schema.connection import Connection
from schema.fields import column, related
from schema.node import Node
from schema.scalars import Json
from schema.upward import LaterSession


@strawberry.type(description="Something that happened in a session besides what was said.")
class SessionEvent(Node):
    """Read from its row."""

    row_type: ClassVar = SessionEventRow

    session: LaterSession = related(
        sessions_by_id, "The session.", by="session_id", allow=Scope.SESSIONS_READ
    )
    kind: SessionEventKind = column("What happened.")
    name: str | None = column("Free name for kind CUSTOM.")
    at: datetime = column("When it happened.")
    actor_type: ActorType = column("Who did it.")
    agent: Agent | None = related(agents_by_id, "The agent who did it.", by="agent_id")
    data: Json = column("Details, by kind.")


@strawberry.type(description="A page of session events.")
class SessionEventConnection(Connection[SessionEvent]):
    """Read from `loaders.keyset.Page`."""
