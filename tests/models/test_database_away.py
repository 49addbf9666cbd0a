"""A database that cannot be reached is told from a failure of ours."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from models.database import Database
from models.database_url import DatabaseUrl
from models.errors import Overloaded


class Way:
    """A network between this process and PostgreSQL that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self.is_cut = False
        self._there = host, port
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncGenerator[int]:
        """Its port, while the block lasts."""
        async with await asyncio.start_server(self._carry, "127.0.0.1", 0) as server:
            yield server.sockets[0].getsockname()[1]
            self.cut()

    def cut(self) -> None:
        """At once, for those who are under way too."""
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        other_reader, other_writer = await asyncio.open_connection(*self._there)
        self._writers |= {writer, other_writer}
        await asyncio.gather(_copy(reader, other_writer), _copy(other_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()


async def test_reading_from_a_database_that_is_away_says_so_until_it_is_back(
    postgres_url: str,
) -> None:
    there = urlsplit(postgres_url)
    assert there.hostname is not None
    assert there.port is not None
    way = Way(there.hostname, there.port)
    async with way.laid() as port:
        url = postgres_url.replace(f"{there.hostname}:{there.port}", f"127.0.0.1:{port}")
        async with Database(DatabaseUrl.parse(url)) as database:
            waiting = asyncio.create_task(database.lane().fetch("SELECT pg_sleep(60)"))
            await asyncio.sleep(0.1)
            way.cut()
            with pytest.raises(Overloaded, match="The database is away"):
                await waiting
            with pytest.raises(Overloaded, match="The database is away"):
                await database.lane().fetch("SELECT 1")

            way.is_cut = False
            assert [tuple(row) for row in await database.lane().fetch("SELECT 1")] == [(1,)]
