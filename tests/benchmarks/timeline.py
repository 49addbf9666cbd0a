"""The timeline page: the application beside its floor and beside naive versions of itself.

Every server has the same data, one process and the same settings. All of them run at once and are
loaded in turn; before that their answers are compared.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from models.record import Dialect
from server.app import GRAPHQL
from tests.benchmarks import floor, naive, page
from tests.benchmarks.contender import Contender, Sample
from tests.benchmarks.processes import Server, running
from tests.benchmarks.rounds import Spread, interleaved
from tests.benchmarks.tables import Goal, Table, goal_table
from tests.benchmarks.workbench import DATABASE_NAMES, Imported, Workbench

_DEEP_PAGE = 200
_LARGEST_PAGE = 100
_WARM_UP_SECONDS = 0.5
_SERVE = "tests.benchmarks.serve"
_OURS, _FLOOR, _NAIVE, _CACHED = "application", "floor", "naive", "naive with caches and orjson"


@dataclass(frozen=True)
class Timeline:
    """A contender, and how it is asked for a page of its timeline."""

    contender: Contender
    document: str | None = None
    """None where only the arguments are sent."""

    def body(self, first: int, after: str | None) -> str:
        """The request for a page."""
        arguments = {"first": first, "after": after}
        asked: dict[str, Any] = (
            arguments if self.document is None else {"query": self.document, "variables": arguments}
        )
        return orjson.dumps(asked).decode()

    def page(self, first: int, after: str | None) -> page.Answer:
        """Read one page."""
        return page.Answer(self.contender.ask(self.body(first, after)))

    def cursor_after(self, rows: int) -> str | None:
        """Walk so many rows from the start."""
        after: str | None = None
        while rows:
            step = min(rows, _LARGEST_PAGE)
            after = self.page(step, after).end_cursor
            rows -= step
        return after

    def sample(self, after: str | None, seconds: float) -> Sample:
        """Load it with one page."""
        return self.contender.sample(self.body(page.SIZE, after), seconds)


Run = tuple[str, int]
"""A contender's name and the number of the page."""
Samples = dict[Run, list[Sample]]


def timeline_pages(bench: Workbench) -> Iterator[Table]:
    """For each database, the figures and then the ratios."""
    deep = max(1, min(_DEEP_PAGE, bench.corpus.sessions // page.SIZE))
    for dialect in bench.dialects:
        with ExitStack() as stack:
            timelines = _started(stack, bench.imported(dialect), bench.folder)
            cursors = _compared(timelines, deep)
            samples = _sampled(bench, timelines, cursors)
        name = f"Timeline page of {page.SIZE}, {DATABASE_NAMES[dialect]}"
        yield _figures(name, samples)
        yield goal_table(f"{name}: goals", _goals(dialect, samples, deep))


def _started(stack: ExitStack, imported: Imported, folder: Path) -> dict[str, Timeline]:
    """The application first, because the floor's cursors are to look like its."""

    def start(module: str, *arguments: str) -> Server:
        log = folder / "servers.log"
        return stack.enter_context(running(module, *arguments, database_url=imported.url, log=log))

    key = {"Authorization": f"Bearer {imported.token}"}
    ours = Timeline(Contender(start("server", "serve"), GRAPHQL, key), page.DOCUMENT)
    mark = page.mark_of(ours.page(1, None).end_cursor)
    by_hand = start(_SERVE, "floor", "--cursor-mark", mark)
    return {
        _OURS: ours,
        _FLOOR: Timeline(Contender(by_hand, floor.PATH)),
        _NAIVE: Timeline(Contender(start(_SERVE, "naive"), naive.PATH), page.DOCUMENT),
        _CACHED: Timeline(Contender(start(_SERVE, "naive-with-caches"), naive.PATH), page.DOCUMENT),
    }


def _compared(timelines: Mapping[str, Timeline], deep: int) -> dict[Run, str | None]:
    """The cursor of each run, once all have been seen to give the same answers."""
    cursors: dict[Run, str | None] = {}
    for number in sorted({1, deep}):
        answers: dict[str, page.Answer] = {}
        for name, timeline in timelines.items():
            cursors[name, number] = timeline.cursor_after((number - 1) * page.SIZE)
            answers[name] = timeline.page(page.SIZE, cursors[name, number])
        assert answers[_FLOOR].text() == answers[_OURS].text(), "the floor answers differently"
        for name in (_NAIVE, _CACHED):
            assert answers[name].shown() == answers[_OURS].shown(), f"{name} answers differently"
    return cursors


def _sampled(
    bench: Workbench, timelines: Mapping[str, Timeline], cursors: Mapping[Run, str | None]
) -> Samples:
    runs: dict[Run, Callable[[], Sample]] = {}
    for (name, number), cursor in cursors.items():
        timelines[name].sample(cursor, _WARM_UP_SECONDS)
        runs[name, number] = partial(timelines[name].sample, cursor, bench.options.seconds)
    return interleaved(bench.options.rounds, runs)


def _figures(title: str, samples: Samples) -> Table:
    rows = [
        (
            f"{name}, page {number}",
            Spread.of(found, lambda one: one.throughput).text(0),
            Spread.of(found, lambda one: one.cpu).text(2),
            f"{Spread.of(found, lambda one: one.outcome.median_latency).median * 1000:,.1f}",
            f"{Spread.of(found, lambda one: one.outcome.p99_latency).median * 1000:,.1f}",
        )
        for (name, number), found in samples.items()
    ]
    busiest = max(one.generator_share for found in samples.values() for one in found)
    note = f"The load generator used at most {busiest:.0%} of a core."
    columns = ("", "requests/s", "CPU ms/request", "p50 ms", "p99 ms")
    return Table(title, columns, rows, note)


def _goals(dialect: Dialect, samples: Samples, deep: int) -> Iterator[Goal]:
    rate = {run: Spread.of(found, lambda one: one.throughput) for run, found in samples.items()}
    cpu = {run: Spread.of(found, lambda one: one.cpu) for run, found in samples.items()}
    floor_goal = 0.55 if dialect == "sqlite" else 0.70
    cpu_goal = None if dialect == "sqlite" else 0.60
    for number in sorted({1, deep}):
        ours, base = (_OURS, number), (_FLOOR, number)
        plain, cached = (_NAIVE, number), (_CACHED, number)
        place = f"page {number}"
        yield Goal(f"requests/s, application / floor, {place}", rate[ours] / rate[base], floor_goal)
        yield Goal(f"CPU, floor / application, {place}", cpu[base] / cpu[ours], cpu_goal)
        yield Goal(f"requests/s, application / naive, {place}", rate[ours] / rate[plain], 2)
        yield Goal(f"CPU, naive / application, {place}", cpu[plain] / cpu[ours])
        yield Goal(f"requests/s, application / {_CACHED}, {place}", rate[ours] / rate[cached], 20)
    near, far = (_OURS, 1), (_OURS, deep)
    yield Goal(f"time, page {deep} / page 1", rate[near] / rate[far], limit=1.2)
    yield Goal(f"CPU, page {deep} / page 1", cpu[far] / cpu[near], limit=1.2)
