"""A server that drains before it stops: what stays open is ended bit by bit, nothing is lost."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

import httpx2
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from server.drain import DrainingServer
from tests.server.small_app import KEY, Probe, small_app, started
from tests.server.sockets import closed, connected, init, say, subscribe
from tests.server.test_events import Stream, asked

HEADERS = {"Authorization": f"Bearer {KEY}", "Accept": "text/event-stream"}


@asynccontextmanager
async def draining_server(
    probe: Probe, delay: float
) -> AsyncGenerator[tuple[DrainingServer, str, asyncio.Task[None]]]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        small_app(probe, drain_delay=delay),
        log_config=None,
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    server = DrainingServer(config)
    task = asyncio.create_task(server.serve([listener]))
    await started(server)
    try:
        yield server, f"127.0.0.1:{listener.getsockname()[1]}", task
    finally:
        server.should_exit = server.force_exit = True
        await task


async def test_a_stopping_server_is_first_unready_and_still_answers() -> None:
    async with (
        draining_server(Probe(), delay=1.0) as (server, address, task),
        httpx2.AsyncClient(base_url=f"http://{address}", headers=HEADERS) as client,
    ):
        assert (await client.get("/readyz")).status_code == 200

        server.should_exit = True
        await asyncio.sleep(0.3)
        draining = await client.get("/readyz")
        answered = await client.post("/graphql", json={"query": "mutation { bump }"})

        assert (draining.status_code, draining.json()) == (503, {"status": "draining"})
        assert answered.status_code == 200
        await asyncio.wait_for(task, 5)
        with pytest.raises(httpx2.ConnectError):
            await client.get("/livez")


async def test_a_stopping_server_opens_nothing_that_stays() -> None:
    async with (
        draining_server(Probe(), delay=2.0) as (server, address, task),
        httpx2.AsyncClient(base_url=f"http://{address}", headers=HEADERS) as client,
        connected(address) as early,
    ):
        server.should_exit = True
        while (await client.get("/readyz")).status_code != 503:  # noqa: ASYNC110  # as a load balancer does
            await asyncio.sleep(0.02)

        with pytest.raises(InvalidStatus) as caught:
            await connected(address)
        stream = await client.post("/graphql", json={"query": "subscription { forever }"})
        await say(early, {"type": "connection_init", "payload": {"authorization": f"Bearer {KEY}"}})

        assert caught.value.response.status_code == 503
        assert caught.value.response.headers["Retry-After"] == "1"
        assert (stream.status_code, stream.headers["Retry-After"]) == (503, "1")
        assert stream.json()["errors"][0]["extensions"] == {"code": "OVERLOADED"}
        assert await closed(early) == (1012, "Service restart")
        assert not task.done()


async def test_sockets_and_streams_are_ended_one_by_one_while_draining() -> None:
    ended_at: list[float] = []

    async def note_close(socket: ClientConnection) -> None:
        assert await closed(socket) == (1012, "Service restart")
        ended_at.append(asyncio.get_running_loop().time())

    async def note_end(stream: Stream) -> None:
        assert [kind for kind, _body in await stream.rest()] == []
        ended_at.append(asyncio.get_running_loop().time())

    async with AsyncExitStack() as stack:
        server, address, _task = await stack.enter_async_context(
            draining_server(Probe(), delay=1.0)
        )
        client = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=f"http://{address}", headers=HEADERS)
        )
        sockets = [await stack.enter_async_context(connected(address)) for _ in range(5)]
        for each in sockets:
            await init(each)
        query = "subscription { silence }"
        streams = [await stack.enter_async_context(asked(client, query)) for _ in range(5)]

        server.should_exit = True
        async with asyncio.timeout(5):
            await asyncio.gather(*map(note_close, sockets), *map(note_end, streams))

    gaps = [later - earlier for earlier, later in pairwise(ended_at)]
    assert ended_at[-1] - ended_at[0] > 0.2
    assert max(gaps) < 0.5


async def test_without_a_delay_all_are_ended_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        draining_server(Probe(), delay=0) as (server, address, task),
        httpx2.AsyncClient(base_url=f"http://{address}", headers=HEADERS) as client,
        connected(address) as socket,
        asked(client, "subscription { silence }") as stream,
    ):
        await init(socket)
        await subscribe(socket, "subscription { silence }")

        server.should_exit = True

        assert (await closed(socket))[0] == 1012
        assert await stream.rest() == []
        await asyncio.wait_for(task, 5)

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
