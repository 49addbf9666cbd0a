"""What is held open: sockets and event streams, by the API key that opened them.

A request looks at its key and is gone; these stay. So they are counted, ended when their key is
no longer valid, and ended one by one when the server stops. One task asks for all keys at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Coroutine
from enum import Enum
from typing import Any, Protocol, Self

import structlog

_INTERVAL = 2.0
"""Seconds between two looks at the keys; with what authentication remembers, a revoked key holds
nothing open for more than five."""

_DEADLINE = 5.0
"""Seconds after which a database that does not answer counts as away."""

_log = structlog.get_logger(__name__)

ValidKeys = Callable[[Collection[int]], Awaitable[Collection[int]]]
"""Which of these key ids are valid now."""


class TooManyConnections(Exception):
    """The key holds as many as it may."""


class Stopping(Exception):
    """The server is about to stop and opens nothing that stays."""


class Ending(Enum):
    """Why something is ended that its client would have kept open."""

    REVOKED = "The key is no longer valid."
    RESTART = "The server is about to stop."


class Held(Protocol):
    """One socket or event stream."""

    async def end(self, ending: Ending) -> None:
        """Tell the client why, and go; may be called again before it is released."""
        ...


class Connections:
    """Those of one process; owned by the application, which enters and leaves it."""

    def __init__(self, valid_keys: ValidKeys, limit: int, interval: float = _INTERVAL) -> None:
        self.is_stopping = False
        self._valid_keys = valid_keys
        self._limit = limit
        self._interval = interval
        self._held: defaultdict[int, set[Held]] = defaultdict(set)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._start(self._watch())
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def count(self) -> int:
        """How many are held open."""
        return sum(map(len, self._held.values()))

    def hold(self, key_id: int, held: Held) -> None:
        """Count it until `release`; raise TooManyConnections or Stopping."""
        if self.is_stopping:
            raise Stopping
        if len(self._held.get(key_id, ())) >= self._limit:
            raise TooManyConnections
        self._held[key_id].add(held)

    def release(self, key_id: int, held: Held) -> None:
        """It has ended; nothing happens if it was never held."""
        holders = self._held.get(key_id, set())
        holders.discard(held)
        if not holders:
            self._held.pop(key_id, None)

    def stop(self) -> list[Held]:
        """Hold nothing more; give what is still to be ended."""
        self.is_stopping = True
        return [held for holders in self._held.values() for held in holders]

    def end(self, held: Held, ending: Ending) -> None:
        """Have it end, without waiting for a client that may not read."""
        self._start(held.end(ending))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            if not self._held:
                continue
            try:
                async with asyncio.timeout(_DEADLINE):
                    valid = set(await self._valid_keys(list(self._held)))
            except Exception as error:  # they stay open: nothing says that a key is not valid
                _log.warning("keys_not_checked", error=repr(error))
                continue
            for key_id in self._held.keys() - valid:
                for held in self._held[key_id]:
                    self.end(held, Ending.REVOKED)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
