"""The analysis of sessions that have ended: found out outside of any transaction, written in one.

The row is the truth: `analysis_due_at` says when to look. Every server process has a worker; each
claims sessions for a short while and renews its claims as long as it works on them, so that those
of a process that is gone are soon another's. What was found is written only by whoever still has
the claim: nothing is lost and nothing is written twice.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

import structlog

from loaders.due_session import workspaces_by_id
from loaders.transcript import session_text
from loaders.viewer import Viewer
from models.database import Database
from models.enums import AnalysisStatus, AnalyzerKind, ValueSource
from models.errors import DomainError
from resolvers.administration import operator
from resolvers.due_analysis import (
    Claim,
    Conclusion,
    Finding,
    claim_due,
    conclude,
    move_claims,
)
from workers.analyzers.interface import (
    AnalyzerFailed,
    AnalyzerUnavailable,
    only,
    permitted,
)
from workers.analyzers.outgoing import Services
from workers.analyzers.providers import Assignment, assignments
from workers.analyzers.transcript import Transcript
from workers.transcripts import transcript_of

LEASE = timedelta(seconds=10)
"""How long a session waits for a process that is gone."""
_RENEWED_AFTER = LEASE / 3
_PAUSE_SECONDS = 1.0
"""Between two looks, which cost one statement while nothing is due."""
_ACTOR = "analysis"
_UNEXPECTED = "An unexpected error stopped the analysis; the server's log has it."

_log = structlog.get_logger(__name__)

OnCommit = Callable[[int, int], None]


class AnalysisWorker:
    """The loop of one process; owned by the application, which enters and leaves it."""

    def __init__(
        self, database: Database, on_commit: OnCommit, services: Services, *, at_once: int
    ) -> None:
        self._database = database
        self._on_commit = on_commit
        self._services = services
        self._at_once = at_once
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._moving = asyncio.Lock()
        self._is_failing = False

    async def __aenter__(self) -> Self:
        await self._services.__aenter__()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exception: object) -> None:
        """What is being worked on is given back, for another process or the next start."""
        claims = list(self._running.values())
        tasks = [self._task, *self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._services.__aexit__(*exception)
        try:
            await move_claims(self._database, claims, datetime.now(UTC))
        except Exception:  # they run out by themselves
            _log.warning("claims not given back")

    async def _run(self) -> None:
        while True:
            has_work = await self.look()
            await self._pause(at_least=0.0 if has_work else _PAUSE_SECONDS)

    async def look(self) -> bool:
        """Renew claims and take new ones; whether there were any. An outage is told once."""
        try:
            await self._renew()
            claims = await self._claim()
        except Exception:
            if not self._is_failing:
                _log.exception("sessions not analyzed")
            self._is_failing = True
            return False
        if self._is_failing:
            _log.warning("sessions are analyzed again")
        self._is_failing = False
        for claim in claims:
            task = asyncio.create_task(self._work(claim))
            self._running[task] = claim
            task.add_done_callback(self._forget)
        return bool(claims)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._running[task]

    async def settle(self) -> None:
        """Work until nothing is due any more, as tests and commands need it."""
        while await self.look() or self._running:
            await self._pause(at_least=0.0)

    async def _pause(self, *, at_least: float) -> None:
        if len(self._running) >= self._at_once or (self._running and not at_least):
            timeout = min(_PAUSE_SECONDS, _RENEWED_AFTER.total_seconds())
            await asyncio.wait(self._running, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(at_least)

    async def _claim(self) -> list[Claim]:
        free = self._at_once - len(self._running)
        if free <= 0:
            return []
        now = _now()
        return await claim_due(self._database, now, now + LEASE, free)

    async def _renew(self) -> None:
        """Those that have been worked on for a while; a claim that is lost stays lost."""
        async with self._moving:
            now = _now()
            held = [c for c in self._running.values() if not c.is_concluded]
            old = [claim for claim in held if claim.until - now < LEASE - _RENEWED_AFTER]
            if old:
                await move_claims(self._database, old, now + LEASE)

    async def _work(self, claim: Claim) -> None:
        """One session, to its end; what is not expected is told, and leaves the analysis FAILED."""
        try:
            await self._analyze(claim)
        except Exception:
            _log.exception("session not analyzed", session=claim.session_id)
            await self._give_up(claim)

    async def _give_up(self, claim: Claim) -> None:
        try:
            viewer = await self._viewer(claim)
            if viewer is not None:
                failed = Conclusion(AnalysisStatus.FAILED, error=_UNEXPECTED)
                await self._conclude(viewer, claim, failed)
        except Exception:  # the claim runs out, and the session is tried again
            _log.warning("failure not recorded", session=claim.session_id)

    async def _viewer(self, claim: Claim) -> Viewer | None:
        found = await workspaces_by_id(self._database, [claim.workspace_id])
        if not found:
            return None
        return replace(operator(self._database, found[0], _ACTOR), on_commit=self._on_commit)

    async def _analyze(self, claim: Claim) -> None:
        viewer = await self._viewer(claim)
        if viewer is None:
            return
        text = await session_text(viewer, claim.session_id)
        if text is None:
            return
        stored = text.session.analysis_kinds
        kinds = None if stored is None else [AnalyzerKind(name) for name in stored]
        bindings = viewer.settings.analyzer_bindings
        chosen = assignments(bindings, kinds, self._services, viewer.workspace_id)
        is_asked = any(a.source is ValueSource.PROVIDER for a in chosen)
        transcript = await transcript_of(viewer, text, with_topics=is_asked)
        try:
            conclusion = await findings_about(transcript, chosen)
        except AnalyzerUnavailable as unavailable:
            later = _now() + timedelta(seconds=unavailable.seconds)
            async with self._moving:
                await move_claims(self._database, [claim], later)
            return
        await self._write(viewer, claim, conclusion)

    async def _write(self, viewer: Viewer, claim: Claim, conclusion: Conclusion) -> None:
        """What a provider found and what does not fit is left out, and the reason told."""
        try:
            await self._conclude(viewer, claim, conclusion)
        except DomainError as error:
            where = ".".join(error.violations[0].field)
            reason = f"The findings do not fit: {error.violations[0].message} ({where})."
            own = [f for f in conclusion.found if f.source is ValueSource.BUILTIN]
            _log.warning("findings do not fit", session=claim.session_id, reason=reason)
            failed = Conclusion(AnalysisStatus.FAILED, own, error=reason)
            await self._conclude(viewer, claim, failed)

    async def _conclude(self, viewer: Viewer, claim: Claim, conclusion: Conclusion) -> None:
        async with self._moving:  # the instant that it looks for must not be moved meanwhile
            claim.is_concluded = True
        if not await conclude(viewer, claim, conclusion):
            _log.info("claim lost", session=claim.session_id)


async def findings_about(transcript: Transcript, chosen: Sequence[Assignment]) -> Conclusion:
    """What all analyzers find, asked at the same time; raise AnalyzerUnavailable.

    When one fails, what the others found counts all the same.
    """
    if not chosen:
        return Conclusion(AnalysisStatus.SKIPPED)
    answers = await asyncio.gather(*(_ask(transcript, a) for a in chosen), return_exceptions=True)
    found = [answer for answer in answers if isinstance(answer, Finding)]
    reasons: list[str] = []
    for assignment, answer in zip(chosen, answers, strict=True):
        if isinstance(answer, AnalyzerFailed):
            reasons.append(f"{assignment.provider}: {answer}")
        elif isinstance(answer, BaseException):
            raise answer
    if reasons:
        return Conclusion(AnalysisStatus.FAILED, found, error=" ".join(reasons)[:1_000])
    kinds: list[AnalyzerKind] = [kind for a in chosen for kind in a.kinds]
    return Conclusion(AnalysisStatus.COMPLETE, found, kinds)


async def _ask(transcript: Transcript, assignment: Assignment) -> Finding:
    findings = await assignment.analyzer(transcript, assignment.kinds)
    checked = permitted(only(findings, assignment.kinds), transcript)
    return Finding(checked, assignment.source)


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
