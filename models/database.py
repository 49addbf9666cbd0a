"""The one door to the database: lanes for reads, transactions for writes, on both dialects.

SQLite has one write connection and two read connections (`query_only=ON`), so that neither an
import nor a search holds up a page; PostgreSQL has a pool, and a small one for long reads. SQL is
written once with `?` placeholders. Everything above receives tuples and turns them into records.
"""

import asyncio
import re
import sqlite3
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain, count
from typing import Any, Protocol, Self

import asyncpg
from tortoise import Tortoise, connections
from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

from models import search_index
from models.database_url import DatabaseUrl
from models.errors import Overloaded
from models.record import Dialect, R, Record, columns, decoder, encoder, parameter, table_name

Values = Sequence[Any]

_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""What reading meets while PostgreSQL stops, is gone, or starts."""

_MAX_PARAMETERS = 32_766  # of a statement, on SQLite
_GROUPS = (512, 128, 32, 8, 2, 1)  # few sizes, so that their statements stay prepared
_COPY_FROM_ROWS = 32  # COPY costs one round trip more than INSERT and pays from about here


class Lane(StrEnum):
    """Which read connection: small reads must not queue behind long ones."""

    FAST = "fast"
    SLOW = "slow"


class Contention(Exception):
    """Another writer was first: it has taken the key, deleted what is referred to, or waits."""


_OVERTAKEN = (
    asyncpg.UniqueViolationError,
    asyncpg.ForeignKeyViolationError,  # SQLite's writers take turns: what one has read is there
    asyncpg.DeadlockDetectedError,
)


class Rows(Protocol):
    """Whatever can run a SELECT: a lane of the database, or a transaction."""

    dialect: Dialect

    async def fetch(self, sql: str, parameters: Values = ()) -> Sequence[Values]:
        """The rows of one statement with `?` placeholders."""
        ...


async def records(
    source: Rows,
    model: type[R],
    sql: str,
    parameters: Values = (),
    names: tuple[str, ...] | None = None,
) -> list[R]:
    """The rows of a statement that selects exactly `selection(model, alias, names)`."""
    decode = decoder(model, source.dialect, names)
    return decode(await source.fetch(sql, parameters))


class Database:
    """The open database of one process; Tortoise's state is global, so there is one at a time."""

    def __init__(self, url: DatabaseUrl, pool_size: int = 10) -> None:
        self.dialect: Dialect = url.dialect
        self.on_statement: Callable[[str], None] | None = None
        self._url = url
        self._pool_size = pool_size
        self._clients: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def open(self, *, migrating: bool = False) -> None:
        """Connect; `migrating` opens the single connection that may rebuild tables."""
        self._url.prepare()
        config = self._url.tortoise_config(self._pool_size, migrating=migrating)
        await Tortoise.init(config=config, _enable_global_fallback=True)
        self._clients = {name: connections.get(name) for name in config["connections"]}
        for client in self._clients.values():
            # Now, for a first query that is cancelled while it connects leaves SQLite's thread
            # behind, and with it a process that never ends.
            async with client.acquire_connection():
                pass

    async def close(self) -> None:
        """Close every connection."""
        await Tortoise.close_connections()

    def lane(self, lane: Lane = Lane.FAST) -> "ReadLane":
        """Where to read, also beside a transaction of the same task."""
        own = self._clients.get(f"{self.dialect}_{lane}")
        return ReadLane(self, own or self._clients[self.dialect])

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["Transaction"]:
        """Begin, and commit at the end of the block; only the database is awaited in it."""
        try:
            async with in_transaction(self.dialect) as client:
                transaction = Transaction(self, client)
                try:
                    yield transaction
                finally:
                    await transaction.inserted()
        except TransactionManagementError as error:
            raise Overloaded("The database is busy; try again.") from error

    async def analyze(self) -> None:
        """Tell the planner how large the tables have become; after writing very much at once.

        PostgreSQL's cached plans are made anew then: those of empty tables read whole tables.
        """
        models = Tortoise.apps["models"].values()
        names = [*(model._meta.db_table for model in models), search_index.TABLE]
        tables = ", ".join(f'"{name}"' for name in names)
        async with self.transaction() as transaction:
            if self.dialect == "postgres":
                await transaction.execute_many(f"ANALYZE {tables}", [()])
            else:
                await transaction.fetch("PRAGMA analysis_limit = 1000")
                await transaction.fetch("ANALYZE")

    async def run(self, connection: Any, sql: str, parameters: Values) -> Sequence[Values]:
        """One statement on one connection; the only place where SQL meets a driver."""
        if self.on_statement:
            self.on_statement(sql)
        values = [parameter(value, self.dialect) for value in parameters]
        if self.dialect == "sqlite":
            rows: Sequence[Values] = await connection.execute_fetchall(sql, values)
        else:
            rows = await connection.fetch(_numbered(sql), *values)
        return rows


class ReadLane:
    """Reads outside a transaction."""

    def __init__(self, database: Database, client: Any) -> None:
        self.dialect: Dialect = database.dialect
        self._database = database
        self._client = client

    async def fetch(self, sql: str, parameters: Values = ()) -> Sequence[Values]:
        """The rows of one SELECT; raise Overloaded when the database is away."""
        try:
            async with self._client.acquire_connection() as connection:
                return await self._database.run(connection, sql, parameters)
        except _AWAY as error:
            raise Overloaded("The database is away; try again.") from error


