"""Sessions of a time long ago, when no other test's sessions are due, and what became of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from loaders.session_state import lock_sessions
from loaders.viewer import Viewer
from models.change import Change
from models.contact import Contact
from models.database import records
from models.enums import ActorType
from models.fields import to_milliseconds
from models.record import selection
from models.session import Session
from models.session_event import SessionEvent
from tests.reads.rows import Rows
from workers.sweeper import sweep

T0 = datetime(2001, 1, 1, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def silent(rows: Rows, contact: Contact | None = None, **values: Any) -> Session:
    """A web chat in which the contact spoke at T0 for the last time."""
    there = {
        "actorType": ActorType.CONTACT.value, "agentId": None, "joinedAt": to_milliseconds(T0),
        "leftAt": None, "messageCount": 1,
    }  # fmt: skip
    defaults = {
        "started_at": T0,
        "last_activity_at": T0,
        "next_transition_at": T0,
        "closes_at": after(30),
        "participants": [there],
        "additional_secured_revenue": Decimal(0),
    }
    return rows.session(contact, **{**defaults, **values})


async def pass_time(viewer: Viewer, now: datetime) -> None:
    """What the sweeper does at `now`."""
    await sweep(viewer.database, viewer.on_commit, now)


async def let_others_rest(viewer: Viewer) -> None:
    """For tests of today: what other tests left in the schema is not due."""
    sql = 'UPDATE "session" SET next_transition_at = NULL WHERE workspace_id <> ?'
    async with viewer.database.transaction() as transaction:
        await transaction.execute_many(sql, [(viewer.workspace_id,)])


async def sessions(viewer: Viewer) -> list[Session]:
    """The workspace's, by key."""
    found = await lock_sessions(viewer.database.lane(), viewer, "s.id > 0")
    return sorted(found, key=lambda session: session.id)


async def session(viewer: Viewer) -> Session:
    """The workspace's only one."""
    (only,) = await sessions(viewer)
    return only


async def events(viewer: Viewer) -> list[SessionEvent]:
    """The workspace's, in order of time."""
    sql = (
        f'SELECT {selection(SessionEvent, "e")} FROM "session_event" e'
        " WHERE e.workspace_id = ? ORDER BY e.at, e.id"
    )
    return await records(viewer.database.lane(), SessionEvent, sql, (viewer.workspace_id,))


async def changes(viewer: Viewer) -> list[Change]:
    """The workspace's change log."""
    sql = f'SELECT {selection(Change, "c")} FROM "change" c WHERE c.workspace_id = ? ORDER BY c.seq'
    return await viewer.records(Change, sql, (viewer.workspace_id,))


async def set_settings(viewer: Viewer, **settings: Any) -> None:
    """Decide something for the viewer's workspace, as it is stored."""
    viewer.workspace.settings_json = settings
    async with viewer.database.transaction() as transaction:
        await transaction.update(viewer.workspace, "settings_json")
