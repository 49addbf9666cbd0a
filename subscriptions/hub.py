"""Wake-ups: who listens to a workspace is told that its change log has grown.

A message carries only a workspace and a sequence number, and may be lost or repeated: a listener
reads the log. One long-lived broadcaster subscription per process feeds a bounded slot per
listener, because broadcaster's own queues are unbounded and its concurrent subscribes race.
"""

import asyncio
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Self

import structlog
from broadcaster import Broadcast

from loaders.change_log import heads
from models.database import Database

_CHANNEL = "sessiongraph.changes"
_POLL_SECONDS = 1.0
"""How often the heads are read: a change by another process, such as the command line beside a
running server, or one whose wake-up was lost, arrives within this time all the same."""

_log = structlog.get_logger(__name__)


class Listener:
    """One stream's slot: the newest sequence number it has been told of, nothing more."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There is news; any number of wake-ups before the next wait are one."""
        self._news.set()

    async def wait(self, seconds: float) -> bool:
        """Whether there is news within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        fresh = self._news.is_set()
        self._news.clear()
        return fresh


class Hub:
    """Fan-out of one process; owned by the application, which enters and leaves it."""

    def __init__(self, database: Database, url: str = "memory://") -> None:
        self._database = database
        self._broadcast = Broadcast(url)
        self._listeners: defaultdict[int, set[Listener]] = defaultdict(set)
        self._heads: dict[int, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._outbox: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._broadcast.connect()
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._poll())]
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._outbox, return_exceptions=True)
        await self._broadcast.disconnect()

    @property
    def listening(self) -> int:
        """How many streams listen."""
        return sum(map(len, self._listeners.values()))

    def publish(self, workspace_id: int, seq: int) -> None:
        """Tell every process; called after COMMIT, so it must neither block nor fail."""
        task = asyncio.create_task(self._publish(workspace_id, seq))
        self._outbox.add(task)
        task.add_done_callback(self._outbox.discard)

    @contextmanager
    def listener(self, workspace_id: int) -> Generator[Listener]:
        """Listen to a workspace; register before reading the log, and nothing falls in between."""
        listener = Listener()
        self._listeners[workspace_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[workspace_id].discard(listener)
            if not self._listeners[workspace_id]:
                del self._listeners[workspace_id]

    async def _publish(self, workspace_id: int, seq: int) -> None:
        try:
            await self._broadcast.publish(_CHANNEL, f"{workspace_id}:{seq}")
        except Exception:
            _log.exception("wake-up not published", workspace_id=workspace_id, seq=seq)

    async def _receive(self) -> None:
        async with self._broadcast.subscribe(_CHANNEL) as subscriber:
            while True:
                event = await subscriber.get()
                workspace_id, _separator, seq = str(event.message).partition(":")
                self._wake(int(workspace_id), int(seq))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            if not self._listeners:
                continue
            try:
                found = await heads(self._database, self._listeners)
            except Exception:
                _log.exception("heads not read")
                continue
            for workspace_id, seq in found.items():
                self._wake(workspace_id, seq)

    def _wake(self, workspace_id: int, seq: int) -> None:
        if seq <= self._heads.get(workspace_id, -1):
            return
        self._heads[workspace_id] = seq
        for listener in self._listeners.get(workspace_id, ()):
            listener.wake()