class Transaction:
    """A write transaction; commits when its block ends, rolls back when it raises."""

    def __init__(self, database: Database, client: Any) -> None:
        self.dialect: Dialect = database.dialect
        self.client = client
        self._database = database
        self._inserting: asyncio.Future[Any] | None = None

    async def fetch(self, sql: str, parameters: Values = ()) -> Sequence[Values]:
        """The rows of a SELECT, or of a write with RETURNING; raise Contention."""
        await self.inserted()
        with _contention():
            return await self._database.run(self.client._connection, sql, parameters)

    async def insert(self, model: type[R], rows: Iterable[R]) -> None:
        """Insert the rows; Contention leaves the transaction good only for rolling back."""
        await self.insert_soon([(model, rows)])
        await self.inserted()

    async def insert_soon(self, tables: Iterable[tuple[type[Record], Iterable[Any]]]) -> None:
        """Begin to insert rows, parents before children; whatever comes next waits for the end."""
        groups: list[tuple[type[Record], list[Values]]] = []
        for model, rows in tables:
            encode = encoder(model, self.dialect, columns(model))
            if values := encode(rows):
                groups.append((model, values))
        await self.inserted()
        if self._database.on_statement:
            for model, _values in groups:
                self._database.on_statement(_insert_sql(model))
        self._inserting = asyncio.gather(*self._insertions(groups))
        await asyncio.sleep(0)  # lets them begin

    async def inserted(self) -> None:
        """Wait until the rows are there; raise Contention."""
        inserting, self._inserting = self._inserting, None
        if inserting is not None:
            with _contention():
                await inserting

    def _insertions(
        self, groups: Sequence[tuple[type[Record], Sequence[Values]]]
    ) -> Iterator[Awaitable[None]]:
        """SQLite's thread gets all statements at once, so that it waits for nobody between them."""
        connection = self.client._connection
        if self.dialect == "sqlite":
            for group in groups:
                yield from (connection.executemany(*part) for part in _in_parts(*group))
        else:
            yield _copy_all(connection, groups)

    async def execute_many(self, sql: str, rows: Sequence[Values]) -> None:
        """One statement for many sets of parameters."""
        if not rows:
            return
        await self.inserted()
        if self._database.on_statement:
            self._database.on_statement(sql)
        values = [[parameter(value, self.dialect) for value in row] for row in rows]
        with _contention():
            text = sql if self.dialect == "sqlite" else _numbered(sql)
            await self.client._connection.executemany(text, values)

    async def delete(self, model: type[Record], keys: Sequence[int]) -> None:
        """Delete rows, and with them what the database knows to be theirs."""
        sql = f'DELETE FROM "{table_name(model)}" WHERE "id" = ?'
        await self.execute_many(sql, [(key,) for key in keys])

    async def update(self, row: Record, *names: str) -> None:
        """Write the named attributes of one row."""
        model = type(row)
        values = encoder(model, self.dialect, (*names, "id"))([row])
        await self.fetch(_update_sql(model, names), values[0])

    async def update_all(self, model: type[R], rows: Sequence[R], *names: str) -> None:
        """Write the named attributes of many rows with one statement."""
        encode = encoder(model, self.dialect, (*names, "id"))
        await self.execute_many(_update_sql(model, names), encode(rows))


@contextmanager
def _contention() -> Generator[None]:
    try:
        yield
    except _OVERTAKEN as error:
        raise Contention(str(error)) from error
    except sqlite3.IntegrityError as error:
        if "UNIQUE" not in str(error):
            raise
        raise Contention(str(error)) from error


def _in_parts(
    model: type[Record], values: Sequence[Values]
) -> Iterator[tuple[str, Sequence[Values]]]:
    """Statements of as many rows as can be: less work, and few turns at the interpreter's lock."""
    start = 0
    for rows in _GROUPS:
        end = len(values) - (len(values) - start) % rows
        if end > start and rows * len(columns(model)) <= _MAX_PARAMETERS:
            groups = (values[i : i + rows] for i in range(start, end, rows))
            yield _insert_sql(model, rows), [tuple(chain.from_iterable(g)) for g in groups]
            start = end


async def _copy_all(
    connection: Any, groups: Iterable[tuple[type[Record], Sequence[Values]]]
) -> None:
    for model, values in groups:
        if len(values) < _COPY_FROM_ROWS:
            await connection.executemany(_numbered(_insert_sql(model)), values)
        else:
            await connection.copy_records_to_table(
                table_name(model), records=values, columns=columns(model)
            )


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> str:
    """`?` to `$1`, `$2` …; our SQL has no other question marks, values are always parameters."""
    numbers = count(1)
    return re.sub(r"\?", lambda _match: f"${next(numbers)}", sql)


@cache
def _insert_sql(model: type[Record], rows: int = 1) -> str:
    names = ", ".join(f'"{name}"' for name in columns(model))
    marks = ", ".join("?" for _ in columns(model))
    groups = ", ".join([f"({marks})"] * rows)
    return f'INSERT INTO "{table_name(model)}" ({names}) VALUES {groups}'


@lru_cache(maxsize=512)
def _update_sql(model: type[Record], names: tuple[str, ...]) -> str:
    assignments = ", ".join(f'"{name}" = ?' for name in names)
    return f'UPDATE "{table_name(model)}" SET {assignments} WHERE "id" = ?'
