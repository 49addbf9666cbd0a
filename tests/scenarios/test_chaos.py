"""Redis, PostgreSQL and the server die again and again: nothing is lost, and nothing told twice.

SESSIONGRAPH_TEST_SEED has the same things die in the same order, though not in the same moment.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Self

import pytest

from loaders.cursor import ChangePosition
from tests.postgres_server import PostgresServer, programs
from tests.redis_server import RedisServer, until
from tests.scenarios.chaos import KEY, Chaos, Installation, installed
from tests.scenarios.chaos_clients import MESSAGES, WRITES, Payload, Subscriber, Writer

WRITERS, SESSIONS, LEFT_EVERY = 4, 100, 20
CHANGES = WRITERS * SESSIONS * WRITES
SUBSCRIBERS = 50
LONG, SETTLING = 900.0, 120.0
"""Seconds, only so that the test ends at all."""

LIST = """subscription($filter: SessionFilter, $after: ChangeCursor) {
  sessionChanges(filter: $filter, after: $after) { __typename
    ... on SessionChange { cursor kind session { status contact { name } } }
    ... on StreamCheckpoint { cursor }
    ... on ResyncRequired { reason } } }"""
STATUS = """subscription($after: ChangeCursor) {
  sessionStatusChanged(after: $after) { __typename cursor to session { messageCount } } }"""
EVERYTHING = {"isTest": False, "channelType": {"in": ["WEB"]}}
STREAMS: tuple[tuple[str, dict[str, Any]], ...] = (
    (LIST, {}),
    (LIST, {"filter": EVERYTHING}),
    (STATUS, {}),
)


@pytest.fixture
async def postgres() -> AsyncIterator[PostgresServer]:
    """A PostgreSQL of the test's own."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    async with PostgresServer(found) as server:
        yield server


@pytest.mark.slow
async def test_every_subscriber_hears_every_change_once_whatever_dies(
    postgres: PostgresServer, redis: RedisServer, tmp_path: Path
) -> None:
    seed = int(os.environ.get("SESSIONGRAPH_TEST_SEED") or Random().randrange(10**6))
    print(f"SESSIONGRAPH_TEST_SEED={seed}")  # noqa: T201  # pytest shows it when the test fails
    random = Random(seed)

    async with (
        asyncio.timeout(LONG),
        installed(postgres, redis, tmp_path / "log") as (installation, key),
        AsyncExitStack() as stack,
    ):
        writers = [
            await stack.enter_async_context(Writer(f"w{n}", installation.address, key, random))
            for n in range(WRITERS)
        ]
        after = (await writers[0].ask("{ changeCursor }"))["changeCursor"]
        subscribers = [
            Subscriber(installation.address, key, random, payload(n, after))
            for n in range(SUBSCRIBERS)
        ]
        chaos = Chaos(installation, lambda: sum(w.acknowledged for w in writers), CHANGES, random)
        async with following(subscribers, writers, installation):
            async with asyncio.TaskGroup() as group:
                for writer in writers:
                    group.create_task(writer.write(SESSIONS, LEFT_EVERY))
                group.create_task(chaos.kill_servers())
                group.create_task(chaos.kill_redis())
            await until_quiet(postgres)
            await writers[0].start("last")
            log = await Log.read(postgres)
            await until_heard(subscribers, log)

    assert chaos.happened == {"server": 3, "postgres": 2, "redis": 5}
    wrong = differences(subscribers, log)
    assert not wrong, "\n".join(f"{number}: {what}" for number, what in wrong.items())
    await assert_written_once(postgres, log)


def payload(number: int, after: str) -> Payload:
    """The subscribers take turns at the streams."""
    query, variables = STREAMS[number % len(STREAMS)]
    return {"query": query, "variables": {**variables, "after": after}}


