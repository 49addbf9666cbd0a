"""What a key may hold open, and for how long."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from server.connections import Connections
from server.websocket import SocketLimits
from tests.server.small_app import KEY, Probe, serving, small_app
from tests.server.sockets import closed, connected, hear, init, nothing_is_held, say, subscribe


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def connections(probe: Probe) -> Connections:
    return Connections(probe.valid_keys, limit=5, interval=0.05)


@pytest.fixture
async def address(probe: Probe, connections: Connections) -> AsyncGenerator[str]:
    app = small_app(probe, limits=SocketLimits(5, 100, 4_096), connections=connections)
    async with serving(app) as where:
        yield where


@pytest.fixture
async def socket(address: str) -> AsyncGenerator[ClientConnection]:
    async with connected(address) as opened:
        await init(opened)
        yield opened


async def test_a_revoked_key_closes_its_sockets_though_they_are_idle(
    address: str, socket: ClientConnection, probe: Probe, connections: Connections
) -> None:
    probe.keys["other"] = 2
    await subscribe(socket, "subscription { silence }")
    await asyncio.wait_for(probe.listening.wait(), 5)
    async with connected(address) as idle, connected(address) as other:
        await init(idle)
        await init(other, {"authorization": "Bearer other"})

        del probe.keys[KEY]

        assert await closed(socket) == (4403, "Forbidden")
        assert await closed(idle) == (4403, "Forbidden")
        await asyncio.wait_for(probe.cancelled.wait(), 5)
        await say(other, {"type": "ping"})
        assert await hear(other) == {"type": "pong"}
        assert connections.count == 1


async def test_sockets_stay_open_while_their_keys_cannot_be_looked_at(
    socket: ClientConnection, probe: Probe
) -> None:
    probe.database_is_away = True
    probe.keys.clear()
    await asyncio.wait_for(probe.looked.wait(), 5)

    await say(socket, {"type": "ping"})
    assert await hear(socket) == {"type": "pong"}

    probe.database_is_away = False
    assert await closed(socket) == (4403, "Forbidden")


async def test_sockets_past_the_limit_of_a_key_close_4429_and_the_others_go_on(
    address: str, probe: Probe, connections: Connections
) -> None:
    probe.keys["other"] = 2
    payload = {"authorization": f"Bearer {KEY}"}
    async with AsyncExitStack() as stack:
        sockets: list[ClientConnection] = []
        for _ in range(200):
            sockets.append(await stack.enter_async_context(connected(address)))
            await say(sockets[-1], {"type": "connection_init", "payload": payload})
        refused = [each for each in sockets if not await acknowledged(each)]

        assert {await closed(each) for each in refused} == {(4429, "Too many connections")}
        assert (len(refused), connections.count) == (195, 5)
        for each in sockets:
            if each not in refused:
                await subscribe(each, '{ echo(text: "still here") }')
                assert (await hear(each))["payload"] == {"data": {"echo": "still here"}}
        async with connected(address) as other:
            await init(other, {"authorization": "Bearer other"})

    await nothing_is_held(connections)
    async with connected(address) as again:
        await init(again)


async def acknowledged(socket: ClientConnection) -> bool:
    try:
        return bool(await hear(socket) == {"type": "connection_ack"})
    except ConnectionClosed:
        return False


async def test_the_101st_subscription_of_a_socket_is_refused_and_one_that_ends_makes_room(
    socket: ClientConnection,
) -> None:
    for number in range(100):
        await subscribe(socket, "subscription { silence }", str(number))
    await subscribe(socket, "subscription { silence }", "100")

    assert await hear(socket) == {
        "id": "100",
        "type": "error",
        "payload": [
            {
                "message": "At most 100 operations run on one socket.",
                "extensions": {"code": "LIMIT_EXCEEDED"},
            }
        ],
    }
    await say(socket, {"id": "7", "type": "complete"})
    await subscribe(socket, "subscription { numbers(to: 1) }", "100")
    assert await hear(socket) == {"id": "100", "type": "next", "payload": {"data": {"numbers": 0}}}
