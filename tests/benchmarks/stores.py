"""The raw drivers of the floor: synchronous sqlite3 on the event loop, and an asyncpg pool.

A synchronous call blocks the process while it runs and costs less than any hand-over to a thread,
so it is the lowest floor there is on SQLite.
"""

import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from typing import Any, Protocol

import asyncpg
import orjson

from models.database_url import DatabaseUrl
from models.fields import from_milliseconds

_POOL_SIZE = 10


class Connection(Protocol):
    """What runs a SELECT with the parameters $1, $2 …"""

    async def fetch(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        """All rows."""
        ...


class Store(Protocol):
    """An open database, and how it takes and gives lists and instants."""

    among: str
    """The SQL for: is one of the list $1."""

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """One connection for a request."""
        ...

    def keys(self, ids: list[int]) -> Any:
        """A list as a parameter."""
        ...

    def instant(self, milliseconds: int) -> Any:
        """An instant as a parameter."""
        ...

    def moment(self, value: Any) -> datetime:
        """An instant from a row."""
        ...


class SqliteStore:
    """One connection, called synchronously."""

    among = "IN (SELECT value FROM json_each($1))"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        """All rows; SQLite writes numbered parameters with a question mark."""
        return self._connection.execute(sql.replace("$", "?"), values).fetchall()

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """Always the same."""
        return nullcontext(self)

    def keys(self, ids: list[int]) -> str:
        """As JSON."""
        return orjson.dumps(ids).decode()

    def instant(self, milliseconds: int) -> int:
        """As it is stored."""
        return milliseconds

    def moment(self, value: int) -> datetime:
        """From milliseconds."""
        return from_milliseconds(value)


class PostgresStore:
    """A pool."""

    among = "= ANY($1)"

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """From the pool."""
        acquired: AbstractAsyncContextManager[Connection] = self._pool.acquire()
        return acquired

    def keys(self, ids: list[int]) -> list[int]:
        """As it is."""
        return ids

    def instant(self, milliseconds: int) -> datetime:
        """As the driver wants it."""
        return from_milliseconds(milliseconds)

    def moment(self, value: datetime) -> datetime:
        """As it is."""
        return value


@asynccontextmanager
async def opened(url: DatabaseUrl) -> AsyncGenerator[Store]:
    """The store of a URL, with the settings that the application's own connections have."""
    config = url.tortoise_config(_POOL_SIZE, migrating=False)["connections"]
    if url.dialect == "sqlite":
        pragmas = dict(config["sqlite_fast"]["credentials"])
        connection = sqlite3.connect(pragmas.pop("file_path"), isolation_level=None)
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")
        yield SqliteStore(connection)
        connection.close()
        return
    options = dict(config["postgres"]["credentials"])
    path = {"search_path": options.pop("schema", "public")}
    options["server_settings"] = {**options["server_settings"], **path}
    size = options.pop("maxsize")
    async with asyncpg.create_pool(
        **options, min_size=1, max_size=size, reset=_keep_as_it_is
    ) as pool:
        yield PostgresStore(pool)


async def _keep_as_it_is(_connection: Any) -> None:
    """Saves a round trip at each release, as in the application."""
