"""A Redis of one test's own, to be killed, frozen and started again."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

_SECONDS = 20.0


class RedisServer:
    """One port, on which at most one process of ours listens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"redis://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start, and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            "redis-server", "--port", str(self._port), "--bind", "127.0.0.1", "--save", "",
            "--dir", str(self._folder), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(_SECONDS):
            await until(self._answers)

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def freeze(self) -> None:
        """It keeps its connections and does nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    async def clients(self) -> int:
        """How many connections there are besides the one that asks."""
        async with self._client() as redis:
            return len(await redis.client_list()) - 1

    async def subscribers(self, channel: str) -> int:
        """How many processes follow the channel."""
        async with self._client() as redis:
            ((_channel, count),) = await redis.pubsub_numsub(channel)
            return int(count)

    async def tell(self, channel: str, *messages: str) -> None:
        """Publish as somebody else would."""
        async with self._client() as redis, redis.pipeline() as pipeline:
            for message in messages:
                pipeline.publish(channel, message)
            await pipeline.execute()

    def _client(self) -> Any:  # which redis-py types in parts only
        client: Any = Redis
        return client.from_url(self.url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    async def _answers(self) -> bool:
        try:
            async with self._client() as redis:
                return bool(await redis.ping())
        except RedisError:
            return False


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it is so; the caller limits the time."""
    while True:
        if await is_so():
            return
        await asyncio.sleep(0.02)


def free_port() -> int:
    """Nobody listens on it now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
