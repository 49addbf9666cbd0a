"""Knowledge gaps: questions the agent could not answer."""

from models.enums import ValueSource
from models.fields import choice, count, instant, reference, text
from models.record import Record


class KnowledgeGap(Record):
    """Open until somebody resolves it."""

    workspace_id: int
    session_id: int
    workspace = reference("models.Workspace")
    session = reference("models.Session")
    question = text()
    message_id = count(null=True)  # same session, so no constraint to check at every delete
    resolved_at = instant(null=True)
    resolution = text(null=True)
    source = choice(ValueSource)

    class Meta:
        table = "knowledge_gap"
        indexes = (("session_id",),)
