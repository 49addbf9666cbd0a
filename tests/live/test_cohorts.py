"""Subscribers of the same stream share one execution, and nothing is lost or told twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import orjson
import pytest

import subscriptions.cohort
import subscriptions.session
from loaders.viewer import Viewer
from models.enums import Scope
from server.streams import NotExecuted
from subscriptions.hub import Hub
from tests.conftest import GraphQL, data_of
from tests.live.streams import CHANGES, Door
from tests.writes import client

STATUS = """subscription ($after: ChangeCursor) {
  sessionStatusChanged(after: $after) { cursor sessionId to } }"""
METRICS = """subscription ($filter: SessionFilter) {
  sessionMetrics(filter: $filter, minInterval: "PT0.1S") { totalSessions } }"""
NOTHING = 0.5
"""Seconds after which a stream that should be silent is believed."""

Open = Callable[..., Awaitable[str]]


@pytest.fixture
def door(hub: Hub) -> Door:
    return Door(hub)


@pytest.fixture
def opened(graphql: GraphQL) -> Open:
    async def write(name: str, **parts: Any) -> str:
        given = client.start(externalId=name, **parts)
        session: str = data_of(await graphql(client.START, given))["sessionStart"]["session"]["id"]
        return session

    return write


async def position(graphql: GraphQL) -> str:
    cursor: str = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    return cursor


async def settled(door: Door, cohorts: int) -> None:
    for _ in range(500):
        if door.streams.cohorts == cohorts:
            return
        await asyncio.sleep(0.01)
    assert door.streams.cohorts == cohorts


async def test_the_first_item_is_a_checkpoint_from_which_one_resumes(
    door: Door, viewer: Viewer, opened: Open
) -> None:
    async with door.subscribed(viewer) as stream:
        checkpoint = await stream.next()
    session = await opened("a")
    async with door.subscribed(viewer, after=checkpoint["cursor"]) as stream:
        [change] = await stream.changes(1)

    assert checkpoint["__typename"] == "StreamCheckpoint"
    assert (change["kind"], change["sessionId"]) == ("ENTERED", session)


async def test_subscribers_of_the_same_stream_share_the_bytes_of_an_event(
    door: Door, viewer: Viewer, opened: Open, graphql: GraphQL
) -> None:
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(door.subscribed(viewer, after=await position(graphql)))
            for _ in range(5)
        ]
        for stream in streams:
            await stream.next()
        waiting = [asyncio.create_task(anext(stream.bodies)) for stream in streams]
        await settled(door, 1)
        await opened("a")
        bodies = await asyncio.gather(*waiting)

    assert len({id(body) for body in bodies}) == 1
    assert orjson.loads(bodies[0])["data"]["sessionChanges"]["kind"] == "ENTERED"
    await settled(door, 0)


async def test_what_is_shown_or_filtered_differently_is_not_shared(
    door: Door, viewer: Viewer
) -> None:
    fewer = replace(viewer, scopes=frozenset({Scope.SESSIONS_READ, Scope.CONTACTS_READ}))
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(subscribed)
            for subscribed in (
                door.subscribed(viewer),
                door.subscribed(fewer),
                door.subscribed(viewer, filter={"isTest": True}),
                door.subscribed(viewer, CHANGES.replace("kind", "type: kind")),
            )
        ]
        for stream in streams:
            await stream.next()
        waiting = [asyncio.create_task(anext(stream.bodies)) for stream in streams]
        await settled(door, 4)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_each_gets_everything_once_whenever_it_joins(
    door: Door, viewer: Viewer, opened: Open, graphql: GraphQL
) -> None:
    start = await position(graphql)
    count, readers = 40, 12

    async def read(delay: float) -> list[str]:
        await asyncio.sleep(delay)
        async with door.subscribed(viewer, after=start) as stream:
            return [one["sessionId"] for one in await stream.changes(count)]

    async def write() -> list[str]:
        return [await opened(str(number)) for number in range(count)]

    written, *seen = await asyncio.gather(write(), *(read(0.01 * n) for n in range(readers)))

    assert seen == [written] * readers
    await settled(door, 0)


async def test_an_event_shows_the_row_as_it_is_and_no_memory_of_it(
    door: Door, viewer: Viewer, opened: Open, graphql: GraphQL
) -> None:
    async with door.subscribed(viewer) as stream:
        await stream.next()
        names: list[str] = []
        for name in ("Ada", "Bob", "Cem"):
            contact = {"externalId": "c-1", "attributes": {"name": name}}
            waiting = asyncio.create_task(stream.changes(1))
            await opened(name, contact=contact)
            [change] = await waiting
            names.append(change["session"]["contact"]["name"])

    assert names[0] == "Ada"
    assert set(names[1:]) <= {"Bob", "Cem"}


async def test_who_does_not_keep_up_is_told_to_read_again_and_others_are_not(
    door: Door,
    viewer: Viewer,
    opened: Open,
    graphql: GraphQL,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscriptions.cohort, "QUEUED_FRAMES", 3)
    start = await position(graphql)
    async with (
        door.subscribed(viewer, after=start) as slow,
        door.subscribed(viewer, STATUS, after=start) as slow_too,
        door.subscribed(viewer, after=start) as quick,
    ):
        await opened("joins")
        await slow.changes(1)
        await slow_too.next()
        await quick.changes(1)
        joining = [asyncio.create_task(anext(one.bodies)) for one in (slow, slow_too)]
        await settled(door, 2)
        for number in range(8):
            await opened(str(number))
            [_change] = await quick.changes(1)
        await asyncio.gather(*joining)

        resync = await slow.next()
        with pytest.raises(StopAsyncIteration):
            await slow.next()
        with pytest.raises(NotExecuted) as refused:
            await slow_too.next()

    assert (resync["__typename"], resync["reason"]) == ("ResyncRequired", "SLOW_CONSUMER")
    assert resync["head"] > start
    [error] = refused.value.errors
    assert error["extensions"]["code"] == "SLOW_CONSUMER"


async def test_an_expired_cursor_asks_for_a_new_list_or_ends_the_stream(
    door: Door, viewer: Viewer, opened: Open, graphql: GraphQL
) -> None:
    start = await position(graphql)
    await opened("a")
    async with viewer.database.transaction() as transaction:
        await transaction.execute_many(
            "UPDATE head SET trimmed_to = seq WHERE id = ?", [(viewer.workspace_id,)]
        )

    async with door.subscribed(viewer, after=start) as stream:
        resync = await stream.next()
        with pytest.raises(StopAsyncIteration):
            await stream.next()
    async with door.subscribed(viewer, STATUS, after=start) as stream:
        with pytest.raises(NotExecuted) as refused:
            await stream.next()

    assert (resync["__typename"], resync["reason"]) == ("ResyncRequired", "CURSOR_EXPIRED")
    assert refused.value.errors[0]["extensions"]["code"] == "CURSOR_EXPIRED"


async def test_sessions_leave_a_relative_filter_without_any_write(
    door: Door, viewer: Viewer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions.session, "_AGING_SECONDS", 0.1)
    filter = {"startedAt": {"last": "PT2S"}}
    async with door.subscribed(viewer, filter=filter) as stream:
        await stream.next()
        waiting = asyncio.create_task(stream.changes(2))
        session = await opened("a")
        entered, left = await waiting

    assert [(one["kind"], one["sessionId"]) for one in (entered, left)] == [
        ("ENTERED", session), ("LEFT", session),
    ]  # fmt: skip
    assert (left["changedFields"], left["session"]) == ([], None)


async def test_numbers_are_pushed_at_once_and_when_they_have_changed(
    door: Door, viewer: Viewer, opened: Open, graphql: GraphQL
) -> None:
    filter = {"filter": {"isOpen": True}}
    async with door.subscribed(viewer, METRICS, **filter) as stream:
        assert await stream.next() == {"totalSessions": 0}
        session = await opened("a")
        assert await stream.next() == {"totalSessions": 1}
        await graphql(client.APPEND, client.append("hi"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(NOTHING):
                await anext(stream.bodies)

    async with door.subscribed(viewer, METRICS, **filter) as stream:
        assert await stream.next() == {"totalSessions": 1}
        data_of(await graphql(client.END, {"input": {"session": {"id": session}}}))
        assert await stream.next() == {"totalSessions": 0}


@pytest.mark.parametrize("cohorts", [0, 1])
async def test_a_run_that_fails_goes_on_where_it_stood(
    door: Door, viewer: Viewer, opened: Open, cohorts: int
) -> None:
    labelled = CHANGES.replace("topic", "labels { label { name } }")

    async def move_table(name: str, to: str) -> None:
        async with viewer.database.transaction() as transaction:
            await transaction.execute_many(f"ALTER TABLE {name} RENAME TO {to}", [()])

    async with door.subscribed(viewer, labelled) as stream:
        await stream.next()
        joining = [asyncio.create_task(stream.changes(3))] if cohorts else []
        await settled(door, cohorts)
        written = [await opened("a")]
        await move_table("session_label", "session_label_away")
        try:
            written += [await opened("b"), await opened("c")]
            # Without a cohort it has read nothing of this yet: all is replayed to it alone.
            [waiting] = joining or [asyncio.create_task(stream.changes(3))]
            await asyncio.sleep(0.3)
        finally:
            await move_table("session_label_away", "session_label")
        changes = await waiting

    assert [one["sessionId"] for one in changes] == written
