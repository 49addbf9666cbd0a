"""The context of one operation: the viewer, the hub, and the loaders that batch its relations."""

import asyncio
from collections.abc import Hashable, Sequence
from typing import Any

from strawberry.dataloader import DataLoader
from strawberry.types.info import Info as StrawberryInfo

from loaders.batch import Batch
from loaders.viewer import Viewer
from subscriptions.hub import Hub


class Context:
    """One per operation, never per socket: loaders remember what they have read."""

    def __init__(self, viewer: Viewer, hub: Hub) -> None:
        self.viewer = viewer
        self.hub = hub
        self._loaders: dict[tuple[Batch, str], DataLoader[Any, Any]] = {}

    def load(self, batch: Batch, key: Hashable, **arguments: Any) -> asyncio.Future[Any]:
        """The key's value, read together with every other key asked for in this tick.

        Shielded, because a cancelled sibling would otherwise cancel the shared future.
        """
        identity = (batch, repr(arguments) if arguments else "")
        loader = self._loaders.get(identity)
        if loader is None:
            loader = self._loaders[identity] = self._loader(batch, arguments)
        return asyncio.shield(loader.load(key))

    def renew(self) -> None:
        """Forget what was read; a stream does so before each event."""
        self._loaders = {}

    def _loader(self, batch: Batch, arguments: dict[str, Any]) -> DataLoader[Any, Any]:
        async def load(keys: list[Any]) -> Sequence[Any]:
            return await batch(self.viewer, keys, **arguments)

        return DataLoader(load_fn=load)


Info = StrawberryInfo[Context, None]
"""What resolvers receive."""
