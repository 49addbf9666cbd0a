"""The sweeper: what silence and age do to sessions is written, so that it is seen like any change.

The row is the truth: `next_transition_at` says when to look, and looking reckons what is due. After
a stop the sweeper catches up; every transition happens, as of the time at which it was due. Each
server process has one, and a lock in each batch's transaction lets one of them work at a time.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self

import structlog

from loaders.due_session import due_sessions, workspaces_by_id
from models.database import Database
from resolvers.administration import operator
from resolvers.due_session import let_time_pass

BATCH_SESSIONS = 200
"""Sessions per transaction at most: other writers wait no longer than that takes."""
_ACTOR = "sweeper"
_PAUSE_SECONDS = 1.0
"""Between two looks, which cost one statement while nothing is due: a transition is late by so much
at most, also one of a session that another process has written meanwhile."""

_log = structlog.get_logger(__name__)

OnCommit = Callable[[int, int], None]


class Sweeper:
    """The loop of one process; owned by the application, which enters and leaves it."""

    def __init__(self, database: Database, on_commit: OnCommit) -> None:
        self._database = database
        self._on_commit = on_commit
        self._is_failing = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def look(self) -> None:
        """Apply what is due by now; an outage is told once, when it begins and when it is over."""
        try:
            await sweep(self._database, self._on_commit, datetime.now(UTC))
        except Exception:
            if not self._is_failing:
                _log.exception("sessions not swept")
            self._is_failing = True
            return
        if self._is_failing:
            _log.warning("sessions are swept again")
        self._is_failing = False


async def sweep(database: Database, on_commit: OnCommit, now: datetime) -> None:
    """Apply everything that is due at `now`, of all workspaces, in batches.

    A workspace whose batch fails is left out and the others go on; raise an ExceptionGroup then.
    Ends early when another process is sweeping.
    """
    failed: dict[int, Exception] = {}
    while True:
        found = await due_sessions(database, now, BATCH_SESSIONS, but=list(failed))
        swept = await _sweep_batch(database, on_commit, found, now, failed)
        # Those that somebody is writing to are left: he reckons anew when they are due.
        if not swept or len(found) < BATCH_SESSIONS:
            break
        await asyncio.sleep(0)
    if failed:
        raise ExceptionGroup("workspaces not swept", list(failed.values()))


async def _sweep_batch(
    database: Database,
    on_commit: OnCommit,
    found: Sequence[tuple[int, int]],
    now: datetime,
    failed: dict[int, Exception],
) -> int:
    """How many sessions are done with, for now; 0 also when another process sweeps."""
    keys: defaultdict[int, list[int]] = defaultdict(list)
    for workspace_id, session_id in found:
        keys[workspace_id].append(session_id)
    done = 0
    for workspace in await workspaces_by_id(database, list(keys)):
        viewer = replace(operator(database, workspace, _ACTOR), on_commit=on_commit)
        mine = keys[workspace.id]
        try:
            swept = await let_time_pass(viewer, mine, now)
        except Exception as error:  # the caller tells it
            failed[workspace.id] = error
            swept = len(mine)
        if swept is None:
            return 0
        done += swept
    return done
