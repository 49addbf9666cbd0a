"""Probes."""

import asyncio

import httpx2
import pytest
from starlette.applications import Starlette

from server.health import Health


class Dependency:
    """Something a process needs, in a state that the test chooses."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.failure: Exception | None = None

    async def check(self) -> None:
        await asyncio.sleep(self.delay)
        if self.failure:
            raise self.failure


@pytest.fixture
def database() -> Dependency:
    return Dependency()


@pytest.fixture
def health(database: Dependency) -> Health:
    return Health(database=database.check)


async def probe(health: Health, path: str) -> tuple[int, object]:
    transport = httpx2.ASGITransport(Starlette(routes=health.routes()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://probe") as client:
        response = await client.get(path)
    return response.status_code, response.json()


async def test_a_process_that_answers_is_live_whatever_its_database(
    health: Health, database: Dependency
) -> None:
    database.failure = ConnectionError("gone")
    health.is_draining = True

    assert await probe(health, "/livez") == (200, {"status": "live"})


async def test_a_process_is_ready_when_its_database_answers(health: Health) -> None:
    assert await probe(health, "/readyz") == (200, {"status": "ready"})


async def test_a_failing_database_is_named(health: Health, database: Dependency) -> None:
    database.failure = ConnectionError("postgres://user:password@internal")

    assert await probe(health, "/readyz") == (503, {"status": "unready", "failed": ["database"]})


async def test_a_database_that_hangs_counts_as_failed_after_a_second(
    health: Health, database: Dependency
) -> None:
    database.delay = 30

    async with asyncio.timeout(3):
        answer = await probe(health, "/readyz")

    assert answer == (503, {"status": "unready", "failed": ["database"]})


async def test_a_draining_process_is_not_ready(health: Health) -> None:
    health.is_draining = True

    assert await probe(health, "/readyz") == (503, {"status": "draining"})
