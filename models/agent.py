"""Agents: the AI or human who answers."""

from models.enums import ActorType
from models.fields import choice, instant, reference, text
from models.record import Record


class Agent(Record):
    """Found by `external_id`, else by name and kind."""

    workspace_id: int
    workspace = reference("models.Workspace")
    external_id = text(null=True)
    name = text()
    kind = choice(ActorType)
    avatar_url = text(null=True)
    version = text(null=True)
    created_at = instant()

    class Meta:
        table = "agent"
        unique_together = (("workspace_id", "external_id"),)
        indexes = (("workspace_id", "name"),)
