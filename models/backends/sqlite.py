"""Tortoise's SQLite client with write transactions that begin IMMEDIATE, and `fold` in SQL.

A deferred transaction takes the write lock at its first write and then fails with "database is
locked" beside another process; IMMEDIATE waits for the lock within the busy timeout instead.
"""

import asyncio
import sqlite3
from typing import Any

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from models.text import fold

_NOTHING: dict[None, None] = {}
# What is not exactly a number or a text, sqlite3 asks in vain for an adapter and for a method of
# its own. Being told is four times as fast, and None is a third of what an import writes.
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(type(None), _NOTHING.get)

_cleaning: set[asyncio.Task[None]] = set()
"""Connections on their way back; the set keeps the tasks alive."""


class ImmediateTransaction(SqliteTransactionWrapper):
    """Takes the write lock at once, or waits for it."""

    async def begin(self) -> None:
        """Raise TransactionManagementError when the busy timeout runs out."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class OwnedTransaction(SqliteTransactionContext):
    """Gives the connection back when BEGIN fails or is cancelled; Tortoise's own would keep it.

    The connection's thread may still be waiting for the file's lock then and get it later, so the
    connection is rolled back, and only then free for the next transaction.
    """

    async def __aenter__(self) -> Any:
        """The transaction's client."""
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            _cleaning.add(task := asyncio.create_task(self._give_back()))
            task.add_done_callback(_cleaning.discard)
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def _give_back(self) -> None:
        try:
            if self.connection._connection is not None:
                await self.connection._connection.rollback()
        finally:
            self._trxlock.release()


class Client(SqliteClient):
    """One connection; the write lane, or a read lane when opened with `query_only=ON`."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001  # Tortoise's signature
        """Connect, set the pragmas and register `fold`."""
        await super().create_connection(with_db)
        if self._connection is not None:
            connection: Any = self._connection
            await connection.create_function("fold", 1, _fold_or_none, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        return OwnedTransaction(ImmediateTransaction(self), self._lock)


def _fold_or_none(value: object) -> str | None:
    return fold(value) if isinstance(value, str) else None


client_class = Client
