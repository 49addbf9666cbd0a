"""The floor of metrics, facets and series: SQL written for these numbers alone.

It knows what the application has to find out: that no filter is given, which dimensions have few
values, that no clock is changed within the window, and which zone there is.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from models.fields import from_ten_thousandths, plain
from models.record import Dialect
from tests.benchmarks.stores import Store

Numbers = dict[str, Any]

_DAYS = 30
_MATCHED = "FROM session s WHERE s.workspace_id = $1 AND NOT s.is_archived"
_METRICS = f"""
SELECT COUNT(*), COUNT(*) FILTER (WHERE s.ended_at IS NULL),
  COUNT(*) FILTER (WHERE s.status = 'COMPLETED'), COUNT(*) FILTER (WHERE s.status = 'FAILED'),
  SUM(s.message_count), COUNT(DISTINCT s.contact_id), SUM(s.duration_ms), COUNT(s.duration_ms),
  SUM(s.first_response_ms), COUNT(s.first_response_ms), COUNT(*) FILTER (WHERE s.has_handoff),
  COUNT(*) FILTER (WHERE s.is_lead AND NOT s.is_test),
  SUM(s.additional_secured_revenue) FILTER (WHERE NOT s.is_test AND s.currency = 'USD')
{_MATCHED}
"""
_GOALS = """
SELECT SUM(completed), COUNT(*) FROM (
  SELECT MAX(CASE o.status WHEN 'COMPLETED' THEN 1 ELSE 0 END) AS completed
  FROM goal_outcome o JOIN session s ON s.id = o.session_id
  WHERE s.workspace_id = $1 AND NOT s.is_archived GROUP BY o.session_id
) outcomes
"""
_MEDIAN: dict[Dialect, str] = {
    "sqlite": f"""
WITH lengths AS MATERIALIZED (SELECT s.duration_ms {_MATCHED} AND s.duration_ms IS NOT NULL)
SELECT duration_ms FROM lengths ORDER BY duration_ms
LIMIT 1 OFFSET (SELECT (COUNT(*) + 1) / 2 - 1 FROM lengths)
""",
    "postgres": f"SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY s.duration_ms) {_MATCHED}",
}
_CHANNEL = f"""
SELECT s.channel_type, COUNT(*) {_MATCHED} GROUP BY s.channel_type ORDER BY 2 DESC, 1 LIMIT 1
"""
_FACETS = f"SELECT s.status, s.channel_type, s.topic, COUNT(*) {_MATCHED} GROUP BY 1, 2, 3"
_LABELS = """
SELECT l.name, found.sessions FROM (
  SELECT d.label_id, COUNT(*) AS sessions FROM session s
  LEFT JOIN session_label d ON d.session_id = s.id
  WHERE s.workspace_id = $1 AND NOT s.is_archived GROUP BY d.label_id
) found LEFT JOIN label l ON l.id = found.label_id
"""
_DAY: dict[Dialect, str] = {
    "sqlite": "(s.started_at - $2) / 86400000",
    "postgres": "CAST(EXTRACT(EPOCH FROM s.started_at - $2) AS BIGINT) / 86400",
}


def numbers_of(data: Any) -> Numbers:
    """What the application answers, in the shape of the floor."""
    match data:
        case {"sessionMetrics": metrics}:
            secured = Decimal(metrics["additionalSecuredRevenue"])
            return {**metrics, "additionalSecuredRevenue": secured}
        case {"sessionFacets": facets}:
            return {facet["dimension"]: _counts(facet) for facet in facets}
        case {"sessionTimeSeries": found}:
            return {
                series["key"]: [point["value"] for point in series["points"]]
                for series in found["series"]
            }
        case _:
            raise AssertionError(data)


def _counts(facet: Any) -> dict[str | None, int]:
    counts = {bucket["label"]: bucket["count"] for bucket in facet["buckets"]}
    if facet["dimension"] in {"STATUS", "CHANNEL_TYPE"}:  # the floor does not spell them
        counts = {str(number): number for number in counts.values()}
    return {**counts, None: facet["missingCount"]} if facet["missingCount"] else {**counts}


async def floor(store: Store, dialect: Dialect, workspace_id: int) -> "Floor":
    """With the thirty days, in UTC, that end with the newest session's."""
    async with store.connection() as connection:
        rows = await connection.fetch(f"SELECT MAX(s.started_at) {_MATCHED}", workspace_id)
    newest = store.moment(rows[0][0])
    end = newest.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Floor(store, dialect, workspace_id, end)


@dataclass(frozen=True)
class Floor:
    """Answers by hand."""

    store: Store
    dialect: Dialect
    workspace_id: int
    end: datetime

    @property
    def window(self) -> dict[str, Any]:
        """The variables of the series."""
        start = self.end - timedelta(days=_DAYS)
        return {"from": start.isoformat(), "to": self.end.isoformat()}

    async def metrics(self) -> Numbers:
        """One statement for what can be, one each for the rest."""
        ((total, active, completed, failed, messages, contacts, *sums),) = await self._rows(
            _METRICS
        )
        length, lengths, response, responses, handoffs, leads, secured = sums
        ((reached, pursued),) = await self._rows(_GOALS)
        ((median,),) = await self._rows(_MEDIAN[self.dialect])
        ((channel, sessions),) = await self._rows(_CHANNEL)
        return {
            "totalSessions": total,
            "activeSessions": active,
            "completedSessions": completed,
            "failedSessions": failed,
            "messages": messages,
            "contacts": contacts,
            "averageDurationSeconds": float(length) / (lengths * 1000),
            "averageFirstResponseSeconds": float(response) / (responses * 1000),
            "handoffRate": handoffs / total,
            "leads": leads,
            "additionalSecuredRevenue": _money(secured),
            "goalCompletionRate": float(reached) / pursued,
            "median": median / 1000,
            "topChannel": {"key": channel, "count": sessions},
        }

    async def facets(self) -> Numbers:
        """Three dimensions of few values in one go, and the labels."""
        statuses, channels, topics = Counter[str](), Counter[str](), Counter[str | None]()
        for status, channel, topic, number in await self._rows(_FACETS):
            statuses[status] += number
            channels[channel] += number
            topics[topic] += number
        return {
            "STATUS": {str(number): number for number in statuses.values()},
            "CHANNEL_TYPE": {str(number): number for number in channels.values()},
            "TOPIC": dict(topics),
            "LABEL": {row[0]: row[1] for row in await self._rows(_LABELS)},
        }

    async def series(self) -> Numbers:
        """Days of 24 hours, by division."""
        start = self.end - timedelta(days=_DAYS)
        instants = [self.store.instant(int(at.timestamp() * 1000)) for at in (start, self.end)]
        sql = (
            f"SELECT s.channel_type, {_DAY[self.dialect]}, COUNT(*) {_MATCHED}"
            " AND s.started_at >= $2 AND s.started_at < $3 GROUP BY 1, 2"
        )
        found: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * _DAYS)
        for channel, day, number in await self._rows(sql, *instants):
            found[channel][day] = float(number)
        return dict(found)

    async def _rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        async with self.store.connection() as connection:
            return await connection.fetch(sql, self.workspace_id, *values)


def _money(amount: Any) -> Decimal:
    return from_ten_thousandths(amount) if isinstance(amount, int) else plain(amount or Decimal(0))
