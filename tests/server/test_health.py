"""Probes, and a server that drains before it stops."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise

import httpx2
import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed

from server.drain import DrainingServer
from server.health import Health
from tests.server.small_app import started


class Dependency:
    """Something a process needs, in a state that the test chooses."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.failure: Exception | None = None

    async def check(self) -> None:
        await asyncio.sleep(self.delay)
        if self.failure:
            raise self.failure


@pytest.fixture
def database() -> Dependency:
    return Dependency()


@pytest.fixture
def health(database: Dependency) -> Health:
    return Health(database=database.check)


async def probe(health: Health, path: str) -> tuple[int, object]:
    transport = httpx2.ASGITransport(Starlette(routes=health.routes()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://probe") as client:
        response = await client.get(path)
    return response.status_code, response.json()


async def test_a_process_that_answers_is_live_whatever_its_database(
    health: Health, database: Dependency
) -> None:
    database.failure = ConnectionError("gone")
    health.is_draining = True

    assert await probe(health, "/livez") == (200, {"status": "live"})


async def test_a_process_is_ready_when_its_database_answers(health: Health) -> None:
    assert await probe(health, "/readyz") == (200, {"status": "ready"})


async def test_a_failing_database_is_named(health: Health, database: Dependency) -> None:
    database.failure = ConnectionError("postgres://user:password@internal")

    assert await probe(health, "/readyz") == (503, {"status": "unready", "failed": ["database"]})


async def test_a_database_that_hangs_counts_as_failed_after_a_second(
    health: Health, database: Dependency
) -> None:
    database.delay = 30

    async with asyncio.timeout(3):
        answer = await probe(health, "/readyz")

    assert answer == (503, {"status": "unready", "failed": ["database"]})


async def test_a_draining_process_is_not_ready(health: Health) -> None:
    health.is_draining = True

    assert await probe(health, "/readyz") == (503, {"status": "draining"})


async def hold(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive()


@asynccontextmanager
async def draining_server(
    health: Health, delay: float
) -> AsyncGenerator[tuple[DrainingServer, str, asyncio.Task[None]]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[dict[str, Health]]:
        yield {"health": health}

    routes = [*health.routes(), WebSocketRoute("/hold", hold)]
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=routes, lifespan=lifespan),
        log_config=None,
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    server = DrainingServer(config, delay)
    task = asyncio.create_task(server.serve([listener]))
    await started(server)
    try:
        yield server, f"127.0.0.1:{listener.getsockname()[1]}", task
    finally:
        server.should_exit = server.force_exit = True
        await task


async def test_a_stopping_server_is_first_unready_and_still_answers(health: Health) -> None:
    async with (
        draining_server(health, delay=1.0) as (server, address, task),
        httpx2.AsyncClient(base_url=f"http://{address}") as client,
    ):
        assert (await client.get("/readyz")).status_code == 200

        server.should_exit = True
        await asyncio.sleep(0.3)
        draining = await client.get("/readyz")

        assert (draining.status_code, draining.json()) == (503, {"status": "draining"})
        await asyncio.wait_for(task, 5)
        with pytest.raises(httpx2.ConnectError):
            await client.get("/livez")


async def test_sockets_are_closed_one_by_one_while_draining(health: Health) -> None:
    async with draining_server(health, delay=1.0) as (server, address, _task):
        sockets = [await websockets.connect(f"ws://{address}/hold") for _ in range(10)]
        closed_at: list[float] = []

        async def note_close(each: websockets.ClientConnection) -> None:
            with pytest.raises(ConnectionClosed) as caught:
                await each.recv()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1012
            closed_at.append(asyncio.get_running_loop().time())

        server.should_exit = True
        async with asyncio.timeout(5):
            await asyncio.gather(*(note_close(each) for each in sockets))

    gaps = [later - earlier for earlier, later in pairwise(closed_at)]
    assert closed_at[-1] - closed_at[0] > 0.2
    assert max(gaps) < 0.5
