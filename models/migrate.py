"""Brings a database to the current schema; safe to run at every start."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tortoise import connections
from tortoise.migrations.executor import MigrationExecutor

from models.database import Database
from models.database_url import DatabaseUrl
from models.schema_objects import statements

_ADVISORY_LOCK = 7_365_737  # any constant; two processes that migrate at once take turns


async def migrate(url: DatabaseUrl) -> list[str]:
    """Apply what is missing and return the names of the migrations applied.

    SQLite runs with foreign keys off, because a rebuilt parent table would otherwise delete its
    children; that they all still have their parents is checked at the end.
    """
    database = Database(url, pool_size=2)
    await database.open(migrating=True)
    try:
        client = connections.get(database.dialect)
        applied = await _apply(client, url)
        if database.dialect == "sqlite":
            await _check_foreign_keys(client)
        return applied
    finally:
        await database.close()


async def _apply(client: Any, url: DatabaseUrl) -> list[str]:
    executor = MigrationExecutor(client, url.tortoise_config(1, migrating=True)["apps"])
    applied: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    async with _taking_turns(client):
        await executor.migrate(progress=note)
        for statement in statements(url.dialect):
            await client.execute_script(statement)
    return applied


@asynccontextmanager
async def _taking_turns(client: Any) -> AsyncGenerator[None]:
    """Hold PostgreSQL's advisory lock on a connection of its own; SQLite's file lock does it there."""
    if client.capabilities.dialect == "sqlite":
        yield
        return
    async with client.acquire_connection() as connection:
        await connection.execute(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
        try:
            yield
        finally:
            await connection.execute(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})")


async def _check_foreign_keys(client: Any) -> None:
    orphans = await client.execute_query_dict("PRAGMA foreign_key_check")
    if orphans:
        tables = sorted({str(row["table"]) for row in orphans})
        raise RuntimeError(f"The migration left rows without their parents in {', '.join(tables)}")
