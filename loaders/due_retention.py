"""What has been kept for long enough, of all workspaces: for the retention worker."""

from collections.abc import Sequence
from datetime import datetime

from loaders.condition import among
from loaders.due_session import has_turn
from loaders.session_state import lock_sessions
from loaders.viewer import Viewer
from models.database import Database, Transaction, records
from models.record import selection
from models.schema_objects import NULLS_FIRST_INSTANT
from models.session import Session
from models.workspace import Workspace

_LOCK_KEY = 7_365_739  # any constant but those of the migrations and the sweeper
_TO_PURGE = "s.ended_at <= ? AND s.messages_purged_at IS NULL"
_ENDED = "s.ended_at <= ?"
LOG_CHUNK = 5_000
"""Changes that one statement looks at: the log has no index by time."""


async def may_remove(transaction: Transaction) -> bool:
    """Whether nobody else removes; true keeps others from it until the transaction ends."""
    return await has_turn(transaction, _LOCK_KEY)


async def workspaces_with_retention(database: Database) -> list[Workspace]:
    """Those that do not keep everything for ever, by key."""
    sql = (
        f'SELECT {selection(Workspace, "w")} FROM "workspace" w'
        " WHERE CAST(w.settings_json AS TEXT) LIKE '%_retention%' ORDER BY w.id"
    )
    return await records(database.lane(), Workspace, sql)


async def sessions_ended_by(viewer: Viewer, moment: datetime, limit: int) -> list[int]:
    """Sessions that ended at the instant or before, longest ago first."""
    absent = NULLS_FIRST_INSTANT[viewer.dialect]
    ended_at = f"COALESCE(s.ended_at, {absent})"  # as its index has it, the open ones first
    sql = (
        f'SELECT s.id FROM "session" s WHERE s.workspace_id = ? AND {ended_at} > {absent}'
        f" AND {ended_at} <= ? ORDER BY {ended_at}, s.id LIMIT ?"
    )
    return await _keys(viewer, sql, moment, limit)


async def sessions_to_purge(viewer: Viewer, moment: datetime, limit: int) -> list[int]:
    """Of those, the ones whose messages still say what was said."""
    sql = (
        f'SELECT s.id FROM "session" s WHERE s.workspace_id = ? AND {_TO_PURGE}'
        " AND s.ended_at IS NOT NULL ORDER BY s.ended_at, s.id LIMIT ?"
    )
    return await _keys(viewer, sql, moment, limit)


async def _keys(viewer: Viewer, sql: str, moment: datetime, limit: int) -> list[int]:
    return [key for (key,) in await viewer.fetch(sql, (viewer.workspace_id, moment, limit))]


async def lock_ended(
    transaction: Transaction, viewer: Viewer, keys: Sequence[int], moment: datetime, *, purged: bool
) -> list[Session]:
    """Those of the sessions that had ended by then and that nobody is writing to.

    Without `purged`, those whose messages still say what was said.
    """
    condition = _ENDED if purged else _TO_PURGE
    where = f"{among(transaction.dialect, 's.id')} AND {condition}"
    return await lock_sessions(transaction, viewer, where, list(keys), moment, wait=False)


async def logs_to_trim(database: Database, moment: datetime) -> list[tuple[int, int]]:
    """(workspace id, trimmed to) of the logs whose first change was at the instant or before."""
    sql = (
        "SELECT h.id, h.trimmed_to FROM head h"
        ' JOIN "change" c ON c.workspace_id = h.id AND c.seq = h.trimmed_to + 1'
        " WHERE c.at <= ? ORDER BY h.id"
    )
    return [(row[0], row[1]) for row in await database.lane().fetch(sql, (moment,))]


async def old_up_to(database: Database, log: tuple[int, int], moment: datetime) -> int:
    """The last change of the log's next stretch before which there is none after the instant."""
    workspace_id, trimmed_to = log
    sql = (
        "SELECT MAX(c.seq), MIN(CASE WHEN c.at > ? THEN c.seq END)"
        ' FROM "change" c WHERE c.workspace_id = ? AND c.seq > ? AND c.seq <= ?'
    )
    parameters = (moment, workspace_id, trimmed_to, trimmed_to + LOG_CHUNK)
    ((last, first_young),) = await database.lane().fetch(sql, parameters)
    return int(first_young - 1 if first_young is not None else last or trimmed_to)
