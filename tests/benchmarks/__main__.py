"""`python -m tests.benchmarks`: run the measures and print their tables."""

import platform
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from os import cpu_count, getloadavg
from pathlib import Path
from typing import Annotated

import typer

from tests.benchmarks.aggregates import aggregates
from tests.benchmarks.analysis import analysis
from tests.benchmarks.analysis_quality import analysis_quality
from tests.benchmarks.fanout import fanout
from tests.benchmarks.finding import finding
from tests.benchmarks.import_speed import import_speed
from tests.benchmarks.searching import searching
from tests.benchmarks.statements import statement_counts
from tests.benchmarks.tables import Table
from tests.benchmarks.timeline import timeline_pages
from tests.benchmarks.workbench import Options, Workbench, workbench
from tests.benchmarks.writing import writing

_POSTGRES = "SESSIONGRAPH_TEST_POSTGRES_URL"


class Name(StrEnum):
    """What there is to measure."""

    STATEMENTS = "statements"
    TIMELINE = "timeline"
    AGGREGATES = "aggregates"
    IMPORT = "import"
    FINDING = "finding"
    SEARCH = "search"
    WRITING = "writing"
    FANOUT = "fanout"
    ANALYSIS = "analysis"
    ANALYSIS_QUALITY = "analysis-quality"


_MEASURES: Mapping[Name, Callable[[Workbench], Iterator[Table]]] = {
    Name.STATEMENTS: statement_counts,
    Name.TIMELINE: timeline_pages,
    Name.AGGREGATES: aggregates,
    Name.IMPORT: import_speed,
    Name.FINDING: finding,
    Name.SEARCH: searching,
    Name.WRITING: writing,
    Name.FANOUT: fanout,
    Name.ANALYSIS: analysis,
    Name.ANALYSIS_QUALITY: analysis_quality,
}


def main(
    *,
    sessions: Annotated[
        int | None, typer.Option(min=1, help="Sessions to import; by default, all of the corpus.")
    ] = None,
    only: Annotated[
        list[Name] | None, typer.Option(help="A measure to run; may be given several times.")
    ] = None,
    postgres: Annotated[
        str | None, typer.Option(envvar=_POSTGRES, help="Measure on PostgreSQL too.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of load per server and round.")] = 3.0,
    scale: Annotated[int, typer.Option(min=1, help="Sessions of the large database.")] = 200_000,
    subscribers: Annotated[
        int, typer.Option(min=20, help="Of the fan-out, for each server.")
    ] = 1_000,
    corpus: Annotated[
        Path | None, typer.Option(exists=True, help="NDJSON of SessionIngestInput, plain or .gz.")
    ] = None,
) -> None:
    """Measure the application beside its floors and a naive version, and print ratios."""
    options = Options(rounds, seconds, sessions, corpus, postgres, scale, subscribers)
    typer.echo(
        f"CPython {platform.python_version()}, {cpu_count()} cores, {rounds} rounds,"
        f" load average at the start {getloadavg()[0]:.1f}\n"
    )
    with workbench(options) as bench:
        for name, measure in _MEASURES.items():
            if not only or name in only:
                for table in measure(bench):
                    typer.echo(table.markdown())
    typer.echo(f"Load average at the end {getloadavg()[0]:.1f}")


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(main)
    app()
