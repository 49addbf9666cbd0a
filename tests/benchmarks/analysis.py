"""What the built-in analysis of one session costs, by itself and as the server does it.

The server's part has the reads of the transcript and the transaction that writes the findings.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter

from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import ImportConflict
from models.migrate import migrate
from models.record import Dialect
from resolvers.administration import operator, workspace_named
from resolvers.ingest import ingest
from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput
from tests.benchmarks.rounds import Spread
from tests.benchmarks.tables import Table
from tests.benchmarks.transcripts import OPTIONS, noted_sessions
from tests.benchmarks.workbench import DATABASE_NAMES, Workbench
from workers.analysis import AnalysisWorker
from workers.analyzers.builtin.run import find
from workers.analyzers.outgoing import Services

_SESSIONS = 1_000
_WRITTEN = 300
_BATCH = 100


def analysis(bench: Workbench) -> Iterator[Table]:
    """CPU of the analyzers alone, then CPU and time of everything on each database."""
    alone = [_alone(bench) for _ in range(bench.options.rounds)]
    rows = [("analyzers alone", Spread.of(alone, lambda ms: ms).text(2), "")]
    for dialect in bench.dialects:
        runs = [_in_database(bench, dialect) for _ in range(bench.options.rounds)]
        cpu, wall = Spread.of(runs, itemgetter(0)), Spread.of(runs, itemgetter(1))
        rows.append((f"all of it, {DATABASE_NAMES[dialect]}", cpu.text(2), wall.text(2)))
    yield Table(
        "Built-in analysis of one session",
        ("", "CPU ms/session", "ms/session, 4 at a time"),
        rows,
        f"{_SESSIONS:,} sessions alone, {_WRITTEN} in each database; all eight kinds.",
    )


def _alone(bench: Workbench) -> float:
    sessions = [noted.transcript for noted in noted_sessions(bench.corpus.path, _SESSIONS)]
    started = time.process_time()
    for transcript in sessions:
        find(transcript, OPTIONS)
    return (time.process_time() - started) / len(sessions) * 1000


def _in_database(bench: Workbench, dialect: Dialect) -> tuple[float, float]:
    """CPU and time per session, in milliseconds."""
    with bench.corpus.path.open("rb") as lines:
        documents = [_unanalyzed(line) for line in islice(lines, _WRITTEN)]
    with bench.fresh(dialect) as url:
        return asyncio.run(_analyzed(DatabaseUrl.parse(url), documents))


async def _analyzed(
    url: DatabaseUrl, documents: Sequence[SessionIngestInput]
) -> tuple[float, float]:
    await migrate(url)
    async with Database(url) as database:
        viewer = operator(database, await workspace_named(database, "default"), "import")
        for first in range(0, len(documents), _BATCH):
            await ingest(viewer, documents[first : first + _BATCH], ImportConflict.SKIP)
        worker = AnalysisWorker(database, viewer.on_commit, Services(), at_once=4)
        cpu, wall = time.process_time(), time.perf_counter()
        await worker.settle()
        spent = (time.process_time() - cpu, time.perf_counter() - wall)
    return spent[0] / len(documents) * 1000, spent[1] / len(documents) * 1000


def _unanalyzed(line: bytes) -> SessionIngestInput:
    document = parsed(SessionIngestInput, line)
    document.analysis = None
    return document
