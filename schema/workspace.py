"""The workspace and its settings in the schema."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import strawberry

from models.enums import AnalyzerKind, ChannelType
from models.workspace import Workspace as WorkspaceRow
from schema.fields import column
from schema.node import Node
from schema.scalars import Json


@strawberry.type(description="When silence or age closes the sessions of one channel.")
class ChannelTimeout:
    """Read from `models.workspace.ChannelTimeout`."""

    channel_type: ChannelType = column("The channel.")
    close_after: timedelta | None = column(
        "Silence after which an open session is closed; null is never."
    )
    max_duration: timedelta | None = column(
        "Age at which an open session is closed; null is never."
    )


@strawberry.type(description="Which program computes a derived value.")
class AnalyzerBinding:
    """Read from `models.workspace.AnalyzerBinding`."""

    kind: AnalyzerKind = column("What is computed.")
    provider: str = column("Name of the program.")
    enabled: bool = column("Whether it runs.")
    options: Json | None = column("Options of the program.")


@strawberry.type(description="What a workspace has decided, defaults included.")
class WorkspaceSettings:
    """Read from `models.workspace.Settings`."""

    idle_after: timedelta = column("ACTIVE and LIVE becomes IDLE after this much silence.")
    close_after: timedelta | None = column(
        "An open session is closed (COMPLETED, INACTIVITY_TIMEOUT) after this much silence;"
        " null is the channel's own default."
    )
    channel_timeouts: list[ChannelTimeout] = column("Every channel with its effective values.")
    max_duration: timedelta | None = column(
        "An open session is closed at this age; null is the channel's own default."
    )
    reopen_window: timedelta | None = column(
        "A message that arrives on a closed session reopens it within this time; later, and by"
        " default at once, it opens a new session."
    )
    short_below: timedelta = column("Shorter sessions are SHORT.")
    long_from: timedelta = column("Sessions of this length and more are LONG.")
    currency: str = column("ISO 4217 code of all amounts of new sessions.")
    conversion_ratio: float = column("Share of opportunities that become deals, 0..1.")
    recognition: float = column("Share of in-hours deals credited to the AI, 0..1.")
    default_lead_value: Decimal = column("What a lead without a value of its own is worth.")
    conversation_url_template: str | None = column(
        "Deep link to the inbox thread; {conversationId} and {externalId} are replaced."
    )
    session_url_template: str | None = column(
        "Deep link to one session; {sessionId} and {externalId} are replaced."
    )
    message_retention: timedelta | None = column(
        "What was said is erased so long after a session's end; null is never."
    )
    session_retention: timedelta | None = column(
        "Sessions are deleted so long after their end; null is never."
    )
    timezone: str = column("IANA name of the zone that days and hours are counted in.")
    analyzers: list[AnalyzerBinding] = column(
        "Which programs compute derived values.", "analyzer_bindings"
    )


@strawberry.type(
    description="A tenant: everything belongs to one workspace, and no query leaves it."
)
class Workspace(Node):
    """Read from its row."""

    row_type: ClassVar = WorkspaceRow

    name: str = column("Name, unique on this server.")
    created_at: datetime = column("When it was made.")
    settings: WorkspaceSettings = column("What it has decided.")
