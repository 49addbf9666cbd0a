"""Fails with one sentence unless what continuous integration relies on is there and answers."""

import asyncio
import os
import shutil
import socket
import sys
from urllib.parse import urlsplit

import asyncpg

from tests.postgres_server import programs

_SECONDS = 5.0


async def _check_postgres(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=_SECONDS)
    await connection.close()


def _check_redis(url: str) -> None:
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or 6379)
    with socket.create_connection(address, timeout=_SECONDS) as connection:
        connection.sendall(b"PING\r\n")
        if not connection.recv(16).startswith(b"+PONG"):
            raise OSError("it does not answer PING")


def _check_programs() -> None:
    """Tests start servers of their own to kill them."""
    if shutil.which("redis-server") is None or programs() is None:
        raise OSError("redis-server or PostgreSQL's server programs are not installed")


def main() -> None:
    """Check all."""
    try:
        _check_programs()
        asyncio.run(_check_postgres(os.environ["SESSIONGRAPH_TEST_POSTGRES_URL"]))
        _check_redis(os.environ["SESSIONGRAPH_TEST_REDIS_URL"])
    except (OSError, KeyError, TimeoutError, asyncpg.PostgresError) as error:
        sys.exit(f"Something that the tests need is not there: {error!r}")


if __name__ == "__main__":
    main()
