"""Sessions that the clock has something to do with, of all workspaces: for the sweeper."""

from collections.abc import Sequence
from datetime import datetime

from loaders.condition import among
from loaders.session_state import lock_sessions
from loaders.viewer import Viewer
from models.database import Database, Transaction, records
from models.record import selection
from models.session import Session
from models.workspace import Workspace

_LOCK_KEY = 7_365_738  # any constant but that of the migrations


async def due_sessions(
    database: Database, now: datetime, limit: int, *, but: Sequence[int]
) -> list[tuple[int, int]]:
    """(workspace id, session id), longest due first, without those workspaces."""
    lane = database.lane()
    sql = (
        'SELECT s.workspace_id, s.id FROM "session" s WHERE s.next_transition_at <= ?'
        f" AND NOT ({among(database.dialect, 's.workspace_id')})"
        " ORDER BY s.next_transition_at, s.id LIMIT ?"
    )
    return [(row[0], row[1]) for row in await lane.fetch(sql, (now, list(but), limit))]


async def workspaces_by_id(database: Database, keys: Sequence[int]) -> list[Workspace]:
    """Those that there still are."""
    if not keys:
        return []
    lane = database.lane()
    sql = (
        f'SELECT {selection(Workspace, "w")} FROM "workspace" w'
        f" WHERE {among(database.dialect, 'w.id')}"
    )
    return await records(lane, Workspace, sql, (list(keys),))


async def may_sweep(transaction: Transaction) -> bool:
    """Whether nobody else sweeps; true keeps others from it until the transaction ends."""
    return await has_turn(transaction, _LOCK_KEY)


async def has_turn(transaction: Transaction, lock_key: int) -> bool:
    """Whether nobody else does the work of that key; true keeps it until the transaction ends.

    Each database and schema has locks of its own. A SQLite file has one server process.
    """
    if transaction.dialect == "sqlite":
        return True
    sql = "SELECT pg_try_advisory_xact_lock(?, '\"session\"'::regclass::oid::integer)"
    return bool((await transaction.fetch(sql, (lock_key,)))[0][0])


async def lock_due_sessions(
    transaction: Transaction, viewer: Viewer, keys: Sequence[int], now: datetime
) -> list[Session]:
    """Those of the sessions that are still due and that nobody is writing to.

    Whoever is writing to one reckons anew when it is due, so nobody need wait for them.
    """
    where = f"{among(transaction.dialect, 's.id')} AND s.next_transition_at <= ?"
    return await lock_sessions(transaction, viewer, where, list(keys), now, wait=False)
