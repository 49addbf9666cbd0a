"""The `import` command: progress on a terminal, faults on standard error, totals at the end."""

import sys

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from loaders.viewer import Viewer
from models.enums import ImportConflict
from server.process import tune_collector
from workers.imports import Failure, ImportReport, import_sessions
from workers.ndjson import NdjsonSource

_MAX_FAULTS_SHOWN = 100
_SWITCH_SECONDS = 0.0005
"""How soon the database's thread gets a turn; it needs many short ones beside the planning."""


async def run_import(viewer: Viewer, file: str, on_conflict: ImportConflict) -> ImportReport:
    """Import the file and print what became of it."""
    tune_collector()
    sys.setswitchinterval(_SWITCH_SECONDS)
    console = Console(stderr=True)
    shown = 0

    def show(failure: Failure) -> None:
        nonlocal shown
        shown += 1
        if shown <= _MAX_FAULTS_SHOWN:
            console.print(_sentence(failure), highlight=False, markup=False, soft_wrap=True)
        elif shown == _MAX_FAULTS_SHOWN + 1:
            console.print("More lines failed; they are counted below.")

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with NdjsonSource(file) as source, bar:
        task = bar.add_task("0 sessions", total=source.size)

        def advance(report: ImportReport) -> None:
            done = report.created + report.updated + report.skipped + report.failed
            bar.update(task, completed=source.position, description=f"{done} sessions")

        report = await import_sessions(viewer, source, on_conflict, show, advance)
    typer.echo(
        f"created {report.created}, updated {report.updated},"
        f" skipped {report.skipped}, failed {report.failed}"
    )
    return report


def _sentence(failure: Failure) -> str:
    where = ".".join(failure.violation.field)
    named = f" ({failure.external_id})" if failure.external_id else ""
    place = f" {where}:" if where else ""
    return f"line {failure.line}{named}:{place} {failure.violation.message}"
