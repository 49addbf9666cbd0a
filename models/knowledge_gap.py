"""Knowledge gaps: questions the agent could not answer."""

from models.enums import ValueSource
from models.fields import choice, count, instant, owner, reference, text
from models.record import Record


class KnowledgeGap(Record):
    """Open until somebody resolves it."""

    session_id: int
    workspace_id = owner()
    session = reference("models.Session")
    question = text()
    message_id = count(null=True)  # same session, so no constraint to check at every delete
    resolved_at = instant(null=True)
    resolution = text(null=True)
    source = choice(ValueSource)

    class Meta:
        table = "knowledge_gap"
        indexes = (("session_id",),)
