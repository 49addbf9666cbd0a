"""Single writes: the application beside the same rows written by hand, one transaction each.

Both run in one process on the same database, with the same settings, indexes and triggers, and
write to sessions that were just opened. By hand nothing is checked, looked up or derived.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from time import perf_counter
from typing import Any

from loaders.session import sessions_by_id
from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.global_id import decode_id
from models.keys import new_key
from models.migrate import migrate
from models.record import Dialect
from models.session import Session
from resolvers.administration import create_workspace
from schema.build import build_schema
from schema.node import global_id
from subscriptions.hub import Hub
from tests.benchmarks.aggregates import Application
from tests.benchmarks.rounds import Spread, interleaved
from tests.benchmarks.tables import Goal, Table, goal_table
from tests.benchmarks.workbench import DATABASE_NAMES, Workbench
from tests.benchmarks.writing_floor import by_hand

WRITES = 200
"""Of one sample, each to a session of its own."""
_CONCURRENCIES = (1, 16)
_TARGET = 0.5
_ERRORS = "session { id } userErrors { code }"
_START = f"""mutation ($at: DateTime!, $name: String!) {{
  sessionStart(input: {{startedAt: $at, channelType: WEB, contact: {{externalId: $name}}}}) {{
    {_ERRORS} }} }}"""
_APPEND = f"""mutation ($id: ID!) {{
  messageAppend(input: {{session: {{id: $id}}, messages: [{{senderType: CONTACT, text: "Hi"}}]}}) {{
    {_ERRORS} }} }}"""
_END = f"mutation ($id: ID!) {{ sessionEnd(input: {{session: {{id: $id}}}}) {{ {_ERRORS} }} }}"

Write = Callable[[Session], Awaitable[object]]
Run = tuple[str, str, int]


@dataclass(frozen=True)
class Ours:
    """Through the schema, as the server executes it."""

    application: Application

    async def opened(self) -> list[Session]:
        """New sessions, each with a message."""
        found: list[Session] = []
        at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        for _ in range(WRITES):
            answer = await self._write(_START, at=at, name=str(new_key()))
            key = decode_id(answer["session"]["id"], "Session")
            found += [s for s in await sessions_by_id(self.application.viewer, [key]) if s]
            await self.append(found[-1])
        return found

    async def append(self, session: Session) -> None:
        """One message."""
        await self._write(_APPEND, id=global_id(session))

    async def end(self, session: Session) -> None:
        """Complete it."""
        await self._write(_END, id=global_id(session))

    async def _write(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = await self.application.ask(document, variables)
        payload: dict[str, Any] = next(iter(answer.values()))
        assert payload["userErrors"] == [], payload
        return payload


def writing(bench: Workbench) -> Iterator[Table]:
    """For each database, writes a second and ratios."""
    for dialect in bench.dialects:
        with bench.fresh(dialect) as url, asyncio.Runner() as runner:
            samples = _sampled(bench, runner, DatabaseUrl.parse(url))
        yield from _tables(dialect, samples)


def _sampled(bench: Workbench, runner: asyncio.Runner, url: DatabaseUrl) -> dict[Run, list[float]]:
    stack = AsyncExitStack()
    try:
        ours, writes = runner.run(_prepared(stack, url))
        runs = {
            (*name, at_once): partial(_timed, runner, ours, write, at_once)
            for at_once, (name, write) in product(_CONCURRENCIES, writes.items())
        }
        return interleaved(bench.options.rounds, runs)
    finally:
        runner.run(stack.aclose())


async def _prepared(
    stack: AsyncExitStack, url: DatabaseUrl
) -> tuple[Ours, dict[tuple[str, str], Write]]:
    await migrate(url)
    database = await stack.enter_async_context(Database(url))
    hub = await stack.enter_async_context(Hub(database))
    workspace = await create_workspace(database, "writing")
    viewer = Viewer(database, workspace, "writing", frozenset(Scope), on_commit=hub.publish)
    ours = Ours(Application(viewer, build_schema(), hub))
    floor = await stack.enter_async_context(by_hand(url))
    return ours, {
        ("messageAppend", "application"): ours.append,
        ("messageAppend", "by hand"): floor.append,
        ("sessionEnd", "application"): ours.end,
        ("sessionEnd", "by hand"): floor.end,
    }


def _timed(runner: asyncio.Runner, ours: Ours, write: Write, at_once: int) -> float:
    """Writes a second."""

    async def written() -> float:
        sessions = await ours.opened()
        waiting = iter(sessions)
        started = perf_counter()
        await asyncio.gather(*(_each(write, waiting) for _ in range(at_once)))
        return WRITES / (perf_counter() - started)

    return runner.run(written())


async def _each(write: Write, waiting: Iterator[Session]) -> None:
    for session in waiting:
        await write(session)


def _tables(dialect: Dialect, samples: Mapping[Run, Sequence[float]]) -> Iterator[Table]:
    title = f"Single writes, {DATABASE_NAMES[dialect]}"
    spreads = {run: Spread(found) for run, found in samples.items()}
    rows = [
        (f"{name}, {contender}, {at_once} at once", spreads[name, contender, at_once].text(0))
        for name, contender, at_once in samples
    ]
    yield Table(title, ("", "writes/s"), rows)
    goals = [
        Goal(
            f"{name}, application / by hand, {at_once} at once",
            spreads[name, "application", at_once] / spreads[name, "by hand", at_once],
            target=_TARGET,
        )
        for name, at_once in product(("messageAppend", "sessionEnd"), _CONCURRENCIES)
    ]
    yield goal_table(f"{title}: goals", goals)
