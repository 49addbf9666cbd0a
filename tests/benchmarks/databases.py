"""Databases to import into: made fresh, and removed when the block ends."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg


@contextmanager
def fresh_sqlite(folder: Path) -> Generator[str]:
    """The URL of a file that does not exist yet."""
    path = folder / f"{secrets.token_hex(6)}.db"
    try:
        yield f"sqlite://{path}"
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


@contextmanager
def fresh_postgres(server: str) -> Generator[str]:
    """The URL of an empty schema in the database of the URL given."""
    schema = f"sessiongraph_bench_{secrets.token_hex(6)}"
    _run(server, lambda connection: connection.execute(f'CREATE SCHEMA "{schema}"'))
    try:
        yield f"{server}?schema={schema}"
    finally:
        _run(server, lambda connection: connection.execute(f'DROP SCHEMA "{schema}" CASCADE'))


def settle(url: str) -> None:
    """Do now what autovacuum would do in the midst of a measurement."""
    server, _separator, schema = url.partition("?schema=")

    async def vacuum(connection: Any) -> None:
        found = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = $1",
            schema,
        )
        await connection.execute(f"VACUUM (ANALYZE) {', '.join(row[0] for row in found)}")

    _run(server, vacuum)


def _run(server: str, work: Callable[[Any], Awaitable[object]]) -> None:
    async def connected() -> None:
        connection = await asyncpg.connect(server)
        try:
            await work(connection)
        finally:
            await connection.close()

    asyncio.run(connected())
