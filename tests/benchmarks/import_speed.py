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
    cpu_seconds: float
    peak_bytes: int | None
    """None for the floor, which holds what it inserts in memory."""


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
    seconds, cpu_seconds = map(float, run.output.split())
    return _Import(seconds, cpu_seconds, None)


def _cells(bench: Workbench, samples: list[_Import]) -> list[str]:
    messages_per_session = bench.corpus.messages / bench.corpus.sessions
    rate = _rate(bench, samples)
    peaks = [one.peak_bytes for one in samples if one.peak_bytes is not None]
    return [
        rate.text(0),
        f"{rate.median * messages_per_session:,.0f}",
        _cpu(bench, samples).text(2),
        _megabytes(peaks).text(0) if peaks else "",
    ]


def _rate(bench: Workbench, samples: list[_Import]) -> Spread:
    return Spread.of(samples, lambda one: bench.corpus.sessions / one.seconds)


def _cpu(bench: Workbench, samples: list[_Import]) -> Spread:
    return Spread.of(samples, lambda one: one.cpu_seconds / bench.corpus.sessions * 1000)


def _megabytes(sizes: list[int]) -> Spread:
    return Spread.of(sizes, lambda size: size / _MEGABYTE)


def _goals(bench: Workbench, samples: dict[str, list[_Import]]) -> Iterator[Goal]:
    ours, floor = samples[_NAMES["sqlite"]], samples[_FLOOR]
    rate = _rate(bench, ours)
    peaks = [one.peak_bytes for one in ours if one.peak_bytes is not None]
    yield Goal("SQLite, sessions/s", rate, target=1_000, decimals=0)
    yield Goal("SQLite, peak memory, MB", _megabytes(peaks), limit=300, decimals=0)
    yield Goal("sessions/s, SQLite / floor", rate / _rate(bench, floor))
    yield Goal("CPU, floor / SQLite", _cpu(bench, floor) / _cpu(bench, ours))
    if _NAMES["postgres"] in samples:
        ratio = _rate(bench, samples[_NAMES["postgres"]]) / rate
        yield Goal("sessions/s, PostgreSQL / SQLite", ratio, target=0.7)
