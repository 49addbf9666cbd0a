"""Clients that stop reading are cut off, and what they held is released."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial

import orjson
import pytest

from server.connections import Connections
from server.protocols import HttpProtocol, SocketProtocol
from tests.server.small_app import KEY, Probe, serving, small_app
from tests.server.sockets import nothing_is_held

Begin = Callable[[socket.socket, str], Awaitable[None]]

TIMEOUT = 0.5
FLOOD = "subscription { flood }"
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
REQUEST = (
    "POST /graphql HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n"
    f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def connections(probe: Probe) -> Connections:
    return Connections(probe.valid_keys, 1_000)


@pytest.fixture
async def address(probe: Probe, connections: Connections) -> AsyncGenerator[str]:
    app = small_app(probe, connections=connections)
    protocols = {
        "ws": partial(SocketProtocol, send_timeout=TIMEOUT),
        "http": partial(HttpProtocol, send_timeout=TIMEOUT),
    }
    async with serving(app, ws_ping_interval=None, **protocols) as where:
        yield where


@contextmanager
def connected(address: str) -> Generator[socket.socket]:
    """A client that the kernel keeps little for."""
    host, _colon, port = address.partition(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect((host, int(port)))
        client.setblocking(False)
        yield client


def frame(message: object) -> bytes:
    """A masked text frame."""
    body, mask = orjson.dumps(message).ljust(126), os.urandom(4)
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(body))
    return b"\x81\xfe" + len(body).to_bytes(2, "big") + mask + masked


async def say(client: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(client, data)


async def subscribe(client: socket.socket, address: str) -> None:
    await say(client, HANDSHAKE.format(host=address).encode())
    await hear(client, b"\r\n\r\n")
    key = {"authorization": f"Bearer {KEY}"}
    await say(client, frame({"type": "connection_init", "payload": key}))
    await hear(client, b"connection_ack")
    await say(client, frame({"type": "subscribe", "id": "1", "payload": {"query": FLOOD}}))


async def ask(client: socket.socket, address: str) -> None:
    body = orjson.dumps({"query": FLOOD})
    await say(client, REQUEST.format(host=address, length=len(body)).encode() + body)


async def hear(client: socket.socket, wanted: bytes) -> None:
    heard = b""
    async with asyncio.timeout(5):
        while wanted not in heard:
            heard += await asyncio.get_running_loop().sock_recv(client, 1_024)


async def cut_off(client: socket.socket) -> None:
    """Read what was on its way, to its end."""
    with suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            while await asyncio.get_running_loop().sock_recv(client, 65_536):
                pass


doors = pytest.mark.parametrize("begin", [subscribe, ask])


@doors
async def test_a_client_that_stops_reading_is_cut_off_and_holds_nothing(
    address: str, probe: Probe, connections: Connections, begin: Begin
) -> None:
    with connected(address) as client:
        await begin(client, address)
        await asyncio.wait_for(probe.listening.wait(), 5)
        assert connections.count == 1

        await asyncio.wait_for(probe.cancelled.wait(), 10)

        await nothing_is_held(connections)
        await cut_off(client)


@doors
async def test_a_client_that_is_behind_but_reads_is_not_cut_off(
    address: str, probe: Probe, connections: Connections, begin: Begin
) -> None:
    loop = asyncio.get_running_loop()
    with connected(address) as client:
        await begin(client, address)
        end = loop.time() + 3 * TIMEOUT
        while loop.time() < end:
            assert await loop.sock_recv(client, 65_536)

        assert not probe.cancelled.is_set()
    await nothing_is_held(connections)
