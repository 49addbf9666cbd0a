"""Metrics, facets and a series: the application beside the best SQL by hand for the same numbers.

Both run in one process, on the same data, through their own drivers; what is compared is the time
of one answer. Before that the numbers are compared.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from loaders.api_key import workspace_by_name
from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.record import Dialect
from resolvers.administration import DEFAULT_WORKSPACE
from resolvers.context import Context
from schema.build import build_schema
from subscriptions.hub import Hub
from tests.benchmarks import aggregates_floor
from tests.benchmarks.rounds import Spread, interleaved
from tests.benchmarks.stores import opened
from tests.benchmarks.tables import Goal, Table, goal_table
from tests.benchmarks.workbench import DATABASE_NAMES, Workbench

_LIMIT = 1.5
_DOCUMENTS: Mapping[str, str] = {
    "metrics": """{
      sessionMetrics {
        totalSessions activeSessions completedSessions failedSessions messages contacts
        averageDurationSeconds averageFirstResponseSeconds handoffRate leads
        additionalSecuredRevenue goalCompletionRate
        median: durationSecondsQuantile(q: 0.5) topChannel { key count }
      }
    }""",
    "four facets": """{
      sessionFacets(by: [STATUS, CHANNEL_TYPE, TOPIC, LABEL], limit: 1000) {
        dimension buckets { label count } missingCount
      }
    }""",
    "30-day series by channel": """query ($from: DateTime!, $to: DateTime!) {
      sessionTimeSeries(window: {from: $from, to: $to}, splitBy: CHANNEL_TYPE, limit: 50) {
        series { key points { value } }
      }
    }""",
}


@dataclass(frozen=True)
class Application:
    """The schema as the server executes it, without its doors."""

    viewer: Viewer
    schema: Any
    hub: Hub

    async def ask(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The data of one answer."""
        result = await self.schema.execute(
            document, variable_values=variables, context_value=Context(self.viewer, self.hub)
        )
        assert not result.errors, result.errors
        data: dict[str, Any] = result.data
        return data


Answer = Callable[[], Coroutine[Any, Any, Any]]


def aggregates(bench: Workbench) -> Iterator[Table]:
    """For each database, milliseconds and ratios."""
    for dialect in bench.dialects:
        with asyncio.Runner() as runner:
            url = DatabaseUrl.parse(bench.large(dialect).url)
            samples = _sampled(bench, runner, url)
        yield from _tables(dialect, samples)


Samples = dict[tuple[str, str], list[float]]


def _sampled(bench: Workbench, runner: asyncio.Runner, url: DatabaseUrl) -> Samples:
    stack = AsyncExitStack()
    try:
        ours, by_hand = runner.run(_opened(stack, url))
        for name in _DOCUMENTS:
            told, expected = runner.run(ours[name]()), runner.run(by_hand[name]())
            assert aggregates_floor.numbers_of(told) == expected, f"{name}: the numbers differ"
        runs = {
            (contender, name): partial(_timed, runner, answers[name], bench.options.seconds)
            for name in _DOCUMENTS
            for contender, answers in (("application", ours), ("by hand", by_hand))
        }
        return interleaved(bench.options.rounds, runs)
    finally:
        runner.run(stack.aclose())


async def _opened(
    stack: AsyncExitStack, url: DatabaseUrl
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """The answers of both, by what is measured."""
    database = await stack.enter_async_context(Database(url))
    workspace = await workspace_by_name(database.lane(), DEFAULT_WORKSPACE)
    assert workspace is not None
    viewer = Viewer(database, workspace, "benchmarks", frozenset(Scope))
    application = Application(viewer, build_schema(), Hub(database))
    store = await stack.enter_async_context(opened(url))
    floor = await aggregates_floor.floor(store, url.dialect, workspace.id)
    ours: dict[str, Answer] = {
        name: partial(application.ask, document, floor.window if "$from" in document else {})
        for name, document in _DOCUMENTS.items()
    }
    by_hand: tuple[Answer, ...] = (floor.metrics, floor.facets, floor.series)
    return ours, dict(zip(_DOCUMENTS, by_hand, strict=True))


def _timed(runner: asyncio.Runner, answer: Answer, seconds: float) -> float:
    """Milliseconds of an answer: the mean of as many as the time allows, at least one."""

    async def repeated() -> float:
        started, count = perf_counter(), 0
        while not count or perf_counter() - started < seconds:
            await answer()
            count += 1
        return (perf_counter() - started) / count * 1000

    return runner.run(repeated())


def _tables(dialect: Dialect, samples: Samples) -> Iterator[Table]:
    title = f"Metrics, facets and series, {DATABASE_NAMES[dialect]}"
    spreads = {run: Spread(found) for run, found in samples.items()}
    rows = [
        (f"{name}, {contender}", spreads[contender, name].text(1)) for contender, name in samples
    ]
    yield Table(title, ("", "ms"), rows)
    goals = [
        Goal(
            f"time, application / by hand, {name}",
            spreads["application", name] / spreads["by hand", name],
            limit=_LIMIT,
        )
        for name in _DOCUMENTS
    ]
    yield goal_table(f"{title}: goals", goals)
