"""Brings a database to the current schema; safe to run at every start."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import asyncpg
from tortoise import connections
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import BaseSchemaEditor

from models.backends.sqlite_editor import RebuildingEditor
from models.database import Database
from models.database_url import DatabaseUrl
from models.errors import Unprepared
from models.schema_objects import statements

MIGRATIONS = "models.migrations"
_ADVISORY_LOCK = 7_365_737  # any constant; two processes that migrate at once take turns
_LONGEST_TURN = 300.0
"""Seconds to wait for another process that is migrating the same file."""


class _Executor(MigrationExecutor):
    """Tortoise's, with our editor for SQLite."""

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:  # noqa: FBT001, FBT002  # Tortoise's signature
        if self.connection.capabilities.dialect == "sqlite":
            return RebuildingEditor(self.connection, atomic, collect_sql)
        return super()._schema_editor(atomic, collect_sql)


async def migrate(url: DatabaseUrl, package: str = MIGRATIONS) -> list[str]:
    """Apply what is missing and return the names of the migrations applied.

    SQLite runs with foreign keys off, because a rebuilt parent table would otherwise delete its
    children; that they all still have their parents is checked at the end. Raise Unprepared when
    the database lacks what only its administrator can install.
    """
    database = Database(url, pool_size=2)
    await database.open(migrating=True)
    try:
        client = connections.get(database.dialect)
        async with _taking_turns(client, url):
            if database.dialect == "postgres":
                await _ensure_trigrams(client)
            applied = await _apply(client, url, package)
            if applied and database.dialect == "sqlite":
                await _check_foreign_keys(client)
        return applied
    finally:
        await database.close()


async def _apply(client: Any, url: DatabaseUrl, package: str) -> list[str]:
    apps = url.tortoise_config(1, migrating=True)["apps"]
    apps["models"]["migrations"] = package
    applied: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    await _Executor(client, apps).migrate(progress=note)
    for statement in statements(url.dialect):
        await client.execute_script(statement)
    return applied


@asynccontextmanager
async def _taking_turns(client: Any, url: DatabaseUrl) -> AsyncGenerator[None]:
    """Hold a lock that only `migrate` takes, on a connection of its own.

    It ends with the process: PostgreSQL's advisory lock, and beside a SQLite file, whose own lock
    each migration takes and releases, the lock of an empty second file.
    """
    if url.dialect == "sqlite":
        beside = f"{url.credentials['file_path']}.migrating"
        async with aiosqlite.connect(beside, timeout=_LONGEST_TURN, isolation_level=None) as lock:
            await lock.execute("BEGIN EXCLUSIVE")
            yield
        return
    async with client.acquire_connection() as connection:
        await connection.execute(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
        try:
            yield
        finally:
            await connection.execute(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})")


async def _ensure_trigrams(client: Any) -> None:
    """In a schema that is nobody's own, so that dropping ours leaves it to others."""
    if await client.execute_query_dict("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'"):
        return
    try:
        await client.execute_script("CREATE EXTENSION pg_trgm WITH SCHEMA public")
    except (OperationalError, asyncpg.PostgresError) as error:
        raise Unprepared(
            "Search needs the PostgreSQL extension pg_trgm, which this role cannot install"
            f" ({str(error).splitlines()[0]}). Let a superuser run CREATE EXTENSION pg_trgm in this"
            " database once."
        ) from error


async def _check_foreign_keys(client: Any) -> None:
    orphans = await client.execute_query_dict("PRAGMA foreign_key_check")
    if orphans:
        tables = sorted({str(row["table"]) for row in orphans})
        raise RuntimeError(f"The migration left rows without their parents in {', '.join(tables)}")
