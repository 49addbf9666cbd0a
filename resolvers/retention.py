"""What is removed because it has been kept for long enough: only of sessions that have ended.

Contacts and conversations stay, and so does the log of what was done, without its values.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loaders.condition import among
from loaders.due_retention import (
    lock_ended,
    may_remove,
    old_up_to,
    sessions_ended_by,
    sessions_to_purge,
)
from loaders.viewer import Viewer
from models.change import ChangeKind
from models.database import Database
from models.idempotency import KEPT_FOR
from models.session import Session
from models.workspace import Settings
from resolvers.session_delete import delete_sessions
from resolvers.writing import retried
from subscriptions import changelog
from subscriptions.changelog import Changes

_PURGED = ("messages_purged_at", "version", "updated_at")
_FORGET_KEYS = """
DELETE FROM "idempotency_record" WHERE id IN
(SELECT id FROM "idempotency_record" WHERE created_at < ? ORDER BY created_at, id LIMIT ?)
RETURNING id
"""
_FORGET_EDITS = """
DELETE FROM "change_value"
WHERE id IN (SELECT c.id FROM "change" c WHERE {of_sessions} AND c.entity_type = 'SESSION')
  AND (CAST(before AS TEXT) LIKE '%"messages.%' OR CAST(after AS TEXT) LIKE '%"messages.%')
"""
"""What edited messages said before and after is among the values of their sessions' changes."""
_TRIM = 'UPDATE "head" SET trimmed_to = ? WHERE id = ? AND trimmed_to < ?'


@dataclass(frozen=True)
class Removal:
    """A kind of thing that a workspace may keep for a while only."""

    kept_for: Callable[[Settings], timedelta | None]
    """After a session's end; None is for ever."""
    due: Callable[[Viewer, datetime, int], Awaitable[list[int]]]
    """Sessions that had ended by then, at most so many."""
    apply: Callable[[Changes, Sequence[Session], datetime], Awaitable[None]]
    """To locked sessions."""
    of_purged_too: bool


async def remove_some(viewer: Viewer, removal: Removal, now: datetime, limit: int) -> int | None:
    """Remove what is due of at most so many sessions; return how many were done.

    One transaction, and as many statements for one session as for many. None when another process
    is removing.
    """
    kept_for = removal.kept_for(viewer.settings)
    if kept_for is None:
        return 0
    keys = await removal.due(viewer, now - kept_for, limit)

    async def write() -> int | None:
        async with changelog.transaction(viewer) as changes:
            if not await may_remove(changes.transaction):
                return None
            still = removal.kept_for(viewer.settings)
            if still is None:
                return 0
            sessions = await lock_ended(
                changes.transaction, viewer, keys, now - still, purged=removal.of_purged_too
            )
            if sessions:
                await removal.apply(changes, sessions, now)
        return len(sessions)

    return await retried(write) if keys else 0


async def _delete(changes: Changes, sessions: Sequence[Session], _now: datetime) -> None:
    await delete_sessions(changes, sessions)


async def _purge_messages(changes: Changes, sessions: Sequence[Session], now: datetime) -> None:
    """Erase what was said, and why; messages, traces and all that was counted stay."""
    transaction = changes.transaction
    ids = [session.id for session in sessions]
    mine = among(transaction.dialect, "session_id")
    for sql in (
        "UPDATE \"message\" SET text = NULL, payload = NULL, attachments = '[]', metadata = '{}'"
        f" WHERE {mine}",
        f"UPDATE \"reasoning_trace\" SET steps = '[]' WHERE {mine}",
        _FORGET_EDITS.format(of_sessions=among(transaction.dialect, "c.entity_id")),
    ):
        await transaction.fetch(sql, (ids,))
    for session in sessions:
        written = {"messages_purged_at": now, "version": session.version + 1, "updated_at": now}
        vars(session).update(written)
        changes.session(session, ChangeKind.UPDATED, ("messages", "version", "updated_at"))
    await transaction.update_all(Session, sessions, *_PURGED)


SESSIONS = Removal(
    lambda settings: settings.session_retention,
    sessions_ended_by,
    _delete,
    of_purged_too=True,
)
MESSAGES = Removal(
    lambda settings: settings.message_retention,
    sessions_to_purge,
    _purge_messages,
    of_purged_too=False,
)


async def forget_keys(database: Database, now: datetime, limit: int) -> int | None:
    """Remove at most so many expired idempotency records; None when another process does."""
    async with database.transaction() as transaction:
        if not await may_remove(transaction):
            return None
        return len(await transaction.fetch(_FORGET_KEYS, (now - KEPT_FOR, limit)))


async def trim(database: Database, log: tuple[int, int], moment: datetime) -> int:
    """Move a log's floor to the last of its oldest changes that were made by then; return it.

    Cursors below it have expired. The changes stay, for audit.
    """
    workspace_id, trimmed_to = log
    floor = await old_up_to(database, log, moment)
    if floor > trimmed_to:
        async with database.transaction() as transaction:
            await transaction.execute_many(_TRIM, [(floor, workspace_id, floor)])
    return floor
