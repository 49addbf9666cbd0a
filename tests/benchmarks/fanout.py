"""Live streams: what a delivery costs when many subscribers follow the same lists.

The application beside graphql-ws on Node and beside stock Strawberry, which both execute once per
subscriber and event. All servers run at once with their subscribers connected and are loaded in
turn: with as many changes as keep them busy, and at a steady pace.
"""

import asyncio
import resource
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import uvloop

from tests.benchmarks.fanout_sides import (
    TOPICS,
    Filters,
    Side,
    application,
    event_of,
    peer,
    shared,
    unshared,
    write_sessions,
)
from tests.benchmarks.fanout_turns import (
    PER_SECOND,
    REPLAYED,
    Cost,
    Sample,
    joined,
    paced,
    replays,
    saturated,
    warmed,
)
from tests.benchmarks.node_peer import NoNodeError, installed, node_running
from tests.benchmarks.processes import Server, run_module, running
from tests.benchmarks.rounds import Spread, interleaved
from tests.benchmarks.tables import Goal, Table, goal_table
from tests.benchmarks.workbench import Workbench

_OURS, _ALONE, _STOCK, _NODE = "application", "application, unshared", "Strawberry", "Node"
_BURSTS = {_OURS: 1_000, _ALONE: 40, _STOCK: 40, _NODE: 400}
"""Changes that each works on for some seconds; a subscriber's queue in ours holds 100 events."""
_SECONDS = 120
"""After so many no other round begins."""
_MOST_ROUNDS, _MOST_REPLAYS = 3, 1
_MOST_SLOW = 1_000
"""Subscribers of those that need seconds of CPU to have more, and are no faster with them."""
_MANY = 5_000
"""Subscribers for which the latency has a goal."""
_SETTINGS = {"sweeper": "false", "max_connections_per_key": "100000"}
"""Nothing but the measure writes, and one key will do."""

Turn = tuple[str, str]
"""Whose, and how it is loaded."""
Samples = Mapping[Turn, list[Sample]]
_SATURATED, _PACED = "saturated", "paced"


def fanout(bench: Workbench) -> Iterator[Table]:
    """The costs of being there, deliveries, a replay, and the ratios."""
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket is a file; servers inherit
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, ExitStack() as stack:
        yield from _measured(_Fanout(bench, stack, runner))


class _Fanout:
    """What a run has started."""

    def __init__(self, bench: Workbench, stack: ExitStack, runner: asyncio.Runner) -> None:
        self.bench = bench
        self.sides: dict[str, Side] = {}
        self.run = runner.run
        self.missing = ""
        self._stack = stack
        self._log = bench.folder / "servers.log"

    def start_application(self) -> None:
        """Twice, because all subscribers of one would hear its changes."""
        write_sessions(self.bench.folder / "fanout.ndjson")
        self._add(_OURS, self._application(shared, _BURSTS[_OURS]))
        self._add(_ALONE, self._application(unshared, _BURSTS[_ALONE]))

    def start_peers(self, event: Mapping[str, Any]) -> None:
        """As many as there are."""
        nowhere = f"sqlite://{self.bench.folder / 'none.db'}"
        serve = partial(running, "tests.benchmarks.serve", "fanout-peer", log=self._log)
        stock = self._stack.enter_context(serve(database_url=nowhere))
        self._add(_STOCK, peer(stock, event, _BURSTS[_STOCK]))
        try:
            program = installed(self.bench.folder)
        except NoNodeError as error:
            self.missing = f"graphql-ws on Node is left out: {error}. "
        else:
            node = self._stack.enter_context(node_running(program, self._log))
            self._add(_NODE, peer(node, event, _BURSTS[_NODE]))

    def subscribers(self, name: str) -> int:
        """How many a side has."""
        wanted = self.bench.options.subscribers
        return min(wanted, _MOST_SLOW) if name in {_ALONE, _STOCK} else wanted

    def _application(self, filters: Filters, burst: int) -> Side:
        url = self._stack.enter_context(self.bench.fresh("sqlite"))
        run_module("server", "import", str(self.bench.folder / "fanout.ndjson"), database_url=url)
        create = ("keys", "create", "--name", "fanout", "--scopes", "ADMIN")
        token = run_module("server", *create, database_url=url).output.strip()
        started = running("server", "serve", database_url=url, log=self._log, **_SETTINGS)
        server: Server = self._stack.enter_context(started)
        return application(server, token, url, filters, burst)

    def _add(self, name: str, side: Side) -> None:
        self.sides[name] = side
        self._stack.callback(lambda: self.run(side.close()))


