"""Comments: notes reviewers leave on a session."""

from models.fields import instant, owner, reference, text
from models.record import Record


class Comment(Record):
    """Free text with its author."""

    session_id: int
    workspace_id = owner()
    session = reference("models.Session")
    body = text()
    author = text()
    created_at = instant()
    edited_at = instant(null=True)

    class Meta:
        table = "comment"
        indexes = (("session_id", "created_at", "id"),)
