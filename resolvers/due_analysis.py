"""Sessions whose analysis is due: claimed by one process, found out about, and concluded once.

A claim is a lease: `analysis_due_at` moved ahead, which is also its token. Whoever finds another
instant there has lost the session: it was reopened, asked about anew, recorded by its producer, or
its lease ran out and another process has it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from loaders.references import Wanted
from loaders.session_state import Extent, is_reachable, lock_sessions
from loaders.viewer import Viewer
from models.analysis import conclude_analysis
from models.database import Database
from models.enums import AnalysisStatus, AnalyzerKind, SessionEventKind, ValueSource
from models.fields import Json
from resolvers.analysis import Origin, apply_findings
from resolvers.naming import want_analysis
from resolvers.session_work import SessionWork
from resolvers.writing import Writing, retried
from schema.inputs.analysis import AnalysisInput
from subscriptions import changelog

_CLAIM = """
WITH due AS MATERIALIZED (
  SELECT id FROM "session" WHERE analysis_due_at <= ?
  ORDER BY analysis_due_at DESC, id DESC LIMIT ?{lock}
)
UPDATE "session" SET analysis_due_at = ? WHERE id IN (SELECT id FROM due)
RETURNING workspace_id, id
"""
_MOVE = 'UPDATE "session" SET analysis_due_at = ? WHERE id = ? AND analysis_due_at = ?'


@dataclass
class Claim:
    """A session that is ours until an instant, which renewing it moves until it is concluded."""

    workspace_id: int
    session_id: int
    until: datetime
    is_concluded: bool = False


@dataclass(frozen=True)
class Finding:
    """What one analyzer found."""

    findings: AnalysisInput
    source: ValueSource


@dataclass(frozen=True)
class Conclusion:
    """What came out; `error` says why it is FAILED."""

    status: AnalysisStatus
    found: Sequence[Finding] = ()
    kinds: Sequence[AnalyzerKind] = ()
    error: str | None = None


async def claim_due(database: Database, now: datetime, until: datetime, most: int) -> list[Claim]:
    """Take sessions that are due, of any workspace: what ended just now before an import's past."""

    async def write() -> list[Claim]:
        async with database.transaction() as transaction:
            lock = "" if transaction.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
            rows = await transaction.fetch(_CLAIM.format(lock=lock), (now, most, until))
        return [Claim(row[0], row[1], until) for row in rows]

    return await retried(write)


async def move_claims(database: Database, claims: Iterable[Claim], to: datetime) -> None:
    """Renew them, or give them back until then; those that are lost stay as they are."""
    moved = list(claims)

    async def write() -> None:
        async with database.transaction() as transaction:
            rows = [(to, claim.session_id, claim.until) for claim in moved]
            await transaction.execute_many(_MOVE, rows)

    await retried(write)
    for claim in moved:
        claim.until = to


async def conclude(viewer: Viewer, claim: Claim, conclusion: Conclusion) -> bool:
    """Write what came out, all of it in one change; false when the claim is lost.

    Raise DomainError when a finding does not fit, and change nothing then.
    """

    async def write() -> bool:
        async with changelog.transaction(viewer) as changes:
            writing = Writing(changes, viewer, viewer.now())
            claimed = await lock_sessions(
                changes.transaction, viewer, "s.id = ? AND s.analysis_due_at = ?",
                claim.session_id, claim.until,
            )  # fmt: skip
            if not claimed or claimed[0].is_open:
                return False
            wanted = Wanted()
            for finding in conclusion.found:
                want_analysis(wanted, finding.findings)
            references = await writing.references(wanted)
            work = await writing.load(claimed[0], references, Extent.WHOLE)
            work.reachable = await is_reachable(changes.transaction, work.session.contact_id)
            _apply(work, conclusion, viewer, writing.now)
            await writing.write(work)
        return True

    return await retried(write)


def _apply(work: SessionWork, conclusion: Conclusion, viewer: Viewer, now: datetime) -> None:
    on_demand = work.session.analysis_kinds is not None
    for finding in conclusion.found:
        apply_findings(work, finding.findings, Origin(finding.source, on_demand), (), now)
    conclude_analysis(work.session, conclusion.status, conclusion.error)
    if conclusion.status is AnalysisStatus.COMPLETE:
        data: dict[str, Json] = {"kinds": [kind.value for kind in conclusion.kinds]}
        work.happened(SessionEventKind.ANALYSIS_COMPLETED, now, data, viewer.actor_type)
