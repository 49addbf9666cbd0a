"""Journeys in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.table import joined
from models.enums import JourneyExitKind
from models.journey import JourneyBlock as JourneyBlockRow
from schema.fields import column, derived
from schema.node import Node


@strawberry.type(description="A step of a designed conversation flow.")
class JourneyBlock(Node):
    """Read from its row."""

    row_type: ClassVar = JourneyBlockRow

    key: str = column("Stable machine name.")
    name: str = column("Name for people.")
    journey: str | None = column("The flow it belongs to.")


@strawberry.type(description="One visit of a session to a journey block.")
class JourneyVisit:
    """Read from its row."""

    block: JourneyBlock = derived(joined("block"), "The block.")
    sequence: int = column("Position among the session's visits, from 1.")
    entered_at: datetime = column("When the session entered it.")
    exited_at: datetime | None = column("When it left; null while it is there.")
    exit_kind: JourneyExitKind | None = column("How it left; null while it is there or unknown.")
