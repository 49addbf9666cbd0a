"""Tortoise's asyncpg client without the reset round trip that the pool makes at every release.

Our code leaves nothing behind on a connection: no session settings, cursors or advisory locks.
"""

import asyncio
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


class OwnedTransaction(TransactionContextPooled):
    """Gives the connection back when BEGIN fails or is cancelled; Tortoise's own would leak it."""

    async def __aenter__(self) -> Any:
        """The transaction's client."""
        await self.ensure_connection()
        client: Any = self.client
        client._connection = await client._parent._pool.acquire()
        try:
            await client.begin()
        except BaseException:
            await asyncio.shield(client._parent._pool.release(client._connection))
            raise
        self.token = get_connections().set(self.connection_name, client)
        return client


class Client(AsyncpgDBClient):
    """A pool of connections."""

    async def create_pool(self, **kwargs: Any) -> Any:
        """Open the pool."""
        return await asyncpg.create_pool(None, reset=_keep_as_it_is, **kwargs)

    def _in_transaction(self) -> TransactionContext:
        return OwnedTransaction(TransactionWrapper(self), self._pool_init_lock)


async def _keep_as_it_is(_connection: Any) -> None:
    """Nothing to reset."""


client_class = Client
