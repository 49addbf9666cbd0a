"""The law of the filter: SQL finds on both databases what plain Python says that it means."""

import asyncio
import secrets
from typing import Any
from zlib import crc32

import orjson
import pytest
import strawberry
from hypothesis import HealthCheck, given, settings

from loaders.prepared_filter import prepared
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from resolvers.administration import create_workspace
from resolvers.context import Context
from schema.build import build_schema
from schema.inputs.document import parsed
from schema.inputs.session_filter import SessionFilter
from subscriptions.hub import Hub
from tests.reads.evaluator import Facts, Filter, finds
from tests.reads.filters import filters
from tests.reads.world import World, populate

SEED = 7
COUNTED_EVERY = 8
"""Numbers take many statements, so not every filter is counted."""


async def entered(database: Database) -> tuple[Viewer, World]:
    await database.open()
    workspace = await create_workspace(database, f"law {secrets.token_hex(6)}")
    viewer = Viewer(database, workspace, "tester", frozenset(Scope))
    return viewer, await populate(viewer, SEED)


async def found(viewer: Viewer, filter: Filter) -> set[int]:
    wanted = await prepared(viewer, parsed(SessionFilter, orjson.dumps(filter)))
    rows = sessions_of(viewer, wanted)
    sql = f"SELECT s.id FROM {rows.table.source} WHERE {rows.where.sql}"
    return {row[0] for row in await viewer.fetch(sql, rows.where.bound(viewer.now()))}


NUMBERS = """
query ($filter: SessionFilter) {
  sessions(filter: $filter, first: 1) { totalCount metrics { totalSessions } }
  sessionMetrics(filter: $filter) { totalSessions completedSessions activeSessions leads }
  sessionFacets(filter: $filter, limit: 1, by: [STATUS TOPIC SENTIMENT CHANNEL HANDLED_BY]) {
    buckets { count } otherCount missingCount
  }
  sessionTimeSeries(
    filter: $filter, granularity: HOUR, splitBy: CHANNEL_TYPE, limit: 50
    window: {from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z"}
  ) { series { points { value } } }
}
"""


async def counted(viewer: Viewer, schema: strawberry.Schema, filter: Filter) -> dict[str, Any]:
    context = Context(viewer, Hub(viewer.database))
    answer = await schema.execute(NUMBERS, {"filter": filter}, context_value=context)
    assert answer.errors is None, answer.errors
    assert answer.data is not None
    return answer.data


def assert_agrees(numbers: dict[str, Any], meant: list[Facts]) -> None:
    """Each number of a filter is that of the sessions which plain Python says it means."""
    total, metrics = len(meant), numbers["sessionMetrics"]
    assert numbers["sessions"] == {"totalCount": total, "metrics": {"totalSessions": total}}
    assert metrics == {
        "totalSessions": total,
        "completedSessions": sum(facts["status"] == "COMPLETED" for facts in meant),
        "activeSessions": sum(facts["endedAt"] is None for facts in meant),
        "leads": sum(facts["isLead"] is True and not facts["isTest"] for facts in meant),
    }
    for facet in numbers["sessionFacets"]:
        shown = sum(bucket["count"] for bucket in facet["buckets"])
        assert shown + facet["otherCount"] + facet["missingCount"] == total
    series = numbers["sessionTimeSeries"]["series"]
    assert sum(point["value"] for one in series for point in one["points"]) == total


@pytest.mark.parametrize(
    ("examples", "derandomize"),
    [(1200, True), pytest.param(15_000, False, marks=pytest.mark.slow)],
)
def test_a_filter_finds_what_it_means(
    database_url: DatabaseUrl, examples: int, derandomize: bool
) -> None:
    database, schema = Database(database_url), build_schema()
    with asyncio.Runner() as runner:
        viewer, world = runner.run(entered(database))

        @settings(
            max_examples=examples,
            derandomize=derandomize,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @given(filters(world))
        def law(filter: Filter) -> None:
            meant = {
                key for key, facts in world.sessions.items() if finds(filter, facts, world.views)
            }
            assert runner.run(found(viewer, filter)) == meant
            if crc32(orjson.dumps(filter)) % COUNTED_EVERY == 0:
                numbers = runner.run(counted(viewer, schema, filter))
                assert_agrees(numbers, [world.sessions[key] for key in meant])

        try:
            law()
        finally:
            runner.run(database.close())
