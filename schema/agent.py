"""Agents in the schema."""

from typing import ClassVar

import strawberry

from models.agent import Agent as AgentRow
from models.enums import ActorType, Scope
from resolvers.metrics import metrics_of_agents
from resolvers.session import sessions_of_agents
from schema.fields import column, paged, related
from schema.metrics import SessionMetrics
from schema.node import Node
from schema.scalars import Url
from schema.session_arguments import SESSION_FILTER, SESSION_LIST
from schema.upward import LaterSessions


@strawberry.type(description="The AI or human who answers.")
class Agent(Node):
    """Read from its row."""

    row_type: ClassVar = AgentRow

    external_id: str | None = column("Id in the producing system, unique in the workspace.")
    name: str = column("Name that contacts and colleagues see.")
    kind: ActorType = column("AI_AGENT or HUMAN_AGENT.")
    avatar_url: Url | None = column("Picture shown beside the name.")
    version: str | None = column("Version of an AI agent.")
    sessions: LaterSessions = paged(
        sessions_of_agents,
        "Sessions whose agent this is, the newest first unless ordered otherwise.",
        allow=Scope.SESSIONS_READ,
        arguments=SESSION_LIST,
    )
    metrics: SessionMetrics = related(
        metrics_of_agents,
        "Numbers about the sessions whose agent this is.",
        allow=Scope.METRICS_READ,
        arguments=SESSION_FILTER,
    )
