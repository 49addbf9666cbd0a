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

from loaders.due_session import due_sessions, workspaces_by_id
from models.database import Database
from resolvers.administration import operator
from resolvers.due_session import let_time_pass
from workers.rounds import Rounds

BATCH_SESSIONS = 200
"""Sessions per transaction at most: other writers wait no longer than that takes."""
_ACTOR = "sweeper"
_PAUSE_SECONDS = 1.0
"""Between two looks, which cost one statement while nothing is due: a transition is late by so much
at most, also one of a session that another process has written meanwhile."""

OnCommit = Callable[[int, int], None]


class Sweeper(Rounds):
    """The sweeper of one process."""

    pause_seconds = _PAUSE_SECONDS
    failing = "sessions not swept"
    mended = "sessions are swept again"

    def __init__(self, database: Database, on_commit: OnCommit) -> None:
        super().__init__()
        self._database = database
        self._on_commit = on_commit

    async def _round(self) -> None:
        await sweep(self._database, self._on_commit, datetime.now(UTC))


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
