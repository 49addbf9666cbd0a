"""Goals in the schema."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import strawberry

from loaders.message import messages_by_id
from loaders.table import joined
from models.enums import GoalStatus
from models.goal import Goal as GoalRow
from schema.fields import column, derived, related
from schema.node import Node
from schema.upward import LaterMessage


@strawberry.type(description="Something the workspace wants sessions to reach.")
class Goal(Node):
    """Read from its row."""

    row_type: ClassVar = GoalRow

    key: str = column("Stable machine name.")
    name: str = column("Name for people.")
    value: Decimal | None = column("What reaching it is worth.")
    is_archived: bool = column("No longer offered; outcomes stay.")


@strawberry.type(description="What became of a goal in a session.")
class GoalOutcome:
    """Read from its row."""

    goal: Goal = derived(joined("goal"), "The goal.")
    status: GoalStatus = column("How far it got.")
    triggered_at: datetime | None = column(
        "When it was first pursued; null when that was not reported."
    )
    completed_at: datetime | None = column("When it was reached; null while it is not.")
    message: LaterMessage | None = related(
        messages_by_id, "The message that decided it.", by="message_id"
    )
    value: Decimal | None = column("What reaching it was worth here.")