@dataclass(frozen=True)
class Log:
    """What was committed: (sequence number, who, whether it is a status change), in order."""

    workspace_id: int
    changes: list[tuple[Any, ...]]

    @classmethod
    async def read(cls, postgres: PostgresServer) -> Self:
        """The only workspace's."""
        ((workspace_id,),) = await postgres.rows("SELECT id FROM workspace")
        sql = "SELECT seq, actor, detail IS NOT NULL FROM change ORDER BY seq"
        return cls(workspace_id, await postgres.rows(sql))

    def expected(self, query: str) -> list[int]:
        """What a stream has to tell."""
        return [seq for seq, _actor, is_status in self.changes if is_status or query == LIST]

    def seqs(self, cursors: Sequence[str]) -> list[int]:
        """What was told; only a test looks into cursors."""
        return [ChangePosition.decode(cursor, self.workspace_id).seq for cursor in cursors]


@asynccontextmanager
async def following(
    subscribers: Sequence[Subscriber], writers: Sequence[Writer], installation: Installation
) -> AsyncGenerator[None]:
    """While the block lasts; however it ends, what they all went through is printed."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(subscriber.follow()) for subscriber in subscribers]
            yield
            for task in tasks:
                task.cancel()
    finally:
        interrupted = sum((subscriber.interrupted for subscriber in subscribers), Counter[str]())
        repeated = sum((writer.repeated for writer in writers), Counter[str]())
        lines = installation.log.read_text().splitlines()
        tail = [line[-800:] for line in lines if '"level":"info"' not in line][-20:]
        print("interrupted", interrupted, "repeated", repeated, *tail, sep="\n")  # noqa: T201  # as above


async def until_quiet(postgres: PostgresServer) -> None:
    """The sweeper has closed the sessions that were left, and all have been analyzed."""
    unfinished = "status = 'ACTIVE' OR analysis_status = 'PENDING'"

    async def is_so() -> bool:
        return await postgres.rows(f"SELECT count(*) FROM session WHERE {unfinished}") == [(0,)]

    async with asyncio.timeout(SETTLING):
        await until(is_so)


async def until_heard(subscribers: Sequence[Subscriber], log: Log) -> None:
    """The last change; who does not hear it is found by comparison."""
    last = [log.changes[-1][0]]

    async def is_so() -> bool:
        return all(log.seqs(each.cursors[-1:]) == last for each in subscribers)

    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLING):
            await until(is_so)


def differences(subscribers: Sequence[Subscriber], log: Log) -> dict[int, dict[str, Any]]:
    """Of those who were not told exactly what was committed: the first few differences."""
    found: dict[int, dict[str, Any]] = {}
    for number, each in enumerate(subscribers):
        told, expected = log.seqs(each.cursors), log.expected(each.payload["query"])
        if told != expected:
            found[number] = {
                "stream": "status" if each.payload["query"] == STATUS else "list",
                "missing": sorted({*expected} - {*told})[:10],
                "unknown": sorted({*told} - {*expected})[:10],
                "disordered": [pair for pair in pairwise(told) if pair[0] >= pair[1]][:10],
            }
    return found


async def assert_written_once(postgres: PostgresServer, log: Log) -> None:
    """What was acknowledged is there, nothing else is, and no repeat was a change."""
    numbers = [(f"w{writer}", n) for writer in range(WRITERS) for n in range(SESSIONS)]
    names = [f"{writer}-{n}" for writer, n in numbers]
    left = [f"{writer}-{n}-left" for writer, n in numbers if n % LEFT_EVERY == LEFT_EVERY - 1]
    sessions = await postgres.rows("SELECT external_id, end_reason FROM session")
    messages = await postgres.rows(
        "SELECT s.external_id, m.external_id, m.sequence FROM message m"
        " JOIN session s ON s.id = m.session_id"
    )

    ended = Counter(name for name, _reason in sessions)
    assert ended == Counter([*names, *left, "last"])
    assert {name for name, reason in sessions if reason == "INACTIVITY_TIMEOUT"} == {*left}
    assert Counter(messages) == Counter(
        (name, f"m-{n}", n + 1) for name in names for n in range(MESSAGES)
    )
    assert [seq for seq, _actor, _is_status in log.changes] == [*range(1, len(log.changes) + 1)]
    by_writers = [actor for _seq, actor, _is_status in log.changes if actor == KEY]
    assert len(by_writers) == CHANGES + len(left) + 1
