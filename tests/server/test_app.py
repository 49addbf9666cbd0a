"""The assembled application: its own schema, database and hub, under a real uvicorn."""

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import orjson
import pytest
import websockets
from graphql import build_schema as build_graphql_schema
from graphql import parse, validate
from starlette.applications import Starlette
from websockets.typing import Subprotocol

import server
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from resolvers.administration import create_key, create_workspace
from schema.build import build_schema
from server.app import create_app, uvicorn_options
from server.settings import Settings
from tests.server.small_app import serving

PAGE = Path(server.__path__[0]) / "static" / "graphiql" / "page.js"


@pytest.fixture
async def keys(tmp_path: Path, sqlite_template: Path) -> dict[str, str]:
    """A key that may only read and one that may ingest, in a database of the test's own."""
    shutil.copy(sqlite_template, tmp_path / "app.db")
    async with Database(DatabaseUrl.parse(f"sqlite://{tmp_path}/app.db")) as database:
        workspace = await create_workspace(database, "test")
        return {
            "read": await create_key(database, workspace, "read", (Scope.SESSIONS_READ,)),
            "ingest": await create_key(database, workspace, "ingest", (Scope.INGEST,)),
        }


@pytest.fixture
def settings(tmp_path: Path, keys: dict[str, str]) -> Settings:
    return Settings(
        database_url=f"sqlite://{tmp_path}/app.db",
        port=0,
        max_body_bytes=1_000,
        max_ingest_body_bytes=2_000,
        max_frame_bytes=1_000,
        max_connections_per_key=1,
        allowed_origins="https://ours.example",
    )


@pytest.fixture
async def address(settings: Settings) -> AsyncGenerator[str]:
    options = uvicorn_options(settings)
    del options["host"], options["port"]
    async with serving(create_app(settings), **options) as where:
        yield where


@pytest.fixture
async def client(address: str, keys: dict[str, str]) -> AsyncGenerator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {keys['read']}"}
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
        yield client


async def test_the_same_key_works_over_http_and_websocket(
    client: httpx2.AsyncClient, address: str, keys: dict[str, str]
) -> None:
    query = "{ sessions { totalCount } }"
    expected = {"data": {"sessions": {"totalCount": 0}}}

    assert (await client.post("/graphql", json={"query": query})).json() == expected

    protocols = [Subprotocol("graphql-transport-ws")]
    async with websockets.connect(f"ws://{address}/graphql", subprotocols=protocols) as socket:
        key = {"authorization": f"Bearer {keys['read']}"}
        await socket.send(orjson.dumps({"type": "connection_init", "payload": key}).decode())
        assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
        subscribe = {"type": "subscribe", "id": "1", "payload": {"query": query}}
        await socket.send(orjson.dumps(subscribe).decode())
        assert orjson.loads(await socket.recv())["payload"] == expected


async def test_without_a_key_nothing_is_told(address: str) -> None:
    async with httpx2.AsyncClient(base_url=f"http://{address}") as client:
        response = await client.post("/graphql", json={"query": "{ __typename }"})

    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_key_that_ingests_may_send_more(
    client: httpx2.AsyncClient, keys: dict[str, str]
) -> None:
    body = b'{"query": "{ __typename }"}'.ljust(1_500)
    headers = {"Content-Type": "application/json"}

    refused = await client.post("/graphql", content=body, headers=headers)
    headers["Authorization"] = f"Bearer {keys['ingest']}"
    taken = await client.post("/graphql", content=body, headers=headers)

    assert (refused.status_code, taken.status_code) == (413, 200)


async def test_it_is_live_and_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "live"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_the_root_leads_to_graphiql(client: httpx2.AsyncClient) -> None:
    response = await client.get("/")

    assert (response.status_code, response.headers["location"]) == (307, "/graphiql")
    assert (await client.get("/graphiql")).status_code == 200


async def test_graphiql_knows_the_demo_key_and_can_be_switched_off(settings: Settings) -> None:
    async def page(app: Starlette) -> httpx2.Response:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.get("/graphiql")

    without = settings.model_copy(update={"graphiql": False})

    assert (
        'data-authorization="Bearer sg_demo"'
        in (await page(create_app(settings, demo_key="sg_demo"))).text
    )
    assert 'data-authorization="Bearer "' in (await page(create_app(settings))).text
    assert (await page(create_app(without))).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [("GET", "/nothing", 404, "Not Found"), ("POST", "/livez", 405, "Method Not Allowed")],
)
async def test_what_is_not_there_is_a_problem_document(
    client: httpx2.AsyncClient, method: str, path: str, status: int, title: str
) -> None:
    response = await client.request(method, path, headers={"X-Request-Id": "trace-1"})

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == "trace-1"
    assert response.json() == {"type": "about:blank", "title": title, "status": status}


async def test_only_pages_of_allowed_origins_may_read_answers(client: httpx2.AsyncClient) -> None:
    async def preflight(origin: str) -> httpx2.Response:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST",
                   "Access-Control-Request-Headers": "authorization"}  # fmt: skip
        return await client.options("/graphql", headers=headers)

    ours, other = await preflight("https://ours.example"), await preflight("https://evil.example")

    assert ours.status_code == 200
    assert ours.headers["access-control-allow-origin"] == "https://ours.example"
    assert "access-control-allow-origin" not in other.headers


async def test_requests_find_the_database_from_tasks_of_their_own(
    client: httpx2.AsyncClient,
) -> None:
    answers = await asyncio.gather(
        *(client.post("/graphql", json={"query": "{ viewer { __typename } }"}) for _ in range(20))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert not [answer for answer in answers if "errors" in answer.json()]


def test_the_first_tabs_of_graphiql_are_valid_operations() -> None:
    operations = re.findall(r"= `(.*?)`;", PAGE.read_text(), re.DOTALL)
    schema = build_graphql_schema(build_schema().as_str())

    assert len(operations) == 3
    assert [validate(schema, parse(operation)) for operation in operations] == [[]] * 3
