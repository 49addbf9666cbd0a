"""Knowledge gaps in the schema."""

from datetime import datetime

import strawberry

from loaders.message import messages_by_id
from models.enums import ValueSource
from schema.fields import column, related
from schema.upward import LaterMessage


@strawberry.type(description="A question that the agent could not answer.")
class KnowledgeGap:
    """Read from its row."""

    question: str = column("The question.")
    message: LaterMessage | None = related(
        messages_by_id, "The message that asked it.", by="message_id"
    )
    resolved_at: datetime | None = column("When somebody resolved it; null while open.")
    resolution: str | None = column("How it was resolved.")
    source: ValueSource = column("Who found it.")
