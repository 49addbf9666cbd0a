"""Scores in the schema."""

from datetime import datetime

import strawberry

from models.enums import ValueSource
from schema.fields import column


@strawberry.type(description="Generic named annotation (evaluator output, CSAT, rubric).")
class Score:
    """Read from its row."""

    name: str = column("What was scored.")
    value: float | None = column("The score as a number.")
    label: str | None = column("The score as a word.")
    comment: str | None = column("Why.")
    source: ValueSource = column("Who scored.")
    author: str | None = column("Name of the person or program.")
    created_at: datetime = column("When it was recorded.")
