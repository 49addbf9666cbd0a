"""Several processes on PostgreSQL and Redis: what one of them writes, the subscribers of all hear.

The subscribers are a client that we did not write. A worker and Redis are killed meanwhile.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import orjson
from gql import Client, GraphQLRequest
from gql.transport.websockets import WebsocketsTransport

from tests.redis_server import RedisServer, until
from tests.server.process import Server, run, server_process, workers
from tests.writes.client import START, start

STREAM = """subscription($after: ChangeCursor) {
  sessionStatusChanged(after: $after) { cursor sessionId } }"""
CHANNEL = "sessiongraph.changes"
WORKERS = 4
SOCKETS = 12
CHANGES = 15
LONG = 300.0
ESTABLISHED = "01"  # in /proc/net/tcp; the listening socket is everybody's


class Subscriber:
    """Follows from one cursor, over as many sockets as it takes."""

    def __init__(self, address: str, key: str, after: str) -> None:
        self._address, self._key, self.cursor = address, key, after
        self.seen: list[str] = []

    async def follow(self, count: int) -> None:
        """Until it has seen so many changes."""
        while len(self.seen) < count:
            try:
                await self._follow(count)
            except Exception:  # its worker was killed
                await asyncio.sleep(0.1)

    async def _follow(self, count: int) -> None:
        transport = WebsocketsTransport(
            url=f"ws://{self._address}/graphql",
            init_payload={"authorization": f"Bearer {self._key}"},
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        async with Client(transport=transport) as session:
            request = GraphQLRequest(STREAM, variable_values={"after": self.cursor})
            async for data in session.subscribe(request):
                event = data["sessionStatusChanged"]
                self.cursor = event["cursor"]
                self.seen.append(event["sessionId"])
                if len(self.seen) == count:
                    return


class Writer:
    """Makes changes, each over a connection of its own and so by any of the workers."""

    def __init__(self, address: str, key: str) -> None:
        self._address, self._key = address, key
        self.written: list[str] = []

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        async with httpx2.AsyncClient() as client:
            answer = await client.post(
                f"http://{self._address}/graphql",
                json={"query": query, "variables": variables},
                headers={"Authorization": f"Bearer {self._key}"},
            )
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def write(self, count: int) -> None:
        for _ in range(count):
            given = start(externalId=f"s-{len(self.written)}")
            answer = (await self.ask(START, given))["sessionStart"]
            assert answer["userErrors"] == []
            self.written.append(answer["session"]["id"])


async def test_subscribers_of_all_workers_hear_every_change_once_and_in_order(
    postgres_url: str, redis: RedisServer, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    key = await key_of_a_new_workspace(postgres_url, tmp_path.name)

    async with (
        asyncio.timeout(LONG),
        server_process(
            postgres_url, "--workers", str(WORKERS), log=log, BROADCAST_URL=redis.url
        ) as server,
    ):
        await followed_by(redis, WORKERS)
        writer, subscribers = await beginning(server, key)

        async def kill_a_worker_that_has_sockets() -> None:
            busy = [pid for pid in workers(server) if sockets(pid, server)]
            assert len(busy) > 1
            os.kill(busy[0], signal.SIGKILL)

        first_workers = workers(server)
        await all_hear(subscribers, writer, kill_a_worker_that_has_sockets)
        await followed_by(redis, WORKERS)
        assert len(set(workers(server)) & set(first_workers)) == WORKERS - 1
        await all_hear(subscribers, writer, redis.kill)
        assert await readiness(server) == 200
        await all_hear(subscribers, writer, redis.start)
        await followed_by(redis, WORKERS)

        ending = workers(server)
        server.process.terminate()
        assert await server.process.wait() == 0
        assert [pid for pid in ending if is_running(pid)] == []

    assert [s.seen for s in subscribers] == [writer.written] * SOCKETS
    assert len(set(writer.written)) == 3 * CHANGES
    told = events_of(log, "receiving wake-ups through Redis")
    assert told.count("outage began") == told.count("outage ended") >= WORKERS


async def test_workers_without_redis_hear_each_other_by_polling(
    postgres_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    key = await key_of_a_new_workspace(postgres_url, tmp_path.name)

    async with (
        asyncio.timeout(LONG),
        server_process(postgres_url, "--workers", "2", log=log) as server,
    ):
        writer, subscribers = await beginning(server, key)
        await all_hear(subscribers, writer, nothing)

    assert [s.seen for s in subscribers] == [writer.written] * SOCKETS
    sentence = "workers hear of each other's changes within a second; sooner with Redis"
    assert [line["event"] for line in lines(log)].count(sentence) == 1


async def key_of_a_new_workspace(url: str, name: str) -> str:
    assert (await run(url, "workspace", "create", name)).code == 0
    scopes = ("--workspace", name, "--scopes", "SESSIONS_READ,INGEST")
    return (await run(url, "keys", "create", "--name", "test", *scopes)).out.strip()


async def beginning(server: Server, key: str) -> tuple[Writer, list[Subscriber]]:
    """Who follows from now."""
    writer = Writer(server.address, key)
    after = (await writer.ask("{ changeCursor }"))["changeCursor"]
    return writer, [Subscriber(server.address, key, after) for _ in range(SOCKETS)]


async def nothing() -> None:
    """Happens."""


async def all_hear(
    subscribers: list[Subscriber], writer: Writer, meanwhile: Callable[[], Awaitable[None]]
) -> None:
    """Make changes; while all subscribers follow live, something happens."""
    count = len(writer.written)
    following = [asyncio.create_task(s.follow(count + CHANGES)) for s in subscribers]

    async def all_are_live() -> bool:
        return all(len(subscriber.seen) == count + 5 for subscriber in subscribers)

    await writer.write(5)
    await until(all_are_live)
    await meanwhile()
    await writer.write(CHANGES - 5)
    await asyncio.gather(*following)


async def followed_by(redis: RedisServer, count: int) -> None:
    async def is_so() -> bool:
        return await redis.subscribers(CHANNEL) == count

    await until(is_so)


async def readiness(server: Server) -> int:
    async with httpx2.AsyncClient() as client:
        return (await client.get(f"http://{server.address}/readyz")).status_code


def sockets(pid: int, server: Server) -> int:
    """How many clients a worker serves, as Linux knows it."""
    port = int(server.address.partition(":")[2])
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    served = {
        f"socket:[{row[9]}]"
        for row in table
        if row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED
    }
    return len(served & {os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()})


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def lines(log: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in log.read_bytes().splitlines()]


def events_of(log: Path, what: str) -> list[str]:
    return [line["event"] for line in lines(log) if line.get("of") == what]
