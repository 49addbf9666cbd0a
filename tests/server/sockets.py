"""A WebSocket client that sends exactly what the test says."""

import asyncio
from typing import Any

import orjson
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from server.connections import Connections
from tests.server.small_app import KEY

PROTOCOL = Subprotocol("graphql-transport-ws")


def connected(address: str, **options: Any) -> websockets.connect:
    return websockets.connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], **options)


async def say(socket: ClientConnection, message: object) -> None:
    await socket.send(orjson.dumps(message).decode())


async def hear(socket: ClientConnection) -> Any:
    frame = await asyncio.wait_for(socket.recv(), 5)
    assert isinstance(frame, str)
    return orjson.loads(frame)


async def init(socket: ClientConnection, payload: object = None) -> None:
    await say(
        socket,
        {"type": "connection_init", "payload": payload or {"authorization": f"Bearer {KEY}"}},
    )
    assert await hear(socket) == {"type": "connection_ack"}


async def subscribe(
    socket: ClientConnection, query: str, operation_id: str = "1", **payload: object
) -> None:
    members = {"query": query, **payload}
    await say(socket, {"id": operation_id, "type": "subscribe", "payload": members})


async def closed(socket: ClientConnection) -> tuple[int, str]:
    async with asyncio.timeout(5):
        await socket.wait_closed()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


async def nothing_is_held(connections: Connections) -> None:
    async with asyncio.timeout(5):
        while connections.count:  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.01)
