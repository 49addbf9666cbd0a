"""The law of the live list: what was read, and what is told of it, is what one would read.

Here the changes are pulled, page by page, with a clock that the test turns; real servers and
sockets are held to the same law in `test_live_list_socket.py`.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_list import LiveList

from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from resolvers.administration import create_workspace
from resolvers.context import Context
from schema.build import build_schema
from subscriptions.hub import Hub
from tests.live.histories import (
    Ask,
    Clocked,
    alike,
    global_ids,
    live_filters,
    passing,
    perform,
    settled_world,
    weighted,
    writes,
)
from tests.reads.evaluator import Filter
from tests.reads.world import World

SHOWN = "id topic status contact { name } agent { name } labels { label { name } }"
LIST = f"""query ($filter: SessionFilter, $after: String) {{
  sessions(filter: $filter, first: 100, after: $after) {{
    nodes {{ {SHOWN} }} pageInfo {{ hasNextPage endCursor }} changeCursor }} }}"""
PULL = f"""query ($filter: SessionFilter, $after: ChangeCursor!, $first: Int!) {{
  sessionChanges(filter: $filter, after: $after, first: $first) {{
    changes {{ __typename cursor kind sessionId session {{ {SHOWN} }} }}
    endCursor hasMore resyncRequired }} }}"""
READERS = 4


@dataclass(frozen=True)
class Pull:
    """A reader asks for changes, and may be cut off after some of them."""

    reader: int
    first: int
    taken: int | None


def pulls() -> st.SearchStrategy[Pull]:
    taken = st.one_of(st.none(), st.none(), st.integers(0, 3))
    return st.builds(Pull, st.integers(0, READERS - 1), st.sampled_from([1, 2, 500]), taken)


def steps_of(world: World) -> st.SearchStrategy[Any]:
    return weighted((6, writes(world)), (2, passing()), (2, pulls()))


@dataclass
class Reader:
    """Follows a filter."""

    ask: Ask
    filter: Filter
    live: LiveList = field(default_factory=LiveList)

    async def read(self) -> tuple[str, list[dict[str, Any]]]:
        """The list as it is now."""
        page = (await self.ask(LIST, {"filter": self.filter}))["sessions"]
        assert not page["pageInfo"]["hasNextPage"]
        return page["changeCursor"], page["nodes"]

    async def pull(self, first: int = 500, taken: int | None = None) -> bool:
        """Whether there is more."""
        if self.live.needs_resync:
            self.live.begin(*await self.read())
        asked = {"filter": self.filter, "after": self.live.cursor, "first": first}
        page = (await self.ask(PULL, asked))["sessionChanges"]
        items: list[dict[str, Any]] = page["changes"]
        if page["resyncRequired"]:
            items = [{"__typename": "ResyncRequired"}]
        else:
            items = [*items, {"__typename": "StreamCheckpoint", "cursor": page["endCursor"]}]
        for item in items if taken is None else items[:taken]:
            self.live.apply(item)
        return self.live.needs_resync or bool(page["hasMore"])

    async def assert_right(self) -> None:
        """What it has is what it would read."""
        while await self.pull():
            pass
        _cursor, nodes = await self.read()
        assert self.live.sessions == {node["id"]: node for node in nodes}


async def entered(database: Database) -> Clocked:
    workspace = await create_workspace(database, f"law {secrets.token_hex(6)}")
    return Clocked(database, workspace, "tester", frozenset(Scope))


@pytest.mark.parametrize(
    ("examples", "derandomize"),
    [(100, True), pytest.param(1500, False, marks=pytest.mark.slow)],
)
def test_what_was_read_and_pulled_is_what_one_would_read(
    database_url: DatabaseUrl, examples: int, derandomize: bool
) -> None:
    database, schema = Database(database_url), build_schema()

    async def opened() -> Any:
        await database.open()
        return await settled_world(await entered(database))

    async def lived(filters: Sequence[Filter], steps: Sequence[Any]) -> None:
        viewer = await entered(database)
        world = await settled_world(viewer)
        hub = Hub(database)

        async def ask(document: str, variables: dict[str, Any]) -> dict[str, Any]:
            context = Context(viewer, hub)
            answer = await schema.execute(
                document, variable_values=variables, context_value=context
            )
            assert answer.errors is None, answer.errors
            assert answer.data is not None
            return answer.data

        readers = [Reader(ask, alike(filter, drawn_over, world)) for filter in filters]
        for reader in readers:
            reader.live.begin(*await reader.read())
        for step in steps:
            if isinstance(step, Pull):
                await readers[step.reader].pull(step.first, step.taken)
            else:
                await perform(global_ids(world, drawn_over, step), viewer, ask)
        for reader in readers:
            await reader.assert_right()

    with asyncio.Runner() as runner:
        drawn_over = runner.run(opened())

        @settings(
            max_examples=examples,
            derandomize=derandomize,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @given(
            st.lists(live_filters(drawn_over), min_size=READERS, max_size=READERS),
            st.lists(steps_of(drawn_over), min_size=4, max_size=14),
        )
        def law(filters: list[Filter], steps: list[Any]) -> None:
            runner.run(lived(filters, steps))

        try:
            law()
        finally:
            runner.run(database.close())
