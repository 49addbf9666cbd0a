"""Tortoise's asyncpg client without the reset round trip that the pool makes at every release.

Our code leaves nothing behind on a connection: no session settings, cursors or advisory locks.
"""

from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient


class Client(AsyncpgDBClient):
    """A pool of connections."""

    async def create_pool(self, **kwargs: Any) -> Any:
        """Open the pool."""
        return await asyncpg.create_pool(None, reset=_keep_as_it_is, **kwargs)


async def _keep_as_it_is(_connection: Any) -> None:
    """Nothing to reset."""


client_class = Client
