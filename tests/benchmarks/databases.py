"""Databases to import into: made fresh, and removed when the block ends."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from models.record import Dialect


@contextmanager
def fresh_sqlite(folder: Path) -> Iterator[str]:
    """The URL of a file that does not exist yet."""
    path = folder / f"{secrets.token_hex(6)}.db"
    try:
        yield f"sqlite://{path}"
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


@contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """The URL of an empty schema in the database of the URL given."""
    schema = f"sessiongraph_bench_{secrets.token_hex(6)}"
    execute(server, f'CREATE SCHEMA "{schema}"')
    try:
        yield f"{server}?schema={schema}"
    finally:
        execute(server, f'DROP SCHEMA "{schema}" CASCADE')


def settle(server: str) -> None:
    """Do now what autovacuum would do in the midst of a measurement."""
    execute(server, "VACUUM (ANALYZE)")


def execute(server: str, sql: str) -> None:
    """One statement outside a transaction."""
    asyncio.run(_execute(server, sql))


async def _execute(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgres")
