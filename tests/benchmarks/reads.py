"""Times reads of the large database, each as a client's request costs it, beside one another."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from loaders.api_key import workspace_by_name
from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.record import Dialect, selection
from models.session import Session
from resolvers.administration import DEFAULT_WORKSPACE, operator
from tests.benchmarks.rounds import Spread
from tests.benchmarks.tables import Goal, Table, goal_table
from tests.benchmarks.workbench import DATABASE_NAMES, Workbench

PAGE = 50

Read = Callable[[], Awaitable[object]]
MakeReads = Callable[[Viewer], Awaitable[Mapping[str, Read]]]
Samples = Mapping[str, list[float]]
"""Seconds of the clock for one read, by its name and round."""

_CALLS = 20
_SECONDS = 0.5


def tables(
    kind: str, bench: Workbench, make: MakeReads, goals: Callable[[Samples], Iterator[Goal]]
) -> Iterator[Table]:
    """For each database, milliseconds per read and then the goals."""
    for dialect in bench.dialects:
        name = f"{kind} among {bench.options.scale:,} sessions, {DATABASE_NAMES[dialect]}"
        samples = measured(bench, dialect, make)
        yield milliseconds(name, samples)
        yield goal_table(f"{name}: goals", goals(samples))


def measured(bench: Workbench, dialect: Dialect, make: MakeReads) -> Samples:
    """Each read in turn, round by round, on a connection of the application."""
    url = DatabaseUrl.parse(bench.large(dialect).url)

    async def run() -> Samples:
        async with Database(url) as database:
            workspace = await workspace_by_name(database.lane(), DEFAULT_WORKSPACE)
            assert workspace is not None
            reads = await make(operator(database, workspace, "benchmark"))
            samples: dict[str, list[float]] = {name: [] for name in reads}
            for _round in range(bench.options.rounds):
                for name, read in reads.items():
                    samples[name].append(await _cost(read))
            return samples

    with asyncio.Runner() as runner:
        return runner.run(run())


async def page_by_hand(viewer: Viewer, where: str, values: tuple[Any, ...], offset: int = 0) -> Any:
    """The newest sessions (`s`) that meet a condition, by SQL written for it."""
    sql = (
        f"SELECT {selection(Session, 's')} FROM session s"
        f" WHERE s.workspace_id = ? AND NOT s.is_archived{where}"
        f" ORDER BY s.started_at DESC, s.id DESC LIMIT {PAGE + 1} OFFSET {offset}"
    )
    return await viewer.records(Session, sql, (viewer.workspace_id, *values))


def spreads(samples: Samples) -> dict[str, Spread]:
    """Of the seconds of each read."""
    return {name: Spread.of(found, float) for name, found in samples.items()}


def milliseconds(name: str, samples: Samples) -> Table:
    """A row for each read."""
    rows = [
        (read, Spread.of(found, lambda seconds: seconds * 1000).text(2))
        for read, found in samples.items()
    ]
    return Table(name, ("", "ms per read"), rows)


async def _cost(read: Read) -> float:
    """Of many calls of a quick read, of one call of a slow one."""
    await read()
    calls, spent = 0, 0.0
    started = time.perf_counter()
    while calls < _CALLS and spent < _SECONDS:
        await read()
        calls, spent = calls + 1, time.perf_counter() - started
    return spent / calls
