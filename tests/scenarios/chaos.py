"""An installation whose parts are killed again and again while it is worked with."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

from models.enums import Scope
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer, until
from tests.server.process import Server, run, server_process, workers

KEY = "chaos"
"""What the workspace and its key are called, and so the actor of what is written with it."""
FAULTS = ("server", "server", "server", "postgres", "postgres")
REDIS_FAULTS = 5


class Installation:
    """A server of two workers that can be killed; each time it comes back on another port."""

    def __init__(self, postgres: PostgresServer, redis: RedisServer, log: Path) -> None:
        self.postgres, self.redis, self.log = postgres, redis, log
        self._server: Server | None = None
        self._ending = AsyncExitStack()

    def address(self) -> str:
        """Where it is, or was at last."""
        assert self._server is not None
        return self._server.address

    async def start(self) -> None:
        """Start, and wait until it is ready."""
        process = server_process(
            self.postgres.url, "--workers", "2", log=self.log, BROADCAST_URL=self.redis.url
        )
        self._server = await self._ending.enter_async_context(process)

    async def kill(self) -> None:
        """SIGKILL to all processes; the supervisor first, or it would make new workers."""
        assert self._server is not None
        ending = [self._server.process.pid, *workers(self._server)]
        for pid in ending:
            os.kill(pid, signal.SIGKILL)
        await self.stop()

    async def stop(self) -> None:
        """Stop if it runs."""
        await self._ending.aclose()


@asynccontextmanager
async def installed(
    postgres: PostgresServer, redis: RedisServer, log: Path
) -> AsyncGenerator[tuple[Installation, str]]:
    """A running installation, and a key for it."""
    scopes = ",".join((Scope.SESSIONS_READ, Scope.CONTACTS_READ, Scope.INGEST))
    assert (await run(postgres.url, "workspace", "create", KEY)).code == 0
    created = await run(
        postgres.url, "keys", "create", "--name", KEY, "--workspace", KEY, "--scopes", scopes
    )
    installation = Installation(postgres, redis, log)
    try:
        await installation.start()
        yield installation, created.out.strip()
    finally:
        await installation.stop()


class Chaos:
    """What dies when, told by how much work is done, so that it hits what is under way."""

    def __init__(
        self, installation: Installation, done: Callable[[], int], goal: int, random: Random
    ) -> None:
        self.happened: Counter[str] = Counter()
        self._at, self._done, self._goal, self._random = installation, done, goal, random

    async def kill_servers(self) -> None:
        """In each part of the work one fault of the server or of PostgreSQL, in any order."""
        faults = self._random.sample(FAULTS, len(FAULTS))
        for fault, moment in zip(faults, self._moments(len(faults)), strict=True):
            await self._until_done(moment)
            if fault == "server":
                await self._at.kill()
                await self._at.start()
            else:
                await self._at.postgres.stop_immediately()
                await asyncio.sleep(self._random.uniform(0, 2))
                await self._at.postgres.start()
            self.happened[fault] += 1

    async def kill_redis(self) -> None:
        """It is away for a while; the other faults may meet it so, or coming back."""
        for moment in self._moments(REDIS_FAULTS):
            await self._until_done(moment)
            await self._at.redis.kill()
            await self._until_done(moment + self._random.randint(1, 150))
            await self._at.redis.start()
            self.happened["redis"] += 1

    def _moments(self, count: int) -> list[int]:
        part = self._goal // count
        return [part * number + self._random.randint(20, part - 170) for number in range(count)]

    async def _until_done(self, count: int) -> None:
        async def is_so() -> bool:
            return self._done() >= count

        await until(is_so)
