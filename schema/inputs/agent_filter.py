"""Filters on the agent in charge of a session."""

from models.enums import ActorType
from schema.inputs.document import document, optional
from schema.inputs.filter import IDFilter, StringFilter


@document("Which agent is in charge; the fields are ANDed.")
class AgentFilter:
    """Match of the agent."""

    id: IDFilter | None = optional("By global id.")
    external_id: StringFilter | None = optional("By the id in the producing system.")
    name: StringFilter | None = optional("By name.")
    kind: ActorType | None = optional("AI_AGENT or HUMAN_AGENT.")
