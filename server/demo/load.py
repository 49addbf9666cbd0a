"""The demo workspace: sessions written by hand, moved in time so that "now" is now."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import orjson

from loaders.viewer import Viewer
from models.enums import ImportConflict
from schema.scalars import format_datetime, parse_datetime
from workers.imports import ImportReport, import_sessions
from workers.ndjson import Line

WORKSPACE = "demo"
_FILE = Path(__file__).with_name("sessions.ndjson")
_ANCHOR = datetime(2026, 1, 31, 12, tzinfo=UTC)
"""What the file calls now."""
_SETTINGS = {"idle_after": 20 * 60, "close_after": 8 * 60 * 60}
"""Seconds: nobody answers in the demo, and yet it is to be alive while somebody looks at it."""
_INSTANTS = frozenset({"startedAt", "endedAt", "sentAt", "at"})


async def load_demo(viewer: Viewer) -> ImportReport:
    """Import the sessions that are not there yet; a second load changes nothing."""
    viewer = await _patient(viewer)
    failures: list[str] = []
    report = await import_sessions(
        viewer,
        demo_lines(datetime.now(UTC)),
        ImportConflict.SKIP,
        lambda failure: failures.append(f"line {failure.line}: {failure.violation.message}"),
        lambda _report: None,
    )
    if failures:
        raise RuntimeError("; ".join(failures))
    return report


async def _patient(viewer: Viewer) -> Viewer:
    """The viewer with the demo's timeouts, unless the workspace has settings already."""
    if viewer.workspace.settings_json:
        return viewer
    viewer.workspace.settings_json = _SETTINGS
    async with viewer.database.transaction() as transaction:
        await transaction.update(viewer.workspace, "settings_json")
    return replace(viewer)


def demo_lines(now: datetime) -> Iterator[Line]:
    """The file's documents, shifted."""
    shift = now - _ANCHOR
    with _FILE.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            yield Line(number, orjson.dumps(_shifted(orjson.loads(line), shift)))


def _shifted(value: Any, shift: timedelta) -> Any:
    if isinstance(value, list):
        return [_shifted(item, shift) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    return {
        key: format_datetime(parse_datetime(item) + shift)
        if key in _INSTANTS and isinstance(item, str)
        else _shifted(item, shift)
        for key, item in cast("dict[str, object]", value).items()
    }
