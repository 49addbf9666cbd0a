"""Tortoise's SQLite client with write transactions that begin IMMEDIATE, and `fold` in SQL.

A deferred transaction takes the write lock at its first write and then fails with "database is
locked" beside another process; IMMEDIATE waits for the lock within the busy timeout instead.
"""

import sqlite3
from typing import Any

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.exceptions import TransactionManagementError

from models.text import fold


class ImmediateTransaction(SqliteTransactionWrapper):
    """Takes the write lock at once, or waits for it."""

    async def begin(self) -> None:
        """Raise TransactionManagementError when the busy timeout runs out."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class ReleasingContext(SqliteTransactionContext):
    """Releases the connection's lock when BEGIN fails; Tortoise's own would keep it for ever."""

    async def __aenter__(self) -> Any:
        """The transaction's client."""
        try:
            return await super().__aenter__()
        except BaseException:
            if self._trxlock.locked():
                self._trxlock.release()
            raise


class Client(SqliteClient):
    """One connection; the write lane, or a read lane when opened with `query_only=ON`."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001  # Tortoise's signature
        """Connect, set the pragmas and register `fold`."""
        await super().create_connection(with_db)
        if self._connection is not None:
            await self._connection.create_function("fold", 1, _fold_or_none, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        return ReleasingContext(ImmediateTransaction(self), self._lock)


def _fold_or_none(value: object) -> str | None:
    return fold(value) if isinstance(value, str) else None


client_class = Client
