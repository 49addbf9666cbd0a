"""Scores: generic named annotations (evaluator output, CSAT, rubric)."""

from models.enums import ValueSource
from models.fields import choice, instant, number, owner, reference, text
from models.record import Record


class Score(Record):
    """A named value or label on a session."""

    session_id: int
    workspace_id = owner()
    session = reference("models.Session")
    name = text()
    value = number(null=True)
    label = text(null=True)
    comment = text(null=True)
    source = choice(ValueSource)
    author = text(null=True)
    created_at = instant()

    class Meta:
        table = "score"
        indexes = (("session_id", "name"), ("workspace_id", "name", "session_id"))
