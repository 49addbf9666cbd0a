"""The analysis in real server processes: of a corpus, and killed in the middle of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from loaders.viewer import Viewer
from models.database_url import DatabaseUrl
from server.app import create_app
from server.settings import Settings
from tests.server.process import run, server_process
from tests.workers.analyzing import count, let_others_rest
from tests.workers.sweeping import changes

SESSIONS = 200


def without_analysis(corpus: list[bytes]) -> Iterator[bytes]:
    """As they would come from a producer that analyzes nothing."""
    for line in corpus[:SESSIONS]:
        document = orjson.loads(line)
        document.pop("analysis", None)
        yield orjson.dumps(document) + b"\n"


async def complete(viewer: Viewer) -> int:
    return await count(viewer, "session", "analysis_status = ?", "COMPLETE")


async def analyzed(viewer: Viewer, at_least: int) -> int:
    """How many are, as soon as there are so many."""
    while (done := await complete(viewer)) < at_least:  # noqa: ASYNC110  # done by another process
        await asyncio.sleep(0.05)
    return done


async def test_a_server_killed_in_the_middle_loses_and_repeats_nothing(
    url: str, viewer: Viewer, corpus: list[bytes], tmp_path: Path
) -> None:
    await let_others_rest(viewer)
    path = tmp_path / "sessions.ndjson"
    path.write_bytes(b"".join(without_analysis(corpus)))
    imported = await run(url, "import", str(path), "--workspace", viewer.workspace.name)
    assert imported.code == 0, imported.err
    ended = await count(viewer, "session", "ended_at IS NOT NULL")

    async with server_process(url, ANALYSIS_AT_ONCE="8", SWEEPER="false") as server:
        async with asyncio.timeout(120):
            await analyzed(viewer, ended // 4)
        server.process.kill()
        await server.process.wait()
    before = await complete(viewer)
    async with server_process(url, ANALYSIS_AT_ONCE="8", SWEEPER="false"):
        async with asyncio.timeout(180):
            after = await analyzed(viewer, ended)

    assert ended // 4 <= before < ended
    assert after == ended
    assert await count(viewer, "session", "analysis_due_at IS NOT NULL") == 0
    assert await count(viewer, "session_event", "kind = ?", "ANALYSIS_COMPLETED") == ended
    assert await count(viewer, "session", "summary_text IS NOT NULL") == ended
    sequence = [change.seq for change in await changes(viewer)]
    assert sequence == list(range(1, SESSIONS + ended + 1))


@pytest.mark.parametrize(("is_on", "tasks"), [(True, 1), (False, 0)])
async def test_the_application_analyzes_unless_it_is_told_not_to(
    database_url: DatabaseUrl, url: str, *, is_on: bool, tasks: int
) -> None:
    app = create_app(Settings(database_url=url, analysis=is_on))

    async with app.router.lifespan_context(app):
        running = [t for t in asyncio.all_tasks() if "AnalysisWorker._run" in repr(t)]

    assert len(running) == tasks
    assert all(task.done() for task in running)
