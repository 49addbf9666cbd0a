"""The spine, end to end: real processes, real sockets, and a client that we did not write."""

import asyncio
import gzip
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.conftest import CORPUS
from tests.server.process import run, serving

PAGE = """query($first: Int, $after: String, $last: Int, $before: String) {
  sessions(first: $first, after: $after, last: $last, before: $before) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
COUNT = "{ sessions(first: 1) { totalCount } }"
OPEN = "{ sessions(first: 3, filter: {isOpen: true}) { nodes { id } changeCursor } }"
END = """mutation($id: ID!) { sessionEnd(input: {session: {id: $id}}) {
  session { status } userErrors { code } changeCursor } }"""
START = """mutation($external: String!, $at: DateTime!) { sessionStart(input: {
  source: "live", externalId: $external, channelType: WEB, contact: {externalId: $external},
  startedAt: $at}) {
  session { id } userErrors { code } } }"""
STREAM = """subscription($after: ChangeCursor, $ids: [ID!]) {
  sessionStatusChanged(after: $after, filter: {id: {in: $ids}}) {
    cursor sessionId from to session { status } } }"""

Ask = AsyncClientSession


async def ask(client: Ask, query: str, **variables: Any) -> dict[str, Any]:
    return await client.execute(GraphQLRequest(query, variable_values=variables))


async def walk(client: Ask, size: int, *, backwards: bool) -> list[str]:
    """Every id, page by page."""
    ids: list[str] = []
    cursor = None
    while True:
        arguments = (
            {"last": size, "before": cursor} if backwards else {"first": size, "after": cursor}
        )
        page = (await ask(client, PAGE, **arguments))["sessions"]
        ids += [node["id"] for node in (reversed(page["nodes"]) if backwards else page["nodes"])]
        info = page["pageInfo"]
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            return ids
        cursor = info["startCursor" if backwards else "endCursor"]


async def insert_meanwhile(client: Ask, stop: asyncio.Event) -> int:
    """New sessions all over the time that the walks go through."""
    chance = random.Random(20261121)
    count = 0
    while not stop.is_set():
        at = datetime.now(UTC) - timedelta(seconds=chance.uniform(0, 180 * 86_400))
        await ask(client, START, external=f"meanwhile-{count}", at=at.isoformat())
        count += 1
        await asyncio.sleep(0.02)
    return count


class Follower:
    """A subscriber that resumes from the last cursor it has seen.

    It follows its own sessions: others may fall silent meanwhile.
    """

    def __init__(self, address: str, key: str, after: str, ids: list[str]) -> None:
        self._address, self._key, self.cursor, self._ids = address, key, after, ids
        self.seen: list[tuple[str, str]] = []

    async def follow(self, events: int) -> None:
        """Connect, receive so many events, disconnect."""
        transport = WebsocketsTransport(
            url=f"ws://{self._address}/graphql",
            init_payload={"authorization": f"Bearer {self._key}"},
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        async with asyncio.timeout(20), Client(transport=transport) as session:
            request = GraphQLRequest(
                STREAM, variable_values={"after": self.cursor, "ids": self._ids}
            )
            stream: AsyncIterator[dict[str, Any]] = session.subscribe(request)
            async for data in stream:
                event = data["sessionStatusChanged"]
                self.cursor = event["cursor"]
                self.seen.append((event["sessionId"], event["to"]))
                events -= 1
                if events == 0:
                    return


async def test_import_page_end_and_follow(url: str) -> None:
    if not CORPUS.exists():
        pytest.skip("the corpus is not beside the checkout")
    external_ids = len(gzip.decompress(CORPUS.read_bytes()).splitlines())
    imported = await run(url, "import", str(CORPUS), "--workspace", "default")
    key = (
        await run(url, "keys", "create", "--name", "test", "--scopes", "SESSIONS_READ,INGEST")
    ).out
    key = key.strip()

    async with serving(url) as address:
        transport = HTTPXAsyncTransport(
            url=f"http://{address}/graphql", headers={"Authorization": f"Bearer {key}"}
        )
        async with Client(transport=transport) as client:
            total = (await ask(client, COUNT))["sessions"]["totalCount"]
            await pages_hold_every_id_once_while_sessions_are_inserted(client, total)
            await what_is_ended_arrives_and_nothing_is_lost_by_reconnecting(client, address, key)

    assert (imported.code, imported.out) == (
        0,
        f"created {external_ids}, updated 0, skipped 0, failed 0\n",
    )
    assert total == 500


async def pages_hold_every_id_once_while_sessions_are_inserted(client: Ask, total: int) -> None:
    expected = await walk(client, 100, backwards=False)
    stop = asyncio.Event()
    inserting = asyncio.create_task(insert_meanwhile(client, stop))
    walks = {
        (size, backwards): await walk(client, size, backwards=backwards)
        for size in (1, 7, 50, 100)
        for backwards in (False, True)
    }
    stop.set()

    assert await inserting > 0
    assert len(set(expected)) == total
    for (_size, backwards), ids in walks.items():
        assert len(set(ids)) == len(ids)
        known = [found for found in ids if found in set(expected)]
        assert known == (expected[::-1] if backwards else expected)


async def what_is_ended_arrives_and_nothing_is_lost_by_reconnecting(
    client: Ask, address: str, key: str
) -> None:
    listed = (await ask(client, OPEN))["sessions"]
    first, second, third = ids = [node["id"] for node in listed["nodes"]]
    follower = Follower(address, key, listed["changeCursor"], ids)

    connected = asyncio.create_task(follower.follow(1))
    await asyncio.sleep(0.2)
    ended = (await ask(client, END, id=first))["sessionEnd"]
    await connected
    await ask(client, END, id=second)  # while nobody is connected
    reconnected = asyncio.create_task(follower.follow(2))
    await asyncio.sleep(0.2)
    await ask(client, END, id=third)
    await reconnected

    assert (ended["session"], ended["userErrors"]) == ({"status": "COMPLETED"}, [])
    assert follower.seen == [(first, "COMPLETED"), (second, "COMPLETED"), (third, "COMPLETED")]
