"""Metrics, facets and series in the schema."""

from datetime import datetime
from decimal import Decimal

import strawberry

from loaders.metrics import figures
from models.enums import Scope, SessionDimension, SessionMeasure, TimeGranularity
from resolvers.metrics import duration_quantile, goal_completion
from schema.fields import column, related, resolved
from schema.node import Node
from schema.scalars import ChangeCursor


@strawberry.type(description="The sessions that have one value of a dimension.")
class FacetBucket:
    """Read from `loaders.facets.Bucket`."""

    key: str = column(
        "The value as filters take it: a name or key; the global id of an agent, channel or label."
    )
    label: str = column("The value for people.")
    node: Node | None = column(
        "The object behind it, such as the agent; null for plain values. Needs SESSIONS_READ.",
        allow=Scope.SESSIONS_READ,
    )
    value: float = column(
        "The measure over these sessions; 0 for a mean or share that has nothing to be of."
    )
    count: int = column("How many sessions.")
    share: float = column("count / sessions in the filter, 0..1.")


@strawberry.type(description="How sessions fall into the values of one dimension.")
class Facet:
    """Read from `loaders.facets.Facet`."""

    dimension: SessionDimension = column("What they are grouped by.")
    buckets: list[FacetBucket] = column("The greatest values first, equal ones by key.")
    other_count: int = column("Sessions of all values that are not among the buckets.")
    missing_count: int = column("Sessions without a value.")


@strawberry.type(description="One half-open interval [start, end) of a series.")
class SeriesPoint:
    """Read from `loaders.series.Point`."""

    start: datetime = column("Where the interval starts.")
    end: datetime = column("Where it ends; the next one starts there.")
    value: float | None = column(
        "The measure over the interval; null for a mean or share that has nothing to be of."
    )


@strawberry.type(description="A measure over time, of all sessions or of those with one value.")
class Series:
    """Read from `loaders.series.Series`."""

    key: str | None = column("As in a facet; null without `splitBy`.")
    label: str | None = column("The value for people; null without `splitBy`.")
    points: list[SeriesPoint] = column("Every interval of the window, also the empty ones.")


@strawberry.type(description="A measure over time.")
class TimeSeries:
    """Read from `loaders.series.TimeSeries`."""

    measure: SessionMeasure = column("What the points tell.")
    granularity: TimeGranularity = column("Length of the intervals.")
    timezone: str = column("IANA time zone whose clock the intervals follow.")
    series: list[Series] = column("One; with `splitBy` one per value, the greatest first.")


@strawberry.type(
    description=(
        "Numbers about the sessions of a filter; each is read when it is selected. Shares lie"
        " between 0 and 1, means and shares over nothing are null."
    )
)
class SessionMetrics:
    """Read from `loaders.metrics.Metrics`."""

    total_sessions: int = related(figures, "Sessions in all.", by="total_sessions")
    active_sessions: int = related(figures, "Sessions that are open.", by="active_sessions")
    recent_sessions: int = related(figures, "Started in the last 24 hours.", by="recent_sessions")
    top_channel: FacetBucket | None = related(
        figures, "The network that most sessions use; null without sessions.", by="top_channel"
    )
    completed_sessions: int = related(
        figures, "Sessions that were completed.", by="completed_sessions"
    )
    failed_sessions: int = related(figures, "Sessions that failed.", by="failed_sessions")
    cancelled_sessions: int = related(
        figures, "Sessions that were cancelled.", by="cancelled_sessions"
    )
    unassigned_sessions: int = related(
        figures, "Sessions without an agent.", by="unassigned_sessions"
    )
    messages: int = related(figures, "Messages in all of them.", by="messages")
    contacts: int = related(figures, "Different contacts.", by="contacts")
    average_duration_seconds: float | None = related(
        figures, "Mean seconds from start to end, over ended ones.", by="average_duration_seconds"
    )
    duration_seconds_quantile: float | None = resolved(
        duration_quantile,
        "Seconds from start to end that the share `q` of the ended ones does not exceed, by"
        " nearest rank.",
    )
    average_first_response_seconds: float | None = related(
        figures,
        "Mean seconds from the contact's first message to the first answer.",
        by="average_first_response_seconds",
    )
    response_rate: float | None = related(
        figures, "Share in which the contact wrote or spoke.", by="response_rate"
    )
    negative_share: float | None = related(
        figures, "Share of NEGATIVE among those with a sentiment.", by="negative_share"
    )
    missing_knowledge_share: float | None = related(
        figures,
        "Share in which the agent could not answer something.",
        by="missing_knowledge_share",
    )
    handoff_rate: float | None = related(figures, "Share with a handoff.", by="handoff_rate")
    goal_completion_rate: float | None = resolved(
        goal_completion,
        "Share that completed the goal among those that triggered or completed it.",
    )
    leads: int = related(figures, "Leads, without tests.", by="leads")
    opportunities: int = related(figures, "Opportunities, without tests.", by="opportunities")
    opportunity_success_score: float | None = related(
        figures,
        "Mean success factor over assessed opportunities, without tests.",
        by="opportunity_success_score",
    )
    conversation_success_score: float | None = related(
        figures,
        "Mean css over rated, non-test sessions.",
        by="conversation_success_score",
    )
    additional_secured_revenue: Decimal = related(
        figures,
        "Sum over sessions in the workspace's currency, without tests.",
        by="additional_secured_revenue",
    )
    as_of: ChangeCursor = related(
        figures,
        "The log position before anything was counted: what changed after it is not certain to be"
        " in the numbers.",
        by="as_of",
    )
