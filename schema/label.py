"""Labels in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.table import joined
from models.enums import Scope, ValueSource
from models.label import Label as LabelRow
from resolvers.label import session_counts_of_labels
from schema.fields import column, derived, related
from schema.node import Node
from schema.session_arguments import SESSION_FILTER


@strawberry.type(
    description="A tag on sessions and contacts; its name is unique, ignoring case and accents."
)
class Label(Node):
    """Read from its row."""

    row_type: ClassVar = LabelRow

    name: str = column("Name, 3 to 48 characters.")
    description: str | None = column("What it means; analyzers apply it by this.")
    color: str | None = column("Colour it is shown in.")
    auto_apply: bool = column("May an analyzer apply it?")
    is_archived: bool = column("No longer offered; where it was applied it stays.")
    session_count: int = related(
        session_counts_of_labels,
        "How many sessions have it; needs METRICS_READ.",
        allow=Scope.METRICS_READ,
        arguments=SESSION_FILTER,
    )
    created_at: datetime = column("When it was made.")


@strawberry.type(description="A label on a session, and who put it there.")
class AppliedLabel:
    """Read from the row that joins session and label."""

    label: Label = derived(joined("label"), "The label.")
    source: ValueSource = column("Who put it there.")
    confidence: float | None = column("How sure an analyzer was, 0..1.")
    applied_at: datetime = column("When it was put there.")
    applied_by: str | None = column("Name of the person or program.")
