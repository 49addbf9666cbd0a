"""Mutations about analyses: record what somebody else found, and have it found anew."""

from loaders.references import Wanted
from loaders.session_state import Extent, is_reachable
from loaders.viewer import Viewer
from models.analysis import ask_for_analysis
from models.enums import AnalyzerKind, Scope, SessionEventKind, UserErrorCode, ValueSource
from models.errors import Rejected, Violation
from resolvers.analysis import apply_analysis
from resolvers.naming import want_analysis
from resolvers.session_work import SessionWork
from resolvers.writing import INPUT, Writing
from resolvers.written import Written, written_once
from schema.inputs.analysis import SessionAnalysisRecordInput, SessionReanalyzeInput
from schema.inputs.document import validated
from subscriptions.changelog import Changes


async def session_analysis_record(viewer: Viewer, given: SessionAnalysisRecordInput) -> Written:
    """Write a producer's findings, instead of having the session analyzed."""
    viewer.require(Scope.INGEST)
    given = validated(given, "input")
    path = (*INPUT, "analysis")

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        session = await writing.session(given.session)
        wanted = Wanted()
        want_analysis(wanted, given.analysis)
        references = await writing.references(wanted)
        work = await writing.load(session, references, Extent.WHOLE)
        work.reachable = await is_reachable(changes.transaction, session.contact_id)
        apply_analysis(work, given.analysis, ValueSource.API, path, writing.now)
        if _says_anything_new(work):
            kind = SessionEventKind.ANALYSIS_COMPLETED
            work.happened(
                kind, writing.now, {"provider": given.analysis.provider}, viewer.actor_type
            )
        changed = await writing.write(work)
        return Written(session_id=session.id, is_replay=not changed)

    return await written_once(viewer, None, given, write)


def _says_anything_new(work: SessionWork) -> bool:
    return bool(work.values() or any(work.new.values()) or work.references.edits.updates())


async def session_reanalyze(viewer: Viewer, given: SessionReanalyzeInput) -> Written:
    """Have an ended session analyzed soon; by default everything that is enabled."""
    viewer.require(Scope.REVIEW)
    given = validated(given, "input")
    kinds = _runnable(viewer, given.kinds)

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        session = await writing.session_by_id(given.id)
        references = await writing.references(Wanted())
        work = await writing.load(session, references, Extent.LABELS)
        ask_for_analysis(session, kinds, writing.now, (*INPUT, "id"))
        changed = await writing.write(work)
        return Written(session_id=session.id, is_replay=not changed)

    return await written_once(viewer, None, given, write)


def _runnable(viewer: Viewer, wanted: list[AnalyzerKind] | None) -> list[AnalyzerKind]:
    """Raise Rejected when nothing of it is enabled."""
    enabled = {b.kind for b in viewer.settings.analyzer_bindings if b.enabled}
    kinds = [k for k in AnalyzerKind if k in enabled and (wanted is None or k in wanted)]
    if not kinds:
        message = "No analyzer of these kinds is enabled in this workspace."
        raise Rejected([Violation(UserErrorCode.INVALID, message, (*INPUT, "kinds"))])
    return kinds
