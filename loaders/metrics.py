"""The numbers of `SessionMetrics`, for one set of sessions or for many parents at once.

Each number that is selected is a `Figure`. The figures of one tick are read together: whatever can
be counted, summed or averaged in one statement, quantiles and the top channel in one each.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from math import nextafter
from typing import Any, NamedTuple

from loaders import measures
from loaders.change import change_position
from loaders.condition import among
from loaders.dimensions import spelled
from loaders.expression import Expression
from loaders.facets import Bucket
from loaders.measures import Measure
from loaders.members import Columns, matched
from loaders.row_set import Count
from loaders.viewer import Viewer
from models.database import Lane, Values
from models.enums import SessionStatus

_RECENT = timedelta(hours=24)


class Duration(NamedTuple):
    """Of ended sessions, the length that the share `quantile` of them does not exceed."""

    quantile: float


class Fact(Enum):
    """What is no measure."""

    TOP_CHANNEL = "the channel type that most sessions have"
    AS_OF = "the position of the change log before anything was counted"


class Figure(NamedTuple):
    """A number about some sessions; neighbours are read together."""

    sessions: Count
    of: Measure | Duration | Fact


@dataclass(frozen=True)
class Metrics:
    """What can be told about some sessions; a number is read when it is selected."""

    sessions: Count
    total_sessions: Figure
    active_sessions: Figure
    recent_sessions: Figure
    completed_sessions: Figure
    failed_sessions: Figure
    cancelled_sessions: Figure
    unassigned_sessions: Figure
    messages: Figure
    contacts: Figure
    average_duration_seconds: Figure
    average_first_response_seconds: Figure
    response_rate: Figure
    negative_share: Figure
    missing_knowledge_share: Figure
    handoff_rate: Figure
    leads: Figure
    opportunities: Figure
    opportunity_success_score: Figure
    conversation_success_score: Figure
    additional_secured_revenue: Figure
    top_channel: Figure
    as_of: Figure


def metrics_of(viewer: Viewer, sessions: Sequence[Count]) -> list[Metrics]:
    """For each set of sessions; reads nothing yet."""
    numbers: dict[str, Measure | Fact] = {
        "total_sessions": measures.SESSIONS,
        "active_sessions": measures.ACTIVE_SESSIONS,
        "recent_sessions": measures.started_since(viewer.now() - _RECENT),
        "completed_sessions": measures.in_status(SessionStatus.COMPLETED),
        "failed_sessions": measures.in_status(SessionStatus.FAILED),
        "cancelled_sessions": measures.in_status(SessionStatus.CANCELLED),
        "unassigned_sessions": measures.UNASSIGNED_SESSIONS,
        "messages": measures.MESSAGES,
        "contacts": measures.CONTACTS,
        "average_duration_seconds": measures.AVG_DURATION,
        "average_first_response_seconds": measures.AVG_FIRST_RESPONSE,
        "response_rate": measures.RESPONSE_RATE,
        "negative_share": measures.NEGATIVE_SHARE,
        "missing_knowledge_share": measures.MISSING_KNOWLEDGE_SHARE,
        "handoff_rate": measures.HANDOFF_RATE,
        "leads": measures.LEADS,
        "opportunities": measures.OPPORTUNITIES,
        "opportunity_success_score": measures.OSS,
        "conversation_success_score": measures.CSS,
        "additional_secured_revenue": measures.secured_revenue(viewer.settings.currency),
        "top_channel": Fact.TOP_CHANNEL,
        "as_of": Fact.AS_OF,
    }
    slowly = [replace(one, lane=Lane.SLOW) for one in sessions]
    return [
        Metrics(one, **{name: Figure(one, of) for name, of in numbers.items()}) for one in slowly
    ]


async def figures(viewer: Viewer, keys: Sequence[Figure]) -> list[Any]:
    """The values of the figures; what is about different parents alone shares its statements."""
    position = None
    if any(figure.of is Fact.AS_OF for figure in keys):  # before the rows, so that none is missed
        position = (await change_position(viewer)).encode()
    families: defaultdict[Count, list[Figure]] = defaultdict(list)
    for figure in keys:
        families[replace(figure.sessions, key=None)].append(figure)
    found: dict[Figure, Any] = {}
    for sessions, wanted in families.items():
        found.update(await _Family(viewer, sessions, wanted).read())
    return [position if figure.of is Fact.AS_OF else found[figure] for figure in keys]


class _Family:
    """Figures about the same sessions, or about those of different parents."""

    def __init__(self, viewer: Viewer, sessions: Count, wanted: Iterable[Figure]) -> None:
        self._viewer = viewer
        self._parent = sessions.parent or "NULL"
        self._wanted = dict.fromkeys(wanted)
        self._sessions = sessions
        if sessions.parent is not None:
            parents = sorted({key for f in self._wanted if (key := f.sessions.key) is not None})
            self._sessions = replace(
                sessions,
                where=f"{among(viewer.dialect, sessions.parent)} AND {sessions.where}",
                parameters=(parents, *sessions.parameters),
            )

    async def read(self) -> dict[Figure, Any]:
        """Every figure's value."""
        kinds = {figure.of: None for figure in self._wanted}
        alike: defaultdict[Columns, list[Measure]] = defaultdict(list)
        for of in kinds:
            if isinstance(of, Measure):
                alike[of.computed].append(of)
        values: dict[Any, Any] = {}
        for computed, wanted in alike.items():
            values |= await self._measured(wanted, computed)
        values |= await self._durations([of for of in kinds if isinstance(of, Duration)])
        if Fact.TOP_CHANNEL in kinds:
            values |= await self._top_channels()
        return {
            figure: values.get((figure.sessions.key, figure.of), _of_nothing(figure.of))
            for figure in self._wanted
        }

    async def _measured(self, wanted: Sequence[Measure], computed: Columns) -> dict[Any, Any]:
        parts = list(dict.fromkeys(part for measure in wanted for part in measure.parts))
        places = {part: place for place, part in enumerate(parts, start=1)}
        rows = await self._fetch(parts, computed)
        return {
            (row[0], measure): measure.number(*(row[places[part]] for part in measure.parts))
            for row in rows
            for measure in wanted
        }

    async def _durations(self, wanted: Sequence[Duration]) -> dict[Any, Any]:
        if not wanted:
            return {}
        # One step below: 0.07 × 100 is a little above 7, and the rank is to be the 7th.
        shares = [nextafter(of.quantile, 0.0) for of in wanted]
        read = self._postgres_ranks if self._viewer.dialect == "postgres" else self._sqlite_ranks
        return {
            (parent, wanted[place]): length / 1000
            for parent, place, length in await read(shares)
            if length is not None
        }

    async def _postgres_ranks(self, shares: list[float]) -> list[Values]:
        ranks = "PERCENTILE_DISC(?::float8[]) WITHIN GROUP (ORDER BY s.duration_ms)"
        rows = await self._fetch([Expression(ranks, (shares,))])
        return [(parent, *pair) for parent, found in rows for pair in enumerate(found or ())]

    async def _sqlite_ranks(self, shares: list[float]) -> Sequence[Values]:
        sessions = matched(self._sessions, [self._parent, "s.duration_ms"])
        sql = (
            f"WITH {sessions.sql}"
            " SELECT r.parent, q.key, MIN(r.length) FROM json_each(?) q JOIN ("
            f"SELECT {self._parent} AS parent, s.duration_ms AS length,"
            f" ROW_NUMBER() OVER (PARTITION BY {self._parent} ORDER BY s.duration_ms) AS place,"
            f" COUNT(*) OVER (PARTITION BY {self._parent}) AS number"
            " FROM matched s WHERE s.duration_ms IS NOT NULL"
            ") r ON r.place >= q.value * r.number GROUP BY r.parent, q.key"
        )
        return await self._viewer.fetch(sql, (*sessions.parameters, shares), self._sessions.lane)

    async def _top_channels(self) -> dict[Any, Any]:
        columns = [Expression("s.channel_type"), Expression("COUNT(*)")]
        channels: defaultdict[int | None, list[tuple[int, str]]] = defaultdict(list)
        for parent, channel, number in await self._fetch(columns, by=("s.channel_type",)):
            channels[parent].append((-number, channel))
        return {(parent, Fact.TOP_CHANNEL): _top(found) for parent, found in channels.items()}

    async def _fetch(
        self, columns: Sequence[Expression], computed: Columns = (), by: Sequence[str] = ()
    ) -> Sequence[Values]:
        """The parent and the columns, for each parent and each value of `by`."""
        selected = [self._parent, *(column.sql for column in columns)]
        sessions = matched(self._sessions, selected, computed)
        groups = [*by] if self._parent == "NULL" else [self._parent, *by]
        sql = f"WITH {sessions.sql} SELECT {', '.join(selected)} FROM matched s" + (
            f" GROUP BY {', '.join(groups)}" if groups else ""
        )
        given = [value for part in (sessions, *columns) for value in part.parameters]
        return await self._viewer.fetch(sql, given, self._sessions.lane)


def _top(found: list[tuple[int, str]]) -> Bucket:
    total = -sum(number for number, _channel in found)
    number, channel = min(found)
    return Bucket(channel, spelled(channel), None, float(-number), -number, -number / total)


def _of_nothing(of: Measure | Duration | Fact) -> Any:
    return of.nothing if isinstance(of, Measure) else None
