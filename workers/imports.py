"""Imports of NDJSON: batches of whole sessions, with what is wrong told by line number."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field

from loaders.viewer import Viewer
from models.enums import ImportConflict, IngestOutcome, UserErrorCode
from models.errors import DomainError, Rejected, Violation
from resolvers.ingest import Document, ingest
from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput
from workers.ndjson import Line

BATCH_SESSIONS = 500
BATCH_BYTES = 8 * 1024 * 1024
"""Whichever comes first ends a batch: the memory of an import is that of one batch."""
_LINES_AT_ONCE = 8
_ANALYZE_AFTER = frozenset(4**power for power in range(16))
"""Batches after which a table has grown so much that old query plans mislead."""


@dataclass(frozen=True)
class Failure:
    """A line that was not imported, and why."""

    line: int
    external_id: str | None
    violation: Violation


@dataclass
class ImportReport:
    """Running totals of an import."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass
class _Batch:
    lines: list[int] = field(default_factory=list[int])
    documents: list[Document] = field(default_factory=list[Document])
    size: int = 0

    def add(self, line: Line) -> None:
        self.lines.append(line.number)
        self.documents.append(_document(line))
        self.size += len(line.content)

    @property
    def is_full(self) -> bool:
        return len(self.lines) >= BATCH_SESSIONS or self.size >= BATCH_BYTES


async def import_sessions(
    viewer: Viewer,
    lines: Iterable[Line],
    on_conflict: ImportConflict,
    on_failure: Callable[[Failure], None],
    on_progress: Callable[[ImportReport], None],
) -> ImportReport:
    """Write every line that is right; each batch is durable when `on_progress` is called.

    While the database writes one batch, the next is read and checked.
    """
    report = ImportReport()
    writing: asyncio.Task[None] | None = None
    number = 0
    async for batch in _batches(lines):
        if writing is not None:
            await writing
            on_progress(report)
            number += 1
            if number in _ANALYZE_AFTER:
                await viewer.database.analyze()
        writing = asyncio.create_task(_write(viewer, batch, on_conflict, report, on_failure))
    if writing is not None:
        await writing
        on_progress(report)
    if number > 0:
        await viewer.database.analyze()
    return report


async def _batches(lines: Iterable[Line]) -> AsyncGenerator[_Batch]:
    batch = _Batch()
    for line in lines:
        batch.add(line)
        if len(batch.lines) % _LINES_AT_ONCE == 0:
            await asyncio.sleep(0)  # lets the write of the batch before go on
        if batch.is_full:
            yield batch
            batch = _Batch()
    if batch.lines:
        yield batch


async def _write(
    viewer: Viewer,
    batch: _Batch,
    on_conflict: ImportConflict,
    report: ImportReport,
    on_failure: Callable[[Failure], None],
) -> None:
    written = await ingest(viewer, batch.documents, on_conflict)
    for result in written.results:
        document = batch.documents[result.index]
        known = document.start.external_id if isinstance(document, SessionIngestInput) else None
        for violation in result.violations:
            on_failure(Failure(batch.lines[result.index], known, violation))
    report.created += written.count(IngestOutcome.CREATED)
    report.updated += written.count(IngestOutcome.UPDATED)
    report.skipped += written.count(IngestOutcome.SKIPPED)
    report.failed += written.count(IngestOutcome.FAILED)


def _document(line: Line) -> Document:
    if line.fault is not None:
        return Rejected([Violation(UserErrorCode.INVALID, line.fault)])
    try:
        return parsed(SessionIngestInput, line.content)
    except DomainError as error:
        return error
