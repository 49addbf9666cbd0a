"""The hub in one process: who is woken, by what, and that its poll outlives the database."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from loaders.viewer import Viewer
from models.database import Database
from models.enums import Scope
from subscriptions.hub import Hub
from tests.conftest import GraphQL
from tests.writes.client import START, start

NEVER = 3600.0
"""Seconds between polls: what arrives did not arrive by polling."""
LONG = 20.0
"""Seconds after which a wake-up does not come any more."""
NOTHING = 0.3
"""Seconds after which silence is believed."""

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_a_listener_is_woken_for_its_workspace_only(database: Database) -> None:
    async with Hub(database, poll_seconds=NEVER) as hub:
        with hub.listener(1) as own, hub.listener(2) as other:
            hub.publish(1, 5)

            assert (await own.wait(LONG), await other.wait(NOTHING)) == (True, False)


async def test_any_number_of_wake_ups_is_one(database: Database) -> None:
    async with Hub(database, poll_seconds=NEVER) as hub:
        with hub.listener(1) as listener:
            for seq in range(1, 1_001):
                hub.publish(1, seq)

            assert (hub.unsent, hub.listening) == (1, 1)
            assert await listener.wait(LONG)
            assert not await listener.wait(NOTHING)


async def test_what_is_known_already_wakes_nobody(database: Database) -> None:
    async with Hub(database, poll_seconds=NEVER) as hub:
        with hub.listener(1) as listener:
            hub.publish(1, 5)
            await listener.wait(LONG)
            hub.publish(1, 5)
            hub.publish(1, 4)

            assert not await listener.wait(NOTHING)


async def test_unsent_wake_ups_take_bounded_memory(database: Database) -> None:
    hub = Hub(database)  # not running: as good as a broker that takes nothing

    for workspace_id in range(1, 20_001):
        hub.publish(workspace_id, 1)

    assert hub.unsent == 10_000


async def test_the_poll_corrects_what_a_message_claimed(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    silent = Viewer(viewer.database, viewer.workspace, "cli", frozenset(Scope))
    async with Hub(database, poll_seconds=0.02) as hub:
        with hub.listener(viewer.workspace_id) as listener:
            hub.publish(viewer.workspace_id, 10**15)
            while await listener.wait(NOTHING):
                pass
            await graphql(START, start(), by=silent)

            assert await listener.wait(LONG)


@only_sqlite
async def test_the_poll_outlives_the_database_and_wakes_everyone_when_it_is_back(
    database: Database, viewer: Viewer
) -> None:
    with capture_logs() as logs:
        async with Hub(database, poll_seconds=0.02) as hub:
            with hub.listener(viewer.workspace_id) as listener:
                await listener.wait(LONG)  # for the first reading of the head
                await rename(database, "head", "head_away")
                assert not await listener.wait(NOTHING)
                assert [line["event"] for line in outages(logs)] == ["outage began"]
                await rename(database, "head_away", "head")

                assert await listener.wait(LONG)

    assert [line["event"] for line in outages(logs)] == ["outage began", "outage ended"]
    assert {line["of"] for line in outages(logs)} == {"reading the heads of the change log"}


async def test_what_was_read_is_shared_until_there_is_news(database: Database) -> None:
    async with Hub(database, poll_seconds=1000) as hub:
        assert hub.shared(1) is not hub.shared(2)
        with hub.listener(1):
            hub.publish(1, 1)
            found = hub.shared(1)
            hub.publish(1, 1)  # no news
            hub.publish(2, 1)
            assert hub.shared(1) is found
            hub.publish(1, 2)
            assert hub.shared(1) is not found
            found = hub.shared(1)
        assert hub.shared(1) is not found

    async with Hub(database, poll_seconds=0.01) as hub:
        found = hub.shared(1)
        await asyncio.sleep(0.1)
        assert hub.shared(1) is not found


async def test_stopping_leaves_no_task(database: Database) -> None:
    before = asyncio.all_tasks()

    async with Hub(database) as hub:
        hub.publish(1, 1)
    await asyncio.sleep(0)  # broadcaster cancels its own task and does not wait for it

    assert asyncio.all_tasks() == before


async def rename(database: Database, name: str, new_name: str) -> None:
    async with database.transaction() as transaction:
        await transaction.fetch(f'ALTER TABLE "{name}" RENAME TO "{new_name}"')


def outages(logs: Any) -> list[dict[str, Any]]:
    return [line for line in logs if line["event"].startswith("outage")]
