"""The hub through a real Redis that is killed, frozen and started again: never silence.

Nothing here arrives by polling: the hubs poll once an hour. One hub writes and the others hear of
it through Redis alone, as those of other processes do.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from strawberry.types import ExecutionResult
from structlog.testing import capture_logs

from loaders.change_log import heads
from loaders.viewer import Viewer
from models.database import Database
from resolvers.context import Context
from schema.build import build_schema
from subscriptions.hub import Hub
from tests.conftest import data_of
from tests.live.test_hub import LONG, NEVER, NOTHING, only_sqlite, outages
from tests.redis_server import RedisServer, until
from tests.writes.client import START, start

pytestmark = only_sqlite
CHANNEL = "sessiongraph.test"
SENDING = "sending wake-ups"
RECEIVING = "receiving wake-ups through Redis"

Change = Callable[[], Awaitable[int]]
Logs = list[dict[str, Any]]


class Processes:
    """Hubs that know each other through Redis only; the first one writes."""

    def __init__(self, database: Database, viewer: Viewer, redis: RedisServer) -> None:
        self.redis, self._database, self._viewer = redis, database, viewer
        self._stack = AsyncExitStack()
        self._written = 0

    async def run(self, count: int) -> list[Hub]:
        hubs = [self.hub() for _ in range(count)]
        for hub in hubs:
            await self._stack.enter_async_context(hub)
        await self.all_follow(count)
        return hubs

    def hub(self) -> Hub:
        return Hub(self._database, self.redis.url, channel=CHANNEL, poll_seconds=NEVER)

    async def all_follow(self, count: int) -> None:
        async def is_so() -> bool:
            return await self.redis.subscribers(CHANNEL) == count

        async with asyncio.timeout(LONG):
            await until(is_so)

    async def stop(self) -> None:
        await self._stack.aclose()

    async def change(self, writer: Hub) -> int:
        """Commit one more change; give its sequence number."""
        self._written += 1
        viewer = replace(self._viewer, on_commit=writer.publish)
        result = await build_schema().execute(
            START,
            variable_values=start(externalId=f"s-{self._written}"),
            context_value=Context(viewer, writer),
        )
        assert isinstance(result, ExecutionResult)
        assert data_of(result)["sessionStart"]["userErrors"] == []
        return await self.head()

    async def head(self) -> int:
        workspace_id = self._viewer.workspace_id
        return (await heads(self._database, [workspace_id]))[workspace_id]

    async def follow(self, hub: Hub, last: int) -> None:
        """Read the log when woken, as streams do, until its last change is there."""
        with hub.listener(self._viewer.workspace_id) as listener:
            while await self.head() != last:
                assert await listener.wait(LONG), "silence"


@pytest.fixture
async def processes(
    database: Database, viewer: Viewer, redis: RedisServer
) -> AsyncIterator[Processes]:
    running = Processes(database, viewer, redis)
    yield running
    await running.stop()


async def settled(*listeners: Any) -> None:
    """Until the wake-ups of the beginning are over."""
    for listener in listeners:
        while await listener.wait(NOTHING):
            pass


async def test_a_change_by_one_process_wakes_the_listeners_of_all(processes: Processes) -> None:
    writer, *readers = await processes.run(3)

    with (
        readers[0].listener(1) as first,
        readers[1].listener(1) as second,
        readers[1].listener(2) as other,
    ):
        await settled(first, second, other)
        writer.publish(1, 5)

        assert (await first.wait(LONG), await second.wait(LONG)) == (True, True)
        assert not await other.wait(NOTHING)


async def test_other_messages_on_the_channel_end_nothing(processes: Processes) -> None:
    writer, reader = await processes.run(2)
    strange = ["", ":", "1", "1:", ":1", "1:x", "9" * 5_000 + ":1", "null", "\x00", "1:2:3"]

    with reader.listener(1) as listener:
        await settled(listener)
        for message in strange:
            await processes.redis.tell(CHANNEL, message)
            assert await listener.wait(LONG), message  # it may have been news
        await processes.redis.tell(CHANNEL, "77:1")  # of another installation
        assert not await listener.wait(NOTHING)
        writer.publish(1, 5)

        assert await listener.wait(LONG)


async def test_two_channels_do_not_hear_each_other(
    processes: Processes, database: Database
) -> None:
    (writer,) = await processes.run(1)
    async with Hub(database, processes.redis.url, channel="other", poll_seconds=NEVER) as reader:
        with reader.listener(1) as listener:
            await settled(listener)
            writer.publish(1, 5)

            assert not await listener.wait(NOTHING)


async def test_a_killed_redis_silences_nobody(processes: Processes) -> None:
    writer, *readers = await processes.run(3)
    followers = [
        asyncio.create_task(processes.follow(reader, 4 * 5 + 1))
        for reader in readers
        for _ in range(25)
    ]

    with capture_logs() as logs:
        for _ in range(4):
            await processes.change(writer)
            await processes.redis.kill()
            for _ in range(3):
                await processes.change(writer)
            await processes.redis.start()
            await processes.all_follow(3)
            await processes.change(writer)
        await processes.redis.kill()
        await processes.change(writer)  # while there is no Redis
        await processes.redis.start()
        await asyncio.gather(*followers)

    assert [hub.listening for hub in readers] == [0, 0]
    received = [line["event"] for line in outages(logs) if line["of"] == RECEIVING]
    assert received.count("outage began") == 3 * 5


async def test_a_change_right_after_redis_is_back_arrives(processes: Processes) -> None:
    writer, reader = await processes.run(2)

    await processes.redis.kill()
    follower = asyncio.create_task(processes.follow(reader, 2))
    await processes.change(writer)
    await processes.redis.start()
    await processes.all_follow(2)
    await processes.change(writer)

    await follower


async def test_a_frozen_redis_is_noticed_and_silences_nobody(processes: Processes) -> None:
    writer, reader = await processes.run(2)
    follower = asyncio.create_task(processes.follow(reader, 1))

    with capture_logs() as logs:
        processes.redis.freeze()
        try:
            await processes.change(writer)
            await noticed(logs, ["outage began"] * 3)
        finally:
            processes.redis.thaw()
        await follower
        await noticed(logs, ["outage began"] * 3 + ["outage ended"] * 3)

    begun = [line["of"] for line in outages(logs)[:3]]
    assert sorted(begun) == [RECEIVING, RECEIVING, SENDING]


async def noticed(logs: Any, events: list[str]) -> None:
    async def are_there() -> bool:
        return [line["event"] for line in outages(logs)] == events

    async with asyncio.timeout(LONG):
        await until(are_there)


async def test_changes_are_committed_and_heard_in_the_same_process_without_redis(
    processes: Processes, viewer: Viewer
) -> None:
    (writer,) = await processes.run(1)
    processes.redis.freeze()

    with writer.listener(viewer.workspace_id) as listener:
        try:
            for _ in range(10):
                await processes.change(writer)
                assert await listener.wait(LONG)

            assert await processes.head() == 10
            assert writer.unsent == 1  # the newest, while the first one is being tried
        finally:
            processes.redis.thaw()


async def test_a_process_starts_without_redis_and_finds_it_later(processes: Processes) -> None:
    await processes.redis.kill()
    hub = processes.hub()

    with capture_logs() as logs:
        async with hub:
            with hub.listener(1) as listener:
                await noticed(logs, ["outage began"])
                await processes.redis.start()

                assert await listener.wait(LONG)

    assert [line["event"] for line in outages(logs)] == ["outage began", "outage ended"]


async def test_what_redis_refuses_is_told_without_the_password(
    processes: Processes, database: Database
) -> None:
    url = processes.redis.url.replace("redis://", "redis://:hunter2@")

    with capture_logs() as logs:
        async with Hub(database, url, channel=CHANNEL, poll_seconds=NEVER):
            await noticed(logs, ["outage began"])

    assert "without any password configured" in logs[0]["error"]
    assert "hunter2" not in str(logs)


async def test_a_thousand_listeners_are_woken_by_a_gap_and_by_a_change(
    processes: Processes,
) -> None:
    writer, reader = await processes.run(2)

    async def wait_twice(workspace_id: int, both: asyncio.Barrier) -> None:
        with reader.listener(workspace_id) as listener:
            await settled(listener)
            await both.wait()
            assert await listener.wait(LONG)
            await settled(listener)
            await both.wait()
            assert await listener.wait(LONG)

    barrier = asyncio.Barrier(1_001)
    waiting = [asyncio.create_task(wait_twice(1 + i % 20, barrier)) for i in range(1_000)]
    await barrier.wait()
    await processes.redis.kill()
    await processes.redis.start()
    await barrier.wait()
    for workspace_id in range(1, 21):
        writer.publish(workspace_id, 1)
    await asyncio.gather(*waiting)

    assert reader.listening == 0


async def test_stopping_leaves_no_task_and_no_connection(processes: Processes) -> None:
    before, clients = asyncio.all_tasks(), await processes.redis.clients()

    writer, *_readers = await processes.run(4)
    writer.publish(1, 1)
    await sent(writer)
    assert await processes.redis.clients() == clients + 5
    await processes.stop()

    async def are_gone() -> bool:
        return await processes.redis.clients() == clients

    async with asyncio.timeout(LONG):
        await until(are_gone)
    assert asyncio.all_tasks() == before


async def sent(hub: Hub) -> None:
    async def is_empty() -> bool:
        return hub.unsent == 0

    async with asyncio.timeout(LONG):
        await until(is_empty)


@pytest.mark.parametrize("is_killed", [True, False])
async def test_stopping_does_not_wait_for_redis(processes: Processes, *, is_killed: bool) -> None:
    before = asyncio.all_tasks()
    writer, _reader = await processes.run(2)

    if is_killed:
        await processes.redis.kill()
    else:
        processes.redis.freeze()
    try:
        writer.publish(1, 1)
        await processes.stop()
        await asyncio.sleep(0)

        assert asyncio.all_tasks() == before
    finally:
        if not is_killed:
            processes.redis.thaw()
