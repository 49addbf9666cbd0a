"""The status stream: replay, then live, filtered, scoped, without a gap."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from strawberry.types import ExecutionResult

from loaders.viewer import Viewer
from models.enums import Scope
from resolvers.context import Context
from schema.build import build_schema
from subscriptions.hub import Hub
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.writes.client import APPEND, END, START, append, start

STREAM = """subscription($id: ID, $filter: SessionFilter, $after: ChangeCursor) {
  sessionStatusChanged(sessionId: $id, filter: $filter, after: $after) {
    cursor sessionId from to activity endReason session { topic contact { displayName } } } }"""
NOTHING = 0.3
"""Seconds after which a stream that should be silent is believed."""


class Stream:
    """A subscription whose events can be waited for."""

    def __init__(self, source: AsyncIterator[ExecutionResult]) -> None:
        self._source = source
        self._told: list[ExecutionResult] = []

    async def next(self) -> dict[str, Any]:
        if not self._told:
            async with asyncio.timeout(5):
                self._told = cast("Any", await anext(self._source)).data
        event: dict[str, Any] = data_of(self._told.pop(0))["sessionStatusChanged"]
        return event

    async def error(self) -> Any:
        async with asyncio.timeout(5):
            result = await anext(self._source)
        assert result.errors is not None
        return result.errors[0]


@asynccontextmanager
async def subscribed(viewer: Viewer, hub: Hub, **variables: Any) -> AsyncGenerator[Stream]:
    source = await build_schema().subscribe(
        STREAM, variable_values=variables, context_value=Context(viewer, hub)
    )
    if isinstance(source, ExecutionResult):
        raise AssertionError(source.errors)
    try:
        yield Stream(source)
    finally:
        await source.aclose()


async def opened(graphql: GraphQL, **parts: Any) -> dict[str, str]:
    answer = data_of(await graphql(START, start(**parts)))["sessionStart"]
    return {"id": answer["session"]["id"], "cursor": answer["changeCursor"]}


async def end(graphql: GraphQL, session: dict[str, str]) -> str:
    given = {"input": {"session": {"id": session["id"]}}}
    cursor: str = data_of(await graphql(END, given))["sessionEnd"]["changeCursor"]
    return cursor


async def test_a_change_after_the_cursor_is_replayed_and_a_later_one_is_pushed(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    session = await opened(graphql, topic="Refund")
    before = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    await end(graphql, session)

    async with subscribed(viewer, hub, after=before) as stream:
        replayed = await stream.next()
        later = await opened(graphql, topic="Delivery")
        pushed = await stream.next()

    assert (replayed["sessionId"], replayed["from"], replayed["to"]) == (
        session["id"], "ACTIVE", "COMPLETED",
    )  # fmt: skip
    assert (replayed["activity"], replayed["endReason"]) == ("ENDED", "UNKNOWN")
    assert replayed["session"] == {"topic": "Refund", "contact": {"displayName": "Ada"}}
    assert (pushed["sessionId"], pushed["from"], pushed["to"]) == (later["id"], None, "ACTIVE")


async def test_resuming_from_an_event_loses_and_repeats_nothing(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    start_at = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    sessions = [await opened(graphql, externalId=f"s-{i}") for i in range(5)]

    seen: list[str] = []
    cursor = start_at
    for _ in sessions:
        async with subscribed(viewer, hub, after=cursor) as stream:
            event = await stream.next()
        seen.append(event["sessionId"])
        cursor = event["cursor"]

    assert seen == [session["id"] for session in sessions]


async def test_a_message_is_no_status_change(graphql: GraphQL, viewer: Viewer, hub: Hub) -> None:
    await graphql(APPEND, append("one"))
    after = data_of(await graphql("{ changeCursor }"))["changeCursor"]

    async with subscribed(viewer, hub, after=after) as stream:
        await graphql(APPEND, append("two"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(NOTHING):
                await stream.next()


async def test_one_session_can_be_followed(graphql: GraphQL, viewer: Viewer, hub: Hub) -> None:
    followed, other = await opened(graphql, externalId="a"), await opened(graphql, externalId="b")
    after = other["cursor"]

    async with subscribed(viewer, hub, id=followed["id"], after=after) as stream:
        await end(graphql, other)
        await end(graphql, followed)
        event = await stream.next()

    assert event["sessionId"] == followed["id"]


async def test_the_filter_is_evaluated_on_the_session_after_the_change(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    session = await opened(graphql, topic="Refund")
    await opened(graphql, topic="Delivery", externalId="other")
    matching = {"topic": {"eq": "Refund"}, "status": {"eq": "COMPLETED"}}

    async with subscribed(viewer, hub, filter=matching) as stream:
        reading = asyncio.create_task(stream.next())
        await asyncio.sleep(0.05)
        await end(graphql, session)
        event = await reading

    assert (event["sessionId"], event["to"]) == (session["id"], "COMPLETED")


async def test_a_stream_keeps_the_saved_view_that_it_began_with(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    rows = Rows(viewer)
    rows.field("plan")
    unset = {"not": {"customFields": [{"key": "plan", "isSet": True}]}}
    view = rows.view({"and": [unset, {"topic": {"eq": "Refund"}}]})
    await rows.save()

    async with subscribed(viewer, hub, filter={"savedViewId": global_id(view)}) as stream:
        waiting = asyncio.create_task(stream.next())
        await asyncio.sleep(NOTHING)  # until it listens
        async with viewer.database.transaction() as transaction:
            await transaction.fetch("DELETE FROM saved_view WHERE id = ?", (view.id,))
        await opened(graphql, topic="Delivery")
        refund = await opened(graphql, topic="Refund")

        assert (await waiting)["sessionId"] == refund["id"]


async def test_rows_are_fresh_on_every_event(graphql: GraphQL, viewer: Viewer, hub: Hub) -> None:
    after = data_of(await graphql("{ changeCursor }"))["changeCursor"]

    async with subscribed(viewer, hub, after=after) as stream:
        await opened(
            graphql, externalId="a", contact={"externalId": "c", "attributes": {"name": "Old"}}
        )
        first = await stream.next()
        await opened(
            graphql, externalId="b", contact={"externalId": "c", "attributes": {"name": "New"}}
        )
        second = await stream.next()

    names = [event["session"]["contact"]["displayName"] for event in (first, second)]
    assert names == ["Old", "New"]


async def test_another_workspace_is_never_heard(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer, hub: Hub
) -> None:
    async with subscribed(stranger, hub) as stream:
        reading = asyncio.create_task(stream.next())
        await asyncio.sleep(0.05)
        await opened(graphql)
        await asyncio.sleep(NOTHING)
        assert not reading.done()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


@pytest.mark.parametrize("after", ["nonsense", "WzEsMiwzXQ", ""])
async def test_a_malformed_or_foreign_cursor_is_refused(
    viewer: Viewer, hub: Hub, after: str
) -> None:
    async with subscribed(viewer, hub, after=after) as stream:
        error = await stream.error()

    assert getattr(error.original_error, "code", None) == "INVALID_CURSOR"


async def test_a_cursor_from_the_future_is_refused(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    session = await opened(graphql)
    await viewer.database.lane().fetch("SELECT 1")
    async with viewer.database.transaction() as transaction:
        await transaction.fetch(
            'UPDATE "head" SET seq = 0 WHERE id = ? RETURNING id', (viewer.workspace_id,)
        )

    async with subscribed(viewer, hub, after=session["cursor"]) as stream:
        error = await stream.error()

    assert error.original_error.code == "INVALID_CURSOR"


async def test_a_cursor_behind_the_trimmed_log_has_expired(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    session = await opened(graphql)
    async with viewer.database.transaction() as transaction:
        await transaction.fetch(
            'UPDATE "head" SET trimmed_to = 9 WHERE id = ? RETURNING id', (viewer.workspace_id,)
        )

    async with subscribed(viewer, hub, after=session["cursor"]) as stream:
        error = await stream.error()

    assert error.original_error.code == "CURSOR_EXPIRED"


async def test_streaming_needs_the_scope_sessions_read(viewer: Viewer, hub: Hub) -> None:
    writer = Viewer(viewer.database, viewer.workspace, "writer", frozenset({Scope.INGEST}))

    async with subscribed(writer, hub) as stream:
        error = await stream.error()

    assert error.message == "This needs the scope SESSIONS_READ."


async def test_filtering_by_what_one_may_not_read_is_refused(viewer: Viewer, hub: Hub) -> None:
    scopes = frozenset({Scope.SESSIONS_READ, Scope.CONTACTS_READ})
    reader = Viewer(viewer.database, viewer.workspace, "reader", scopes)
    guess = {"contact": {"email": {"eq": "ada@example.com"}}}

    async with subscribed(reader, hub, filter=guess) as stream:
        error = await stream.error()

    assert error.message == "This needs the scope PII_READ."


async def test_a_change_by_another_process_arrives_by_polling(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    silent = Viewer(viewer.database, viewer.workspace, "cli", frozenset(Scope))
    after = data_of(await graphql("{ changeCursor }"))["changeCursor"]

    async with subscribed(viewer, hub, after=after) as stream:
        reading = asyncio.create_task(stream.next())
        await asyncio.sleep(0.05)
        await graphql(START, start(), by=silent)
        event = await reading

    assert event["to"] == "ACTIVE"


async def test_a_closed_stream_leaves_no_listener(viewer: Viewer, hub: Hub) -> None:
    async with subscribed(viewer, hub) as stream:
        reading = asyncio.create_task(stream.next())
        await asyncio.sleep(0.05)
        assert hub.listening == 1
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    assert hub.listening == 0
