"""Ingest: whole sessions in one write, each succeeding or failing alone.

One transaction per batch and a constant number of statements whatever its size. What a document
names is created; what fails leaves nothing behind.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loaders.condition import among
from loaders.references import Wanted, find_references
from loaders.session_state import Earlier, Extent, earlier_of, lock_sessions
from loaders.viewer import Viewer
from models.database import Rows
from models.enums import ImportConflict, IngestOutcome, ValueSource
from models.errors import DomainError, Path, Taken, Violation
from models.session import Session
from resolvers.analysis import apply_analysis
from resolvers.closing import closing_of
from resolvers.naming import want_document
from resolvers.opening import DEFAULT_SOURCE, open_session
from resolvers.overwriting import overwrite
from resolvers.references import References
from resolvers.session_work import SessionWork
from resolvers.writing import Instalments, retried
from schema.inputs.ingest import SessionIngestInput
from schema.inputs.json import as_json
from subscriptions import changelog
from subscriptions.changelog import Changes


@dataclass(frozen=True)
class Ingested:
    """What became of one document; `violations` says why it failed."""

    index: int
    outcome: IngestOutcome
    session: Session | None = None
    violations: Sequence[Violation] = ()


@dataclass(frozen=True)
class Batch:
    """What became of all of them, and the log position after it."""

    results: Sequence[Ingested]
    cursor: str | None

    def count(self, outcome: IngestOutcome) -> int:
        """How many ended like this."""
        return sum(result.outcome is outcome for result in self.results)


_INSTALMENT = 100  # sessions

Document = SessionIngestInput | DomainError
"""A checked document, or what is wrong with it."""
ExternalKey = tuple[str, str]


async def ingest(
    viewer: Viewer, documents: Sequence[Document], on_conflict: ImportConflict
) -> Batch:
    """Write a batch in a transaction of its own; what an import does."""

    async def write() -> Batch:
        async with changelog.transaction(viewer) as changes:
            results = await ingest_into(changes, viewer, documents, on_conflict)
        return Batch(results, changes.cursor)

    return await retried(write)


async def ingest_into(
    changes: Changes,
    viewer: Viewer,
    documents: Sequence[Document],
    on_conflict: ImportConflict,
    prefix: Path = (),
) -> Sequence[Ingested]:
    """Write a batch; violations have their paths under `prefix` and the document's index."""
    now = viewer.now()
    source = changes.transaction
    sessions = await _known_sessions(source, viewer, documents)
    wanted = Wanted()
    for document in documents:
        if isinstance(document, SessionIngestInput) and (
            on_conflict is ImportConflict.UPDATE or _key_of(document) not in sessions
        ):
            want_document(wanted, document)
    references = References(await find_references(source, viewer, wanted), viewer.workspace_id, now)
    run = _Run(viewer, references, on_conflict, sessions, now)
    if on_conflict is ImportConflict.UPDATE:
        run.earlier = await earlier_of(source, viewer, list(sessions.values()), Extent.WHOLE)
    writing = Instalments(changes, references, now)
    for index, document in enumerate(documents):
        run.take(index, document, (*prefix, str(index)) if prefix else ())
        if len(run.works) == _INSTALMENT:
            await writing.add(run.works)
            run.works = []
    await writing.add(run.works)
    await writing.finish()
    return run.results


async def _known_sessions(
    source: Rows, viewer: Viewer, documents: Sequence[Document]
) -> dict[ExternalKey, Session]:
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for document in documents:
        key = _key_of(document) if isinstance(document, SessionIngestInput) else None
        if key is not None:
            wanted[key[0]].add(key[1])
    where = f"s.source = ? AND {among(source.dialect, 's.external_id')}"
    found: dict[ExternalKey, Session] = {}
    for name, external_ids in wanted.items():
        rows = await lock_sessions(source, viewer, where, name, sorted(external_ids))
        found.update({(row.source, row.external_id or ""): row for row in rows})
    return found


def _key_of(document: SessionIngestInput) -> ExternalKey | None:
    start = document.start
    return (
        None if start.external_id is None else (start.source or DEFAULT_SOURCE, start.external_id)
    )


class _Run:
    """One batch on its way: `works` are still to be written, `results` are for the client."""

    def __init__(
        self,
        viewer: Viewer,
        references: References,
        on_conflict: ImportConflict,
        sessions: dict[ExternalKey, Session],
        now: datetime,
    ) -> None:
        self.earlier: dict[int, Earlier] = {}
        self.works: list[SessionWork] = []
        self.results: list[Ingested] = []
        self._viewer = viewer
        self._references = references
        self._on_conflict = on_conflict
        self._sessions = sessions
        self._now = now

    def take(self, index: int, document: Document, path: Path) -> None:
        """Plan one document; one that fails leaves nothing behind."""
        self._references.checkpoint()
        try:
            if isinstance(document, DomainError):
                raise document
            result = self._plan(index, document, path)
        except DomainError as error:
            self._references.take_back()
            result = Ingested(index, IngestOutcome.FAILED, violations=error.violations)
        self.results.append(result)

    def _plan(self, index: int, document: SessionIngestInput, path: Path) -> Ingested:
        key = _key_of(document)
        known = self._sessions.get(key) if key is not None else None
        if known is not None:
            return self._meet(index, known, document, path)
        work = self._create(document, path)
        self.works.append(work)
        if key is not None:
            self._sessions[key] = work.session
        return Ingested(index, IngestOutcome.CREATED, work.session)

    def _meet(
        self, index: int, known: Session, document: SessionIngestInput, path: Path
    ) -> Ingested:
        """The session exists: skip it, refuse it, or write what the document changes."""
        if self._on_conflict is ImportConflict.FAIL:
            where = (*path, "start", "externalId")
            raise Taken("A session of this source and externalId exists.", where)
        earlier = self.earlier.pop(known.id, None)
        if self._on_conflict is ImportConflict.SKIP or earlier is None:
            return Ingested(index, IngestOutcome.SKIPPED, known)
        work = SessionWork(known, self._references, self._viewer.settings, earlier)
        overwrite(work, document, path, self._now)
        self.works.append(work)
        changed = work.finish(self._now)
        outcome = IngestOutcome.UPDATED if changed else IngestOutcome.SKIPPED
        return Ingested(index, outcome, known)

    def _create(self, document: SessionIngestInput, path: Path) -> SessionWork:
        now = self._now
        start = document.start
        if start.started_at is None:
            start = replace(start, started_at=_earliest(document, now))
        work = open_session(start, self._references, self._viewer.settings, (*path, "start"), now)
        work.append(document.messages or (), (*path, "messages"), work.session.started_at)
        work.record(document.events or (), (*path, "events"), work.session.started_at)
        if document.end is not None:
            work.end(closing_of(document.end), (*path, "end"))
            work.session.recordings.extend(as_json(document.end.recordings or []))
        if document.analysis is not None:
            source = ValueSource.IMPORTED
            apply_analysis(work, document.analysis, source, (*path, "analysis"), now)
        return work


def _earliest(document: SessionIngestInput, now: datetime) -> datetime:
    """When a session began that does not say so: with its first message or event."""
    said = [m.sent_at for m in document.messages or () if m.sent_at is not None]
    happened = [e.at for e in document.events or () if e.at is not None]
    ended = [document.end.ended_at] if document.end is not None else []
    return min([*said, *happened, *ended], default=now)
