"""Fails with one sentence unless the services that continuous integration relies on answer."""

import asyncio
import os
import socket
import sys
from urllib.parse import urlsplit

import asyncpg

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


def main() -> None:
    """Check both."""
    try:
        asyncio.run(_check_postgres(os.environ["SESSIONGRAPH_TEST_POSTGRES_URL"]))
        _check_redis(os.environ["SESSIONGRAPH_TEST_REDIS_URL"])
    except (OSError, KeyError, TimeoutError, asyncpg.PostgresError) as error:
        sys.exit(f"A service that the tests need cannot be reached: {error!r}")


if __name__ == "__main__":
    main()
