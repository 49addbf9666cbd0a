"""The law of the sweeper: looking once, late, leaves the same rows as looking often."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import ChannelType, Scope
from models.record import columns
from models.session import Session
from resolvers.administration import create_workspace
from tests.reads.rows import Rows
from tests.workers.sweeping import T0, changes, events, pass_time, sessions, set_settings, silent

Drawn = dict[str, Any]

SPAN = st.none() | st.integers(1, 3_600)
TIMEOUTS = st.fixed_dictionaries(
    {
        "channel_type": st.sampled_from(["WEB", "PHONE"]),
        "close_after": SPAN,
        "max_duration": SPAN,
    }
)
SETTINGS = st.fixed_dictionaries(
    {
        "idle_after": st.integers(1, 3_600),
        "close_after": SPAN,
        "max_duration": SPAN,
        "channels": st.lists(TIMEOUTS, max_size=1),
    }
)
SESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "channel_type": st.sampled_from(["WEB", "PHONE", "API"]),
            "spoke": st.integers(0, 3_600),
            "own": SPAN,
        }
    ),
    min_size=1,
    max_size=4,
)
INSTANTS = st.lists(st.integers(0, 9_000), min_size=1, max_size=8, unique=True).map(sorted)

WHEN_IT_WAS_WRITTEN = {"updated_at"}
OWN = {"id", "workspace_id", "contact_id", "conversation_id", "short_id"}


async def swept(database: Database, world: Drawn, instants: list[int]) -> Drawn:
    """What the world has become after somebody looked at each of the instants."""
    workspace = await create_workspace(database, f"law {secrets.token_hex(6)}")
    viewer = Viewer(database, workspace, "tester", frozenset(Scope))
    await set_settings(viewer, **world["settings"])
    rows = Rows(viewer)
    for drawn in world["sessions"]:
        silent(
            rows,
            channel_type=ChannelType(drawn["channel_type"]),
            last_activity_at=T0 + timedelta(seconds=drawn["spoke"]),
            close_after_ms=None if drawn["own"] is None else drawn["own"] * 1_000,
        )
    await rows.save()
    for instant in instants:
        await pass_time(viewer, T0 + timedelta(seconds=instant))
    return await remains(viewer)


async def remains(viewer: Viewer) -> Drawn:
    found = await sessions(viewer)
    place = {row.id: number for number, row in enumerate(found)}
    kept = [name for name in columns(Session) if name not in OWN | WHEN_IT_WAS_WRITTEN]
    log = [change for change in await changes(viewer) if change.detail]
    return {
        "sessions": [{name: getattr(row, name) for name in kept} for row in found],
        "events": sorted((place[e.session_id], e.at, e.kind) for e in await events(viewer)),
        "changes": [[change.detail for change in log if change.session_id == key] for key in place],
    }


def test_sweeping_once_late_leaves_the_same_as_sweeping_often(database_url: DatabaseUrl) -> None:
    with asyncio.Runner() as runner:
        database = Database(database_url)
        runner.run(database.open())

        @settings(
            max_examples=40,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        @given(decided=SETTINGS, silences=SESSIONS, instants=INSTANTS)
        def holds(decided: Drawn, silences: list[Drawn], instants: list[int]) -> None:
            world = {"settings": decided, "sessions": silences}
            often = runner.run(swept(database, world, instants))
            late = runner.run(swept(database, world, instants[-1:]))
            assert often == late

        try:
            holds()
        finally:
            runner.run(database.close())
