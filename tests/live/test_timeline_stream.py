"""A running session's transcript, live: what is said and done arrives once, in order."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.change import ChangeKind
from models.enums import Scope
from models.global_id import decode_id
from models.session import Session
from server.streams import NotExecuted
from subscriptions import changelog
from subscriptions.hub import Hub
from tests.conftest import GraphQL, data_of
from tests.live.streams import Door
from tests.writes import client
from tests.writes.documents import document

TIMELINE = """subscription ($id: ID!, $after: ChangeCursor) {
  sessionTimeline(sessionId: $id, after: $after) {
    __typename
    ... on MessageAdded { cursor message { sequence text } }
    ... on MessageUpdated { cursor message { sequence text } }
    ... on SessionEventAdded { cursor event { kind } }
    ... on StreamCheckpoint { cursor }
    ... on ResyncRequired { reason }
  }
}"""


@pytest.fixture
def door(hub: Hub) -> Door:
    return Door(hub)


async def position(graphql: GraphQL) -> str:
    cursor: str = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    return cursor


async def opened(graphql: GraphQL, **parts: Any) -> str:
    given = client.start(**parts)
    session: str = data_of(await graphql(client.START, given))["sessionStart"]["session"]["id"]
    return session


def told(item: dict[str, Any]) -> str:
    if "message" in item:
        kind = "" if item["__typename"] == "MessageAdded" else " again"
        return f"{item['message']['sequence']} {item['message']['text']}{kind}"
    return str(item["event"]["kind"])


async def test_messages_and_events_are_replayed_and_then_pushed(
    door: Door, viewer: Viewer, graphql: GraphQL
) -> None:
    start = await position(graphql)
    session = await opened(graphql)
    await graphql(client.APPEND, client.append("one"))
    both = [{"senderType": "CONTACT", "text": text} for text in ("two", "three")]
    await graphql(client.APPEND, client.append(messages=both))

    async with door.subscribed(viewer, TIMELINE, id=session, after=start) as stream:
        assert (await stream.next())["__typename"] == "StreamCheckpoint"
        # The session was new: everything that belongs to it comes with its first change.
        replayed = [told(await stream.next()) for _ in range(7)]
        waiting = asyncio.create_task(stream.next())
        await graphql(client.END, {"input": {"session": {"id": session}}})
        assert told(await waiting) == "ENDED"

    assert replayed[:4] == ["STARTED", "1 one", "2 two", "3 three"]
    assert replayed[4:] == ["1 one", "2 two", "3 three"]


async def test_only_the_one_session_is_told_of(
    door: Door, viewer: Viewer, graphql: GraphQL
) -> None:
    followed = await opened(graphql, externalId="followed")
    other = client.start(externalId="other", contact={"externalId": "c-2"})
    data_of(await graphql(client.START, other))
    start = await position(graphql)
    await graphql(client.APPEND, client.append("elsewhere", contact={"externalId": "c-2"}))
    await graphql(client.APPEND, client.append("here"))

    async with door.subscribed(viewer, TIMELINE, id=followed, after=start) as stream:
        await stream.next()
        assert told(await stream.next()) == "1 here"


async def test_who_stops_between_two_items_of_one_change_gets_all_of_them_again(
    door: Door, viewer: Viewer, graphql: GraphQL
) -> None:
    session = await opened(graphql)
    start = await position(graphql)
    both = [{"senderType": "CONTACT", "text": text} for text in ("one", "two")]
    await graphql(client.APPEND, client.append(messages=both))
    async with door.subscribed(viewer, TIMELINE, id=session, after=start) as stream:
        await stream.next()
        first, second = await stream.next(), await stream.next()

    async with door.subscribed(viewer, TIMELINE, id=session, after=first["cursor"]) as stream:
        await stream.next()
        assert [told(await stream.next()) for _ in range(2)] == ["1 one", "2 two"]
    async with door.subscribed(viewer, TIMELINE, id=session, after=second["cursor"]) as stream:
        await stream.next()
        waiting = asyncio.create_task(stream.next())
        await graphql(client.APPEND, client.append("three"))
        assert told(await waiting) == "3 three"


async def test_an_edited_message_is_told_as_an_update(
    door: Door, viewer: Viewer, graphql: GraphQL
) -> None:
    ingest = {"sessions": [document()], "onConflict": "UPDATE"}
    answer = data_of(await graphql(client.INGEST, {"input": ingest}))
    assert answer["sessionIngest"]["created"] == 1
    [found] = data_of(await graphql("{ sessions { nodes { id } } }"))["sessions"]["nodes"]
    start = await position(graphql)
    edited = document()
    edited["messages"][0]["text"] = "hi there"
    data_of(await graphql(client.INGEST, {"input": {**ingest, "sessions": [edited]}}))

    async with door.subscribed(viewer, TIMELINE, id=found["id"], after=start) as stream:
        await stream.next()
        assert told(await stream.next()) == "1 hi there again"


async def test_a_deleted_session_ends_its_transcript(
    door: Door, viewer: Viewer, graphql: GraphQL
) -> None:
    session = await opened(graphql)
    async with door.subscribed(viewer, TIMELINE, id=session) as stream:
        await stream.next()
        waiting = asyncio.create_task(stream.next())
        async with changelog.transaction(viewer) as changes:
            key = decode_id(session, "Session")
            sql = 'DELETE FROM "session" WHERE id = ?'
            await changes.transaction.execute_many(sql, [(key,)])
            changes.session(Session(id=key), ChangeKind.DELETED, ())
        resync = await waiting

    assert (resync["__typename"], resync["reason"]) == ("ResyncRequired", "FILTER_CHANGED")


async def test_a_transcript_needs_a_session_of_the_workspace_and_the_scope_of_messages(
    door: Door, viewer: Viewer, stranger: Viewer, graphql: GraphQL
) -> None:
    session = await opened(graphql)
    reader = replace(viewer, scopes=frozenset({Scope.SESSIONS_READ}))
    for who, code, message in (
        (stranger, "BAD_USER_INPUT", "`sessionId`: there is no such session."),
        (reader, "FORBIDDEN", "This needs the scope MESSAGES_READ."),
    ):
        async with door.subscribed(who, TIMELINE, id=session) as stream:
            with pytest.raises(NotExecuted) as refused:
                await stream.next()
        [error] = refused.value.errors
        assert (error["extensions"]["code"], error["message"]) == (code, message)
