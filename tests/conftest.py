"""Fixtures: real databases, one workspace per test, and a client that runs GraphQL documents.

Tests run on SQLite, and on PostgreSQL too when SESSIONGRAPH_TEST_POSTGRES_URL is set. Every run
makes its own file and its own schema, and removes them.
"""

import asyncio
import gzip
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from strawberry.types import ExecutionResult

from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.migrate import migrate
from models.workspace import Workspace
from resolvers.administration import create_workspace
from resolvers.context import Context
from schema.build import build_schema
from subscriptions.hub import Hub
from tests.redis_server import RedisServer

POSTGRES = "SESSIONGRAPH_TEST_POSTGRES_URL"
REDIS = "SESSIONGRAPH_TEST_REDIS_URL"
CORPUS = Path(__file__).parents[2] / "shared" / "data" / "sessions-500.ndjson.gz"

GraphQL = Callable[..., Awaitable[ExecutionResult]]


def data_of(result: ExecutionResult) -> dict[str, Any]:
    """The data of a result without errors."""
    assert result.errors is None
    assert result.data is not None
    return result.data


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(DatabaseUrl.parse(f"sqlite://{path}")))
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated schema of this run's own."""
    base = os.environ.get(POSTGRES)
    if not base:
        pytest.skip(f"{POSTGRES} is not set")
    schema = f"sessiongraph_test_{secrets.token_hex(6)}"
    asyncio.run(_execute(base, f'CREATE SCHEMA "{schema}"'))
    try:
        url = f"{base}?schema={schema}"
        asyncio.run(migrate(DatabaseUrl.parse(url)))
        yield url
    finally:
        asyncio.run(_execute(base, f'DROP SCHEMA "{schema}" CASCADE'))


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrl:
    """Each test runs once per database."""
    if request.param == "postgres":
        return DatabaseUrl.parse(request.getfixturevalue("postgres_url"))
    path = tmp_path / "test.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return DatabaseUrl.parse(f"sqlite://{path}")


@pytest.fixture
def url(database_url: DatabaseUrl) -> str:
    """The test's database as the program's setting."""
    credentials = database_url.credentials
    if database_url.dialect == "sqlite":
        return f"sqlite://{credentials['file_path']}"
    place = "{user}@{host}:{port}/{database}".format(**credentials)
    return f"postgres://{place}?schema={credentials['schema']}"


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    """An open database."""
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
async def hub(database: Database) -> AsyncIterator[Hub]:
    """A running hub."""
    async with Hub(database) as running:
        yield running


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Redis of the test's own, where continuous integration has one."""
    if not os.environ.get(REDIS):
        pytest.skip(f"{REDIS} is not set")
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(tmp_path)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    """A workspace of the test's own."""
    return await create_workspace(database, f"test {secrets.token_hex(6)}")


@pytest.fixture
def viewer(database: Database, workspace: Workspace, hub: Hub) -> Viewer:
    """Somebody who may do everything in the workspace."""
    return Viewer(database, workspace, "tester", frozenset(Scope), on_commit=hub.publish)


@pytest.fixture
async def stranger(database: Database, hub: Hub) -> Viewer:
    """Somebody who may do everything in another workspace."""
    other = await create_workspace(database, f"other {secrets.token_hex(6)}")
    return Viewer(database, other, "stranger", frozenset(Scope), on_commit=hub.publish)


@pytest.fixture
def graphql(viewer: Viewer, hub: Hub) -> GraphQL:
    """Run a document as `viewer`, or as somebody else."""
    schema = build_schema()

    async def run(
        query: str, variables: dict[str, Any] | None = None, *, by: Viewer = viewer
    ) -> ExecutionResult:
        result = await schema.execute(
            query, variable_values=variables, context_value=Context(by, hub)
        )
        assert isinstance(result, ExecutionResult)
        return result

    return run


@pytest.fixture(scope="session")
def corpus() -> list[bytes]:
    """500 real sessions, one JSON document each."""
    if not CORPUS.exists():
        pytest.skip("the corpus is not beside the checkout")
    with gzip.open(CORPUS) as lines:
        return list(lines)
