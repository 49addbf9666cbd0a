"""How a write names an agent."""

from strawberry import ID

from models.enums import ActorType
from schema.inputs.document import document, optional
from schema.scalars import Link, Name


@document("An agent, found by id, else by externalId; one that is not known yet is created.")
class AgentRef:
    """Reference to an agent."""

    id: ID | None = optional("Global id of a known agent.")
    external_id: Name | None = optional("Id in the producing system, unique in the workspace.")
    name: Name | None = optional("Name that people see.")
    kind: ActorType | None = optional("AI_AGENT or HUMAN_AGENT; a new agent is an AI_AGENT.")
    avatar_url: Link | None = optional("Picture shown beside the name.")
    version: Name | None = optional("Version of the agent's prompt, flow or software.")
