"""The law of the live list through a real server, followed by the programs of the guide."""

import asyncio
import secrets
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from follow import Filter, follow, read, transport
from gql import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from live_list import LiveList, Session

from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import ImportConflict, Scope
from resolvers.administration import create_key, create_workspace
from resolvers.ingest import ingest
from tests.live.histories import alike, global_ids, live_filters, perform, settled_world, writes
from tests.live.test_reference_reducers import EXAMPLES, NODE
from tests.reads.world import World
from tests.server.process import serving
from tests.writes.documents import document, ingestible

READERS = 3
SECONDS = 30
"""After which a list that is not right is wrong: some filters move with time, and the server hears
of what another process wrote within a second."""


@dataclass
class Server:
    """A running server, and this process on the same database."""

    address: str
    database: Database

    async def entered(self) -> tuple[Viewer, str]:
        """A workspace and a key to it."""
        workspace = await create_workspace(self.database, f"law {secrets.token_hex(6)}")
        key = await create_key(self.database, workspace, "law", list(Scope))
        return Viewer(self.database, workspace, "tester", frozenset(Scope)), key


@dataclass(frozen=True)
class Reconnect:
    """A reader loses its connection and comes again."""

    reader: int


def reconnects() -> st.SearchStrategy[Reconnect]:
    return st.builds(Reconnect, st.integers(0, READERS - 1))


@dataclass
class Reader:
    """Follows a filter with the program of the guide."""

    address: str
    key: str
    filter: Filter
    live: LiveList = field(default_factory=LiveList)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    following: asyncio.Task[None] | None = None

    def connect(self) -> None:
        """Begin, or go on from the cursor of the list."""
        running = follow(self.address, self.key, self.live, self.filter, self._note)
        self.following = asyncio.create_task(running)

    def _note(self, _live: LiveList) -> None:
        self.changed.set()

    async def disconnect(self) -> None:
        """Wherever it is."""
        assert self.following is not None
        while not self.following.done():  # gql sometimes makes an error of a cancellation
            self.following.cancel()
            await asyncio.wait({self.following}, timeout=0.1)

    async def assert_right(self) -> None:
        """What it has becomes what one would read."""
        async with Client(transport=transport(self.address, self.key)) as server:
            expected: dict[str, Session] = {}
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    while True:
                        self.changed.clear()
                        _cursor, nodes = await read(server, self.filter)
                        expected = {node["id"]: node for node in nodes}
                        if self.live.sessions == expected:
                            return
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self.changed.wait(), 0.3)
            assert self.live.sessions == expected


async def lived(
    server: Server, drawn_over: World, filters: Sequence[Filter], steps: Sequence[Any]
) -> None:
    viewer, key = await server.entered()
    world = await settled_world(viewer)
    readers = [Reader(server.address, key, alike(one, drawn_over, world)) for one in filters]
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=f"http://{server.address}", headers=headers) as http:

        async def ask(document: str, variables: dict[str, Any]) -> dict[str, Any]:
            asked = {"query": document, "variables": variables}
            answer = (await http.post("/graphql", json=asked)).json()
            assert "errors" not in answer, answer
            return dict(answer["data"])

        for reader in readers:
            reader.connect()
        try:
            for step in steps:
                if isinstance(step, Reconnect):
                    await readers[step.reader].disconnect()
                    readers[step.reader].connect()
                else:
                    await perform(global_ids(world, drawn_over, step), viewer, ask)
            for reader in readers:
                await reader.assert_right()
        finally:
            for reader in readers:
                await reader.disconnect()


async def opened(database: Database) -> World:
    await database.open()
    workspace = await create_workspace(database, f"law {secrets.token_hex(6)}")
    return await settled_world(Viewer(database, workspace, "tester", frozenset(Scope)))


@pytest.mark.parametrize(
    ("examples", "derandomize"),
    [(20, True), pytest.param(250, False, marks=pytest.mark.slow)],
)
def test_what_was_read_and_followed_is_what_one_would_read(
    database_url: DatabaseUrl, url: str, examples: int, derandomize: bool
) -> None:
    database = Database(database_url)
    with asyncio.Runner() as runner:
        drawn_over = runner.run(opened(database))
        running = serving(url)
        address = runner.run(running.__aenter__())

        @settings(
            max_examples=examples,
            derandomize=derandomize,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # shrinking would wait for each list that is not right
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @given(
            st.lists(live_filters(drawn_over), min_size=READERS, max_size=READERS),
            st.lists(st.one_of(writes(drawn_over), reconnects()), min_size=4, max_size=12),
        )
        def law(filters: list[Filter], steps: list[Any]) -> None:
            runner.run(lived(Server(address, database), drawn_over, filters, steps))

        try:
            law()
        finally:
            runner.run(running.__aexit__(None, None, None))
            runner.run(database.close())


PROGRAMS = [[sys.executable, "-u", "follow.py"], [str(NODE), "follow.mjs"]]


@pytest.mark.parametrize("program", PROGRAMS, ids=["python", "javascript"])
async def test_the_programs_of_the_guide_show_what_happens(
    database: Database, url: str, program: list[str]
) -> None:
    async with serving(url) as address:
        viewer, key = await Server(address, database).entered()
        running = await asyncio.create_subprocess_exec(
            *program, address, key, cwd=EXAMPLES, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert running.stdout is not None
            async with asyncio.timeout(SECONDS):
                await shown(running.stdout, "0 open: ")
                await write(viewer, document("s-1", end=None))
                await shown(running.stdout, "1 open: Ada")
                await write(viewer, document("s-1"), on_conflict=ImportConflict.UPDATE)
                await shown(running.stdout, "0 open: ")
        finally:
            running.terminate()
            await running.wait()


async def write(
    viewer: Viewer, given: dict[str, Any], on_conflict: ImportConflict = ImportConflict.SKIP
) -> None:
    await ingest(viewer, [ingestible(given)], on_conflict)


async def shown(output: asyncio.StreamReader, line: str) -> None:
    """Read on until it is printed."""
    while (await output.readline()).decode() != f"{line}\n":
        assert not output.at_eof()
