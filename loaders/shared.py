"""What several streams read of one state of the log: each of it once, however many ask.

The hub makes one of these anew whenever it has heard of a change, and every second. What is found
in it was read after that, so it is no older than what a stream that was woken would read itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

from loaders.viewer import Viewer

T = TypeVar("T")


class Shared:
    """Reads of one workspace that are under way or have been made; a failure is not kept."""

    def __init__(self) -> None:
        self._reads: dict[Hashable, asyncio.Future[Any]] = {}

    async def once(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, or gave whoever asked by this key first."""
        found = self._reads.get(key)
        if found is None:
            found = self._begin([key], read())
        return cast("T", await asyncio.shield(found))

    async def rows(
        self, load: Callable[..., Awaitable[Sequence[Any]]], viewer: Viewer, keys: Sequence[Any]
    ) -> list[Any]:
        """What a batch function gives to viewers with these rights; each key is read once."""
        names = [(load, viewer.scopes, key) for key in keys]
        missing = [name for name in dict.fromkeys(names) if name not in self._reads]
        if missing:
            wanted = [key for _load, _scopes, key in missing]

            async def read() -> dict[Hashable, Any]:
                return dict(zip(wanted, await load(viewer, wanted), strict=True))

            self._begin(missing, read())
        reads = [self._reads[name] for name in names]
        return [(await asyncio.shield(read))[key] for read, key in zip(reads, keys, strict=True)]

    def _begin(self, keys: Sequence[Hashable], reading: Awaitable[Any]) -> asyncio.Future[Any]:
        """Whoever asked first may go away; others still wait for it."""
        begun = asyncio.ensure_future(reading)

        def forget(done: asyncio.Future[Any]) -> None:
            if done.cancelled() or done.exception() is not None:
                for key in keys:
                    self._reads.pop(key, None)

        begun.add_done_callback(forget)
        self._reads.update(dict.fromkeys(keys, begun))
        return begun
