"""Retention: what a workspace does not want to keep any longer is removed, and what expires.

The row is the truth, as for the sweeper: each look finds what is due. Each server process has one
of these, and a lock in each batch's transaction lets one of them work at a time. Batches are small
and there is a pause after each, so that writers hardly notice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from loaders.due_retention import LOG_CHUNK, logs_to_trim, workspaces_with_retention
from models.database import Database
from models.workspace import Workspace
from resolvers.administration import operator
from resolvers.retention import MESSAGES, SESSIONS, Removal, forget_keys, remove_some, trim
from workers.rounds import Rounds

BATCH_SESSIONS = 50
"""Sessions per transaction at most; one may have thousands of messages."""
BATCH_RECORDS = 1_000
"""Idempotency records per transaction at most."""
_ACTOR = "retention"
_LOOK_SECONDS = 60.0
"""Between two looks; what is kept for days may stay a minute longer."""
_PAUSE_SECONDS = 0.2
"""After each batch."""

OnCommit = Callable[[int, int], None]


@dataclass(frozen=True)
class Round:
    """One look at everything."""

    database: Database
    on_commit: OnCommit
    now: datetime
    log_kept_for: timedelta
    pause: float = _PAUSE_SECONDS

    async def run(self) -> None:
        """Remove what is due, of all workspaces; raise an ExceptionGroup of what failed.

        What another process is at is left to it.
        """
        failed: list[Exception] = []
        for work in await self._works():
            try:
                await work()
            except Exception as error:  # the others go on; the caller tells it
                failed.append(error)
        if failed:
            raise ExceptionGroup("not everything was removed", failed)

    async def _works(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            self._forget_keys,
            self._trim_logs,
            *(
                partial(self._remove, removal, workspace)
                for workspace in await workspaces_with_retention(self.database)
                for removal in (SESSIONS, MESSAGES)
            ),
        ]

    async def _remove(self, removal: Removal, workspace: Workspace) -> None:
        viewer = replace(operator(self.database, workspace, _ACTOR), on_commit=self.on_commit)
        size = BATCH_SESSIONS
        await self._in_batches(partial(remove_some, viewer, removal, self.now, size), size)

    async def _forget_keys(self) -> None:
        size = BATCH_RECORDS
        await self._in_batches(partial(forget_keys, self.database, self.now, size), size)

    async def _trim_logs(self) -> None:
        moment = self.now - self.log_kept_for
        for workspace_id, floor in await logs_to_trim(self.database, moment):
            reached, before = floor, floor - LOG_CHUNK
            while reached - before == LOG_CHUNK:
                before = reached
                reached = await trim(self.database, (workspace_id, before), moment)
                await asyncio.sleep(self.pause)

    async def _in_batches(self, batch: Callable[[], Awaitable[int | None]], size: int) -> None:
        is_full = True
        while is_full:
            is_full = await batch() == size
            await asyncio.sleep(self.pause)


class Retention(Rounds):
    """The retention of one process."""

    pause_seconds = _LOOK_SECONDS
    failing = "retention not kept"
    mended = "retention is kept again"

    def __init__(self, database: Database, on_commit: OnCommit, log_kept_for: timedelta) -> None:
        super().__init__()
        self._database = database
        self._on_commit = on_commit
        self._log_kept_for = log_kept_for

    async def _round(self) -> None:
        now = datetime.now(UTC)
        await Round(self._database, self._on_commit, now, self._log_kept_for).run()
