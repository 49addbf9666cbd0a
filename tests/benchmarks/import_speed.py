"""How fast the `import` command is, and how much memory it takes.

Whole commands are timed, start-up and migration included, as an operator meets them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from models.record import Dialect
from tests.benchmarks.processes import run_module
from tests.benchmarks.rounds import Spread, interleaved
from tests.benchmarks.tables import Goal, Table, goal_table
from tests.benchmarks.workbench import Workbench

_MOST_ROUNDS = 3
"""An import takes long enough to even out what disturbs it."""
_MEGABYTE = 1_000_000
_NAMES: dict[Dialect, str] = {"sqlite": "import, SQLite", "postgres": "import, PostgreSQL"}
_FLOOR = "floor, SQLite"


@dataclass(frozen=True)
class _Import:
    seconds: float
    cpu_seconds: float = 0.0
    peak_bytes: int = 0


def import_speed(bench: Workbench) -> Iterator[Table]:
    """The application on each database, and the floor on SQLite, in turn."""
    runs: dict[str, Callable[[], _Import]] = {
        _NAMES[dialect]: partial(_application, bench, dialect) for dialect in bench.dialects
    }
    runs[_FLOOR] = partial(_floor, bench)
    samples = interleaved(min(bench.options.rounds, _MOST_ROUNDS), runs)
    yield Table(
        f"Import of {bench.corpus.sessions:,} sessions with {bench.corpus.messages:,} messages",
        ("", "sessions/s", "messages/s", "CPU ms/session", "peak memory, MB"),
        [(name, *_cells(bench, found)) for name, found in samples.items()],
    )
    yield goal_table("Import: goals", _goals(bench, samples))


def _application(bench: Workbench, dialect: Dialect) -> _Import:
    with bench.fresh(dialect) as url:
        run = run_module("server", "import", str(bench.corpus.path), database_url=url)
    return _Import(run.seconds, run.cpu_seconds, run.peak_bytes)


def _floor(bench: Workbench) -> _Import:
    origin = bench.imported("sqlite").url.removeprefix("sqlite://")
    with bench.fresh("sqlite") as url:
        run_module("server", "migrate", database_url=url)
        paths = (str(bench.corpus.path), origin)
        run = run_module("tests.benchmarks.import_floor", *paths, database_url=url)
    return _Import(float(run.output))


def _cells(bench: Workbench, samples: list[_Import]) -> list[str]:
    sessions, messages = bench.corpus.sessions, bench.corpus.messages
    cells = [
        Spread.of(samples, lambda one: sessions / one.seconds).text(0),
        f"{Spread.of(samples, lambda one: messages / one.seconds).median:,.0f}",
    ]
    if not samples[0].peak_bytes:
        return [*cells, "", ""]
    cpu = Spread.of(samples, lambda one: one.cpu_seconds / sessions * 1000)
    return [*cells, cpu.text(2), Spread.of(samples, lambda one: one.peak_bytes / _MEGABYTE).text(0)]


def _goals(bench: Workbench, samples: dict[str, list[_Import]]) -> Iterator[Goal]:
    rates = {
        name: Spread.of(found, lambda one: bench.corpus.sessions / one.seconds)
        for name, found in samples.items()
    }
    ours = rates[_NAMES["sqlite"]]
    memory = Spread.of(samples[_NAMES["sqlite"]], lambda one: one.peak_bytes / _MEGABYTE)
    yield Goal("SQLite, sessions/s", ours, target=1_000, decimals=0)
    yield Goal("SQLite, peak memory, MB", memory, limit=300, decimals=0)
    yield Goal("sessions/s, SQLite / floor", ours / rates[_FLOOR])
    if _NAMES["postgres"] in rates:
        ratio = rates[_NAMES["postgres"]] / ours
        yield Goal("sessions/s, PostgreSQL / SQLite", ratio, target=0.7)
