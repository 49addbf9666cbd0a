"""Sessions to analyze and a worker to do it, in the databases of the tests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from loaders.viewer import Viewer
from models.enums import CustomFieldType, ImportConflict
from models.record import selection
from models.session import Session
from resolvers.ingest import Batch, ingest
from tests.reads.rows import Rows
from tests.writes.documents import document, ingestible
from workers.analysis import AnalysisWorker
from workers.analyzers.outgoing import Services


def said(*texts: str, **parts: Any) -> dict[str, Any]:
    """An ended session in which the contact and the agent said these things in turn."""
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    messages = [
        {
            "externalId": f"m-{place}",
            "senderType": "CONTACT" if place % 2 == 0 else "AI_AGENT",
            "text": text,
            "sentAt": (at + timedelta(seconds=place)).isoformat(),
        }
        for place, text in enumerate(texts)
    ]
    given: dict[str, Any] = {"messages": messages, **parts}
    return document(**given)


BOOKING = (
    "I want to book a table for two, this is great!",
    "Your table has been reserved.",
    "Do you have parking?",
    "I'm not sure about that.",
)


async def ingested(viewer: Viewer, *documents: dict[str, Any]) -> Batch:
    """Written as an import does."""
    batch = await ingest(viewer, [ingestible(d) for d in documents], ImportConflict.SKIP)
    assert [result.violations for result in batch.results] == [()] * len(documents)
    return batch


async def let_others_rest(viewer: Viewer) -> None:
    """What other tests left in the schema is not to be analyzed."""
    sql = 'UPDATE "session" SET analysis_due_at = NULL WHERE workspace_id <> ?'
    async with viewer.database.transaction() as transaction:
        await transaction.execute_many(sql, [(viewer.workspace_id,)])


@asynccontextmanager
async def outside() -> AsyncGenerator[Services]:
    """For analyzers on this machine."""
    async with Services(may_be_private=True, wait_initial=0.001) as services:
        yield services


async def analyze(viewer: Viewer, services: Services | None = None) -> None:
    """Everything of the viewer's workspace that is due."""
    await let_others_rest(viewer)
    worker = AnalysisWorker(viewer.database, viewer.on_commit, services or Services(), at_once=4)
    await worker.settle()


async def only_session(viewer: Viewer) -> Session:
    """The workspace's, read without a lock: a worker would pass over a session that is locked."""
    sql = f'SELECT {selection(Session, "s")} FROM "session" s WHERE s.workspace_id = ?'
    (found,) = await viewer.records(Session, sql, (viewer.workspace_id,))
    return found


async def count(viewer: Viewer, table: str, where: str = "1 = 1", *values: object) -> int:
    """Rows of the workspace."""
    sql = f'SELECT COUNT(*) FROM "{table}" WHERE workspace_id = ? AND {where}'
    return int((await viewer.fetch(sql, (viewer.workspace_id, *values)))[0][0])


async def write(viewer: Viewer, session: Session, **values: Any) -> None:
    """Set columns of a session, as some other write would."""
    vars(session).update(values)
    async with viewer.database.transaction() as transaction:
        await transaction.update(session, *values)


def table_field(rows: Rows) -> None:
    """The custom field `size`, which analyzers may fill with the size of a table."""
    rows.field("size", name="Table", type=CustomFieldType.NUMBER, auto_extract=True)
