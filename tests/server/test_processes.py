"""Real server processes: keys that end elsewhere, and a stop signal in the midst of writes."""

import asyncio
import secrets
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from models.api_key import shown_prefix
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from resolvers.administration import create_key, create_workspace
from tests.server.process import run, server_process, serving
from tests.server.sockets import closed, connected, hear, init, say, subscribe
from tests.server.test_events import COMPLETE, Stream, asked
from tests.writes.client import START, start

STREAM = "subscription { sessionStatusChanged { cursor } }"
PATIENCE = 15
"""Seconds after which a test gives up waiting for what is due within five."""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        found: str = request.getfixturevalue("postgres_url")
        return found
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
    return f"sqlite://{tmp_path}/test.db"


async def new_key(url: str) -> str:
    """Of a workspace of its own."""
    async with Database(DatabaseUrl.parse(url)) as database:
        workspace = await create_workspace(database, f"test {secrets.token_hex(6)}")
        return await create_key(database, workspace, "test", (Scope.SESSIONS_READ, Scope.INGEST))


@pytest.fixture
async def key(url: str) -> str:
    return await new_key(url)


@pytest.fixture
async def stack() -> AsyncGenerator[AsyncExitStack]:
    async with AsyncExitStack() as entered:
        yield entered


async def opened(stack: AsyncExitStack, address: str, key: str) -> ClientConnection:
    socket = await stack.enter_async_context(connected(address))
    await init(socket, {"authorization": f"Bearer {key}"})
    return socket


async def streaming(stack: AsyncExitStack, address: str, key: str) -> Stream:
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    client = httpx2.AsyncClient(base_url=f"http://{address}", headers=headers, timeout=PATIENCE)
    await stack.enter_async_context(client)
    return await stack.enter_async_context(asked(client, STREAM))


async def ended_by_the_key(socket: ClientConnection, stream: Stream) -> None:
    """Both are told within their patience."""
    async with asyncio.timeout(PATIENCE):
        await socket.wait_closed()
        [(_kind, body), last] = [event async for event in stream.events]
    assert await closed(socket) == (4403, "Forbidden")
    assert [error["extensions"] for error in body["errors"]] == [{"code": "UNAUTHENTICATED"}]
    assert last == COMPLETE


async def test_a_key_revoked_by_another_process_ends_what_it_holds_open(
    url: str, key: str, stack: AsyncExitStack
) -> None:
    address = await stack.enter_async_context(serving(url))
    socket = await opened(stack, address, key)
    other = await opened(stack, address, await new_key(url))
    await subscribe(socket, STREAM)
    stream = await streaming(stack, address, key)

    assert (await run(url, "keys", "revoke", shown_prefix(key))).code == 0

    await ended_by_the_key(socket, stream)
    await say(other, {"type": "ping"})
    assert await hear(other) == {"type": "pong"}


async def test_a_key_that_expires_ends_what_it_holds_open(
    url: str, key: str, stack: AsyncExitStack
) -> None:
    address = await stack.enter_async_context(serving(url))
    sql = 'UPDATE "api_key" SET expires_at = ? WHERE prefix = ? RETURNING id'
    async with Database(DatabaseUrl.parse(url)) as database, database.transaction() as write:
        at = datetime.now(UTC) + timedelta(seconds=3)
        await write.fetch(sql, (at, shown_prefix(key)))
    socket = await opened(stack, address, key)
    await subscribe(socket, STREAM)
    stream = await streaming(stack, address, key)

    await ended_by_the_key(socket, stream)


class Writers:
    """Start sessions as fast as they are answered, by HTTP and by WebSocket, until nobody does."""

    def __init__(self, key: str) -> None:
        self.answered: list[str] = []
        self.enough = asyncio.Event()
        self._key = key
        self._numbers = count()

    async def by_http(self, address: str) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
            while True:
                external_id, body = self._next()
                try:
                    response = await client.post("/graphql", json=body)
                except httpx2.TransportError:
                    return
                assert response.status_code == 200
                self._note(external_id, response.json()["data"])

    async def by_socket(self, socket: ClientConnection) -> None:
        while True:
            external_id, body = self._next()
            try:
                await say(socket, {"id": external_id, "type": "subscribe", "payload": body})
                answer = await hear(socket)
                assert (await hear(socket))["type"] == "complete"
            except ConnectionClosed:
                return
            self._note(external_id, answer["payload"]["data"])

    def _next(self) -> tuple[str, dict[str, Any]]:
        external_id = f"drain-{next(self._numbers)}"
        contact = {"externalId": external_id}
        given = start(externalId=external_id, contact=contact)
        return external_id, {"query": START, "variables": given}

    def _note(self, external_id: str, data: dict[str, Any]) -> None:
        assert data["sessionStart"]["session"]["externalId"] == external_id
        self.answered.append(external_id)
        if len(self.answered) >= 40:
            self.enough.set()


async def stored(url: str) -> set[str]:
    async with Database(DatabaseUrl.parse(url)) as database:
        sql = "SELECT external_id FROM session WHERE external_id LIKE 'drain-%'"
        return {row[0] for row in await database.lane().fetch(sql)}


async def test_nothing_acknowledged_is_lost_by_a_stop_signal_and_clients_are_spread(
    url: str, key: str, stack: AsyncExitStack
) -> None:
    workers = "1" if url.startswith("sqlite") else "2"
    server = await stack.enter_async_context(
        server_process(url, "--workers", workers, DRAIN_DELAY="2")
    )
    address = server.address
    sockets = [await opened(stack, address, key) for _ in range(12)]
    streams = [await streaming(stack, address, key) for _ in range(4)]
    writers = Writers(key)
    ended_at: list[float] = []

    async def follow(socket: ClientConnection) -> None:
        await subscribe(socket, STREAM)
        with suppress(ConnectionClosed):
            while True:
                await socket.recv()
        assert await closed(socket) == (1012, "Service restart")
        ended_at.append(asyncio.get_running_loop().time())

    async def read(stream: Stream) -> None:
        assert {kind async for kind, _body in stream.events} <= {"next"}
        ended_at.append(asyncio.get_running_loop().time())

    async def stop() -> None:
        await writers.enough.wait()
        server.process.send_signal(signal.SIGTERM)

    writing = [writers.by_http(address), writers.by_http(address), writers.by_socket(sockets[0])]
    following = [*map(follow, sockets[1:]), *map(read, streams)]
    async with asyncio.timeout(30):
        await asyncio.gather(stop(), *writing, *following)
        await server.process.wait()

    assert set(writers.answered) <= await stored(url)
    assert len(set(writers.answered)) >= 40
    assert ended_at[-1] - ended_at[0] > 0.5
    assert max(later - earlier for earlier, later in pairwise(ended_at)) < 1.9