def _measured(run: _Fanout) -> Iterator[Table]:
    began = time.perf_counter()
    options = run.bench.options
    run.start_application()
    replayed = run.run(replays(run.sides[_OURS], min(options.rounds, _MOST_REPLAYS)))
    run.start_peers(event_of(run.run(warmed(run.sides[_OURS]))))
    for name in run.sides.keys() - {_OURS}:
        run.run(warmed(run.sides[name]))
    costs = {name: run.run(joined(side, run.subscribers(name))) for name, side in run.sides.items()}
    samples = _rounds(run, began)
    where = f"{options.subscribers:,} subscribers in {TOPICS} cohorts, SQLite"
    yield _costs(f"Live streams: {where}", costs)
    title = f"Deliveries: {where}, {PER_SECOND} changes/s when paced"
    yield _figures(title, samples, f"{run.missing}{_generator(samples)}")
    goals = [*_goals(options.subscribers, samples, costs), *_replay_goals(replayed)]
    yield goal_table("Live streams: goals", goals)


def _rounds(run: _Fanout, began: float) -> Samples:
    """As many as there is time for, and one at least."""
    turns = _turns(run)
    samples: dict[Turn, list[Sample]] = {turn: [] for turn in turns}
    for _ in range(min(run.bench.options.rounds, _MOST_ROUNDS)):
        for turn, found in interleaved(1, turns).items():
            samples[turn] += found
        if time.perf_counter() - began > _SECONDS:
            break
    return samples


def _turns(run: _Fanout) -> dict[Turn, Callable[[], Sample]]:
    """Stock Strawberry cannot keep the pace, and the unshared case need not."""

    def ready(turn: Callable[[], Coroutine[Any, Any, Sample]]) -> Callable[[], Sample]:
        return lambda: run.run(turn())

    turns = {
        (name, _SATURATED): ready(partial(saturated, side)) for name, side in run.sides.items()
    }
    for name in (_OURS, _NODE):
        if name in run.sides:
            turn = partial(paced, run.sides[name], run.bench.options.seconds)
            turns[name, _PACED] = ready(turn)
    return turns


def _costs(title: str, costs: Mapping[str, Cost]) -> Table:
    rows = [
        (
            name,
            f"{one.connect:.2f}",
            f"{one.subscribe:.2f}",
            f"{one.idle:.1f}",
            f"{one.subscribed:.1f}",
        )
        for name, one in costs.items()
    ]
    cpu = ("connect + init, CPU ms", "subscribe, CPU ms")
    return Table(title, ("", *cpu, "KiB per idle socket", "with its subscription"), rows)


def _figures(title: str, samples: Samples, note: str) -> Table:
    rows = [
        (
            f"{name}, {how}",
            Spread.of(found, lambda one: one.rate).text(0),
            Spread.of(found, lambda one: one.per_cpu_second).text(0),
            f"{Spread.of(found, lambda one: one.median_latency).median * 1000:,.1f}",
            f"{Spread.of(found, lambda one: one.p99_latency).median * 1000:,.1f}",
        )
        for (name, how), found in samples.items()
    ]
    rows = [row if row[0].endswith(_PACED) else (*row[:3], "", "") for row in rows]
    columns = ("", "deliveries/s", "deliveries per CPU second", "p50 ms", "p99 ms")
    return Table(title, columns, rows, note)


def _generator(samples: Samples) -> str:
    busiest = max(one.generator_share for found in samples.values() for one in found)
    return f"The load generator used at most {busiest:.0%} of a core."


def _goals(subscribers: int, samples: Samples, costs: Mapping[str, Cost]) -> Iterator[Goal]:
    rate = {run: Spread.of(found, lambda one: one.rate) for run, found in samples.items()}
    cpu = {run: Spread.of(found, lambda one: one.per_cpu_second) for run, found in samples.items()}
    ours, alone = (_OURS, _SATURATED), (_ALONE, _SATURATED)
    for name, target, target_alone in ((_STOCK, 12, 2.5), (_NODE, 3, 0.75)):
        theirs = (name, _SATURATED)
        if theirs in samples:
            yield Goal(f"deliveries/s, application / {name}", rate[ours] / rate[theirs], target)
            yield Goal(f"deliveries per CPU second, application / {name}", cpu[ours] / cpu[theirs])
            yield Goal(f"deliveries/s, unshared / {name}", rate[alone] / rate[theirs], target_alone)
    if (_NODE, _PACED) in samples:
        own, late = (
            Spread.of(samples[name, _PACED], lambda one: one.p99_latency) for name in (_OURS, _NODE)
        )
        limit = 0.5 if subscribers >= _MANY else None
        yield Goal("paced p99, application / Node", own / late, limit=limit)
    yield Goal("KiB per idle socket", Spread([costs[_OURS].idle]), limit=32, decimals=1)


def _replay_goals(replayed: list[Sample]) -> Iterator[Goal]:
    name = f"replay of {REPLAYED:,} changes by one subscriber"
    yield Goal(f"{name}, changes/s", Spread.of(replayed, lambda one: one.rate), decimals=0)
    per_change = Spread.of(replayed, lambda one: one.cpu_seconds / one.deliveries * 1000)
    yield Goal(f"{name}, CPU ms/change", per_change)
