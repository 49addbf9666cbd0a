"""Events reach sockets at once, or in their turn where a client is behind."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.migrate import migrate
from resolvers.administration import create_key, create_workspace
from tests.server.process import serving
from tests.server.sockets import connected, hear, init, subscribe
from tests.server.test_stuck import HANDSHAKE, frame, say
from tests.server.test_stuck import connected as connected_narrowly
from tests.server.test_stuck import hear as hear_raw
from tests.writes import client

LIVE = """subscription { sessionChanges { ... on SessionChange {
  kind session { externalId metadata } } } }"""
EVENTS = 40
BULK = "x" * 60_000
"""Shown with each event: more than what a client that does not read is sent of them together."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[tuple[str, str]]:
    """Its address and a key."""
    url = DatabaseUrl.parse(f"sqlite://{tmp_path}/test.db")
    await migrate(url)
    async with Database(url) as database:
        workspace = await create_workspace(database, "test")
        key = await create_key(database, workspace, "test", [Scope.ADMIN])
    async with serving(f"sqlite://{tmp_path}/test.db") as address:
        yield address, key


async def write(address: str, key: str, first: int, last: int) -> None:
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as http:
        for number in range(first, last):
            given = client.start(externalId=str(number), metadata={"bulk": BULK})
            body = {"query": client.START, "variables": given}
            answer = (await http.post("/graphql", json=body)).json()
            assert answer["data"]["sessionStart"]["userErrors"] == [], answer


async def frames(stalled: socket.socket, count: int) -> list[dict[str, Any]]:
    """So many messages of a server, each in a frame of its own and without a mask."""
    found: list[dict[str, Any]] = []
    data = b""
    async with asyncio.timeout(20):
        while len(found) < count:
            size, first = (data[1], 2) if len(data) > 1 else (0, 2)
            if size >= 126:
                first = 4 if size == 126 else 10
                size = int.from_bytes(data[2:first], "big")
            if len(data) < max(first + size, 10):
                data += await asyncio.get_running_loop().sock_recv(stalled, 1 << 20)
                continue
            if data[0] == 0x81:
                found.append(orjson.loads(data[first : first + size]))
            data = data[first + size :]
    return found


def names(messages: list[dict[str, Any]]) -> list[str]:
    told = [message["payload"]["data"]["sessionChanges"] for message in messages]
    return [change["session"]["externalId"] for change in told if change]


async def test_a_client_that_is_behind_gets_everything_in_order_and_delays_nobody(
    server: tuple[str, str],
) -> None:
    address, key = server
    authorization = {"authorization": f"Bearer {key}"}
    with connected_narrowly(address) as stalled:
        await say(stalled, HANDSHAKE.format(host=address).encode())
        await hear_raw(stalled, b"\r\n\r\n")
        await say(stalled, frame({"type": "connection_init", "payload": authorization}))
        await hear_raw(stalled, b"connection_ack")
        body = {"type": "subscribe", "id": "stalled", "payload": {"query": LIVE}}
        await say(stalled, frame(body))
        await hear_raw(stalled, b'"data"')  # the first checkpoint
        async with connected(address, max_size=None) as quick:
            await init(quick, authorization)
            await subscribe(quick, LIVE)
            await hear(quick)

            await write(address, key, 0, EVENTS)
            heard = names([await hear(quick) for _ in range(EVENTS)])
            late = names(await frames(stalled, EVENTS))
            await write(address, key, EVENTS, EVENTS + 1)
            [last] = await frames(stalled, 1)

    assert heard == late == [str(number) for number in range(EVENTS)]
    assert (last["id"], names([last])) == ("stalled", [str(EVENTS)])
