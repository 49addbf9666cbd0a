"""Wake-ups: who listens to a workspace is told that its change log has grown.

A message carries only a workspace and a sequence number, and may be lost or repeated: a listener
reads the log. One long-lived broadcaster subscription per process feeds a bounded slot per
listener, because broadcaster's own queues are unbounded and its concurrent subscribes race.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Self

from broadcaster import Broadcast

from loaders.change_log import heads
from loaders.shared import Shared
from models.database import Database
from subscriptions.outage import Outage, pauses
from subscriptions.redis_backend import RedisBackend

MEMORY = "memory://"
CHANNEL = "sessiongraph.changes"
"""What Redis calls the channel; two installations may share it, because a workspace's id is known
in its own installation only."""

_POLL_SECONDS = 1.0
"""How often the heads are read: a change by another process, such as the command line beside a
running server, or one whose wake-up was lost, arrives within this time all the same."""
_POLL_TIMEOUT = 10.0
"""Seconds after which a database that does not answer counts as away."""
_MOST_UNSENT = 10_000
"""Workspaces with a wake-up to be sent; more of them are left to the poll."""


class Listener:
    """One stream's slot: whether there is news, nothing more."""

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

    def __init__(
        self,
        database: Database,
        url: str = MEMORY,
        *,
        channel: str = CHANNEL,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        self._database = database
        self._broadcast = Broadcast(url) if url == MEMORY else Broadcast(backend=RedisBackend(url))
        self._channel = channel
        self._poll_seconds = poll_seconds
        self._listeners: dict[int, set[Listener]] = {}
        self._heads: dict[int, int] = {}  # of the workspaces that have listeners
        self._shared: dict[int, Shared] = {}
        self._unsent: dict[int, int] = {}
        self._has_unsent = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._broadcast.connect()
        work = (self._receive(), self._send(), self._poll())
        self._tasks = [asyncio.create_task(each) for each in work]
        return self

    async def __aexit__(self, *_exception: object) -> None:
        running = set(self._tasks)
        while running:  # CPython 3.11's wait_for, in drivers, can lose a cancellation: ask again
            for task in running:
                task.cancel()
            _stopped, running = await asyncio.wait(running, timeout=1)
        await self._broadcast.disconnect()

    @property
    def listening(self) -> int:
        """How many streams listen."""
        return sum(map(len, self._listeners.values()))

    @property
    def unsent(self) -> int:
        """How many workspaces have a wake-up that waits to be sent."""
        return len(self._unsent)

    def publish(self, workspace_id: int, seq: int) -> None:
        """Tell every process; called after COMMIT, so it must neither block nor fail.

        This process's listeners are told at once, whatever becomes of the message.
        """
        self._told(workspace_id, seq)
        self._send_later(workspace_id, seq)

    def shared(self, workspace_id: int) -> Shared:
        """What has been read since the hub last heard of a change, and within a second."""
        return self._shared.setdefault(workspace_id, Shared())

    @contextmanager
    def listener(self, workspace_id: int) -> Generator[Listener]:
        """Listen to a workspace; register before reading the log, and nothing falls in between."""
        listener = Listener()
        listeners = self._listeners.setdefault(workspace_id, set())
        listeners.add(listener)
        try:
            yield listener
        finally:
            listeners.discard(listener)
            if not listeners:
                del self._listeners[workspace_id]
                self._heads.pop(workspace_id, None)
                self._shared.pop(workspace_id, None)

    def _send_later(self, workspace_id: int, seq: int) -> None:
        """Of a workspace only the newest number is sent, so a long outage takes no memory."""
        self._unsent[workspace_id] = max(seq, self._unsent.get(workspace_id, seq))
        if len(self._unsent) > _MOST_UNSENT:
            del self._unsent[next(iter(self._unsent))]
        self._has_unsent.set()

    async def _send(self) -> None:
        outage, waits = Outage("sending wake-ups"), pauses()
        while True:
            await self._has_unsent.wait()
            try:
                await self._send_all()
            except Exception as error:
                outage.began(error)
                await asyncio.sleep(next(waits))
            else:
                outage.ended()
                waits = pauses()

    async def _send_all(self) -> None:
        while self._unsent:
            workspace_id = next(iter(self._unsent))
            seq = self._unsent.pop(workspace_id)
            try:
                await self._broadcast.publish(self._channel, f"{workspace_id}:{seq}")
            except Exception:
                self._send_later(workspace_id, seq)
                raise
        self._has_unsent.clear()

    async def _receive(self) -> None:
        async with self._broadcast.subscribe(self._channel) as subscriber:
            while True:
                event = await subscriber.get()
                workspace_id, _separator, seq = str(event.message).partition(":")
                try:
                    self._told(int(workspace_id), int(seq))
                except ValueError:  # GAP, or what nobody understands: it may have been news
                    self._wake_everyone()

    async def _poll(self) -> None:
        outage = Outage("reading the heads of the change log")
        while True:
            await asyncio.sleep(self._poll_seconds)
            self._shared.clear()
            if not self._listeners and not outage.is_on:
                continue
            try:
                async with asyncio.timeout(_POLL_TIMEOUT):
                    found = await heads(self._database, list(self._listeners))
            except Exception as error:
                outage.began(error)
                continue
            if outage.is_on:
                outage.ended()
                self._wake_everyone()
            self._read(found)

    def _told(self, workspace_id: int, seq: int) -> None:
        if workspace_id in self._listeners and seq > self._heads.get(workspace_id, -1):
            self._wake(workspace_id, seq)

    def _read(self, found: dict[int, int]) -> None:
        """The database is right, also when a message said more: it may come from a copy of it."""
        for workspace_id, seq in found.items():
            if workspace_id in self._listeners and seq != self._heads.get(workspace_id):
                self._wake(workspace_id, seq)

    def _wake(self, workspace_id: int, seq: int) -> None:
        self._heads[workspace_id] = seq
        self._shared.pop(workspace_id, None)
        for listener in self._listeners[workspace_id]:
            listener.wake()

    def _wake_everyone(self) -> None:
        self._shared.clear()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()
