"""Metrics, facets and series: who may count what."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry

from loaders.custom_field import custom_field_of
from loaders.dimensions import Dimension, Grouping, dimension
from loaders.facets import Facet, read_facets
from loaders.keyset import Page
from loaders.local_time import intervals, zone_named
from loaders.measures import goal_completion_rate, measured
from loaders.metrics import Duration, Figure, Metrics, figures, metrics_of
from loaders.series import Split, TimeSeries, read_series
from loaders.viewer import Viewer
from models.custom_field import CustomField
from models.enums import (
    CustomFieldTarget,
    Scope,
    SessionDimension,
    SessionMeasure,
    TimeGranularity,
)
from models.errors import BadRequest
from models.session import Session
from resolvers.context import Info
from resolvers.session import Filter, wanted_sessions
from schema.inputs.document import validated
from schema.inputs.filter import TimeWindow

MOST_BUCKETS = 1000
MOST_SERIES = 50
"""With 2,000 intervals each, as many points as an answer can reasonably have."""

Dimensions = Annotated[
    list[SessionDimension],
    strawberry.argument(description="A facet for each, in this order; none twice."),
]
MeasureOfBuckets = Annotated[
    SessionMeasure | None,
    strawberry.argument(description="What is told of each bucket, and what they are ordered by."),
]
FieldKey = Annotated[
    str | None,
    strawberry.argument(
        description="The field of CUSTOM_FIELD. Personal data needs PII_READ, and fields of"
        " contacts need CONTACTS_READ."
    ),
]
Buckets = Annotated[
    int | None,
    strawberry.argument(description=f"Buckets of a facet: 1 to {MOST_BUCKETS:,}."),
]
Timezone = Annotated[
    str | None,
    strawberry.argument(
        description="IANA time zone, such as Europe/Berlin; by default the workspace's."
    ),
]
MeasureOfSeries = Annotated[
    SessionMeasure, strawberry.argument(description="What the points tell.")
]
Granularity = Annotated[
    TimeGranularity, strawberry.argument(description="Length of the intervals, in local time.")
]
Window = Annotated[
    TimeWindow,
    strawberry.argument(
        description="What the series covers, in at most 2,000 intervals; the first and the last"
        " are cut to it."
    ),
]
SplitBy = Annotated[
    SessionDimension | None,
    strawberry.argument(
        description="A series for each of its values; CUSTOM_FIELD cannot be split by."
    ),
]
SeriesLimit = Annotated[
    int | None,
    strawberry.argument(
        description="With `splitBy`, so many series: those with the greatest measure over all"
        f" intervals together, 1 to {MOST_SERIES}."
    ),
]
Quantile = Annotated[
    float,
    strawberry.argument(description="0 for the shortest, 0.5 for the median, 1 for the longest."),
]
GoalKey = Annotated[
    str | None, strawberry.argument(description="Key of the one goal; by default any goal.")
]


async def session_metrics(info: Info, *, filter: Filter = None) -> Metrics:
    """Nothing is read before it is selected."""
    return (await live_metrics(info.context.viewer, filter))()


async def live_metrics(viewer: Viewer, filter: Filter) -> Callable[[], Metrics]:
    """Counts the same sessions again and again, relative times from now on."""
    viewer.require(Scope.METRICS_READ)
    rows = await wanted_sessions(viewer, filter, None)
    return lambda: metrics_of(viewer, [rows.count(viewer.now())])[0]


async def metrics_of_agents(
    viewer: Viewer, keys: Sequence[int], filter: Filter = None
) -> list[Metrics]:
    """Of the sessions of each agent."""
    return await _of_parents(viewer, "s.agent_id", keys, filter)


async def metrics_of_contacts(viewer: Viewer, keys: Sequence[int]) -> list[Metrics]:
    """Of the sessions of each contact."""
    return await _of_parents(viewer, "s.contact_id", keys, None)


def metrics_of_page(page: Page[Session], viewer: Viewer) -> Metrics:
    """Of the sessions on all pages together."""
    (sessions,) = page.total
    return metrics_of(viewer, [sessions])[0]


def duration_quantile(root: Metrics, info: Info, *, q: Quantile) -> asyncio.Future[Any]:
    """Read together with the other figures."""
    if not 0 <= q <= 1:
        raise BadRequest(f"`q`: a quantile lies between 0 and 1, not {q:g}.")
    return info.context.load(figures, Figure(root.sessions, Duration(q)))


def goal_completion(root: Metrics, info: Info, *, goal_key: GoalKey = None) -> asyncio.Future[Any]:
    """Read together with the other figures."""
    return info.context.load(figures, Figure(root.sessions, goal_completion_rate(goal_key)))


async def session_facets(  # noqa: PLR0913  # the contract's arguments
    info: Info,
    *,
    filter: Filter = None,
    by: Dimensions,
    measure: MeasureOfBuckets = SessionMeasure.SESSIONS,
    custom_field_key: FieldKey = None,
    limit: Buckets = 20,
    timezone: Timezone = None,
) -> list[Facet]:
    """In the order of the dimensions."""
    viewer = info.context.viewer
    viewer.require(Scope.METRICS_READ)
    if len(set(by)) < len(by):
        raise BadRequest("`by`: no dimension stands there twice.")
    rows = await wanted_sessions(viewer, filter, None)
    dimensions = await _dimensions(viewer, by, custom_field_key, timezone)
    of = measured(viewer, measure or SessionMeasure.SESSIONS)
    return await read_facets(viewer, rows, dimensions, of, _limited(limit, 20, MOST_BUCKETS))


async def session_time_series(  # noqa: PLR0913  # the contract's arguments
    info: Info,
    *,
    filter: Filter = None,
    measure: MeasureOfSeries = SessionMeasure.SESSIONS,
    granularity: Granularity = TimeGranularity.DAY,
    window: Window,
    timezone: Timezone = None,
    split_by: SplitBy = None,
    limit: SeriesLimit = 8,
) -> TimeSeries:
    """One series, or the greatest ones of a dimension."""
    viewer = info.context.viewer
    viewer.require(Scope.METRICS_READ)
    rows = await wanted_sessions(viewer, filter, None)
    span = validated(window, "window")
    name = timezone or viewer.settings.timezone
    bounds = intervals(granularity, span.from_, span.to, zone_named(name))
    split = None
    if split_by is SessionDimension.CUSTOM_FIELD:
        raise BadRequest("`splitBy`: no series can be split by CUSTOM_FIELD.")
    if split_by is not None:
        by = (await _dimensions(viewer, [split_by], None, name))[split_by]
        split = Split(by, _limited(limit, 8, MOST_SERIES))
    series = await read_series(viewer, rows, bounds, measure, split)
    return TimeSeries(measure, granularity, name, series)


async def _of_parents(
    viewer: Viewer, parent: str, keys: Sequence[int], filter: Filter
) -> list[Metrics]:
    rows = await wanted_sessions(viewer, filter, None)
    every = rows.count(viewer.now())
    return metrics_of(viewer, [replace(every, parent=parent, key=key) for key in keys])


async def _dimensions(
    viewer: Viewer,
    by: Sequence[SessionDimension],
    field_key: str | None,
    timezone: str | None,
) -> dict[SessionDimension, Dimension]:
    field = None
    if field_key is not None and SessionDimension.CUSTOM_FIELD in by:
        field = await _readable_field(viewer, field_key)
    grouping = Grouping(zone_named(timezone or viewer.settings.timezone), field)
    return {wanted: dimension(viewer, wanted, grouping) for wanted in by}


async def _readable_field(viewer: Viewer, key: str) -> CustomField:
    field = await custom_field_of(viewer, key)
    if field is None:
        raise BadRequest(f"`customFieldKey`: there is no custom field {key!r}.")
    if field.applies_to is CustomFieldTarget.CONTACT:
        viewer.require(Scope.CONTACTS_READ)
    if field.is_personal_data:
        viewer.require(Scope.PII_READ)
    return field


def _limited(limit: int | None, default: int, most: int) -> int:
    chosen = default if limit is None else limit
    if not 1 <= chosen <= most:
        raise BadRequest(f"`limit`: it lies between 1 and {most:,}, not {chosen}.")
    return chosen
