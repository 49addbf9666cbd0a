"""The context of one operation: the viewer, the hub, and the loaders that batch its relations."""

import asyncio
from collections.abc import AsyncGenerator, Hashable, Iterable, Sequence
from contextlib import aclosing
from typing import Any

from strawberry.dataloader import DataLoader
from strawberry.types.info import Info as StrawberryInfo

from loaders.batch import Batch
from loaders.cursor import ChangePosition
from loaders.shared import Shared
from loaders.viewer import Viewer
from subscriptions.hub import Hub
from subscriptions.stream import Course, Source, stream


class Context:
    """One per operation, never per socket: loaders remember what they have read."""

    def __init__(self, viewer: Viewer, hub: Hub, course: Course | None = None) -> None:
        self.viewer = viewer
        self.hub = hub
        self.course = course or Course()
        self._loaders: dict[tuple[Batch, str], DataLoader[Any, Any]] = {}
        self._shared: Shared | None = None

    async def values(self, batch: Batch, keys: Iterable[Hashable]) -> list[Any]:
        """The values of many keys, aligned to them; a failure is the value of its key.

        From then on `value` has each of them at once.
        """
        futures = [self._future(batch, key, {}) for key in keys]
        if futures:
            await asyncio.wait(futures)  # unlike `gather`, it never cancels what others wait for
        return [future.exception() or future.result() for future in futures]

    def value(self, batch: Batch, key: Hashable, **arguments: Any) -> Any:
        """The key's value if it has been read, else a future of it."""
        future = self._future(batch, key, arguments)
        return future.result() if future.done() else asyncio.shield(future)

    def load(self, batch: Batch, key: Hashable, **arguments: Any) -> asyncio.Future[Any]:
        """The key's value, read together with every other key asked for in this tick.

        Shielded, because a cancelled sibling would otherwise cancel the shared future.
        """
        return asyncio.shield(self._future(batch, key, arguments))

    async def follow(
        self, source: Source, after: ChangePosition | None = None
    ) -> AsyncGenerator[list[Any]]:
        """The rows of a stream, a few at once; no loader outlives them, so that none is stale."""
        async with aclosing(stream(self.hub, source, after, self.course)) as told:
            async for rows in told:
                self._loaders = {}
                self._shared = self.hub.shared(self.viewer.workspace_id)
                yield rows

    def _future(
        self, batch: Batch, key: Hashable, arguments: dict[str, Any]
    ) -> asyncio.Future[Any]:
        """The loader's own future, one for each key."""
        identity = (batch, repr(arguments) if arguments else "")
        loader = self._loaders.get(identity)
        if loader is None:
            loader = self._loaders[identity] = self._new_loader(batch, arguments)
        return asyncio.ensure_future(loader.load(key))

    def _new_loader(self, batch: Batch, arguments: dict[str, Any]) -> DataLoader[Any, Any]:
        async def load(keys: list[Any]) -> Sequence[Any]:
            if self._shared is None or arguments:
                return await batch(self.viewer, keys, **arguments)
            return await self._shared.rows(batch, self.viewer, keys)

        return DataLoader(load_fn=load)


Info = StrawberryInfo[Context, None]
"""What resolvers receive."""
