"""Broadcaster's backend for Redis: wake-ups between processes, and a word whenever some were lost.

Broadcaster's own hears nothing with this redis-py, and never again after Redis restarted. Here one
supervised connection per process follows the channel. Redis keeps no messages, so each time it is
subscribed GAP goes before all that follows. We read frames from a bare connection, because
redis-py's PubSub reconnects without telling.
"""

import asyncio
import re
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from broadcaster import Event
from broadcaster._backends.base import BroadcastBackend
from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from subscriptions.outage import LONGEST_PAUSE, Outage, pauses

GAP = "gap"
"""The message that stands for any number of lost ones."""

_TIMEOUT = 2.0
"""Seconds that Redis may take to be connected to, and to answer a command."""
_IDLE = 2.0
"""Seconds without a frame after which Redis is asked whether it is there."""
_INBOX = 1_000
"""Messages that may wait to be taken; more of them become one GAP."""


def check_redis_url(url: str) -> None:
    """Raise ValueError, which shows nothing of the URL because that may hold a password."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
        is_known = parts.scheme in {"redis", "rediss"} and all(
            name.startswith("ssl_") and parts.scheme == "rediss" for name in options
        )
        if is_known and parts.hostname and parts.port != 0 and re.fullmatch(r"(/\d*)?", parts.path):
            _connection(url)
            return
    except (ValueError, TypeError, RedisError):  # which quote the malformed port or option
        pass
    raise ValueError("not a redis:// or rediss:// URL")


def _connection(url: str) -> Any:  # which redis-py types in parts only
    """A connection that is not open yet; whoever uses it decides about time and new attempts.

    A socket_timeout would be kept by asyncio.wait_for, which loses a cancellation on CPython 3.11.
    """
    pools: Any = ConnectionPool
    return pools.from_url(
        url,
        protocol=2,
        socket_timeout=None,
        socket_connect_timeout=None,
        retry=Retry(NoBackoff(), 0),
    ).make_connection()


class RedisBackend(BroadcastBackend):
    """For one subscriber of one channel, which is all that the hub is."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._publisher = _connection(url)
        self._inbox: asyncio.Queue[Event] = asyncio.Queue(_INBOX)
        self._following: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Nothing yet: the process starts and serves without Redis, too."""

    async def disconnect(self) -> None:
        """Close both connections, without waiting for a Redis that does not answer."""
        await self._stop()
        await self._publisher.disconnect(nowait=True)

    async def subscribe(self, group: str) -> None:
        """Begin to follow the channel; GAP comes as soon as it is followed."""
        self._following = asyncio.create_task(self._supervise(group))

    async def unsubscribe(self, group: str) -> None:  # noqa: ARG002  # there is one channel
        """Stop following."""
        await self._stop()

    async def publish(self, channel: str, message: Any) -> None:
        """Raise RedisError or TimeoutError within 2 seconds if Redis does not take the message."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                await _ask(self._publisher, "PUBLISH", channel, message)
        except BaseException:
            await self._publisher.disconnect(nowait=True)  # or it would read this answer next time
            raise

    async def next_published(self) -> Event:
        """The next message, or GAP."""
        return await self._inbox.get()

    async def _stop(self) -> None:
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait([following])

    async def _supervise(self, channel: str) -> None:
        outage = Outage("receiving wake-ups through Redis")
        waits = pauses()
        while True:
            started = time.monotonic()
            try:
                await self._follow(channel, outage)
            except Exception as error:  # whatever it is: nobody else would begin again
                outage.began(error)
            if time.monotonic() - started > LONGEST_PAUSE:
                waits = pauses()  # not for a Redis that comes and goes
            await asyncio.sleep(next(waits))

    async def _follow(self, channel: str, outage: Outage) -> None:
        connection = _connection(self._url)
        try:
            async with asyncio.timeout(_TIMEOUT):
                await _ask(connection, "SUBSCRIBE", channel)
            outage.ended()  # it is subscribed: from here on nothing is lost
            self._put(Event(channel, GAP))
            while True:
                kind, *rest = await _next_frame(connection)
                if kind == b"message":
                    self._put(Event(channel, rest[-1].decode(errors="replace")))
        finally:
            await connection.disconnect(nowait=True)

    def _put(self, event: Event) -> None:
        if self._inbox.full():
            while not self._inbox.empty():
                self._inbox.get_nowait()
            event = Event(event.channel, GAP)
        self._inbox.put_nowait(event)


async def _ask(connection: Any, *command: str) -> None:
    await connection.connect()
    await connection.send_command(*command)
    await connection.read_response()


async def _next_frame(connection: Any) -> list[Any]:
    """Raise when Redis is gone, and TimeoutError when it is there and does not answer."""
    frame = await connection.read_response(timeout=_IDLE)
    if frame is None:
        async with asyncio.timeout(_TIMEOUT):
            await connection.send_command("PING")
            frame = await connection.read_response()
    return list(frame)
