"""What clients get wrong, through the real application: a code each, and nothing half-written."""

import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.global_id import encode_id
from resolvers.administration import create_key, workspace_named
from server.app import create_app
from server.settings import Settings

Answer = dict[str, Any]
Ask = Callable[..., Awaitable[Answer]]

PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $offset: Int,
  $filter: SessionFilter, $orderBy: [SessionOrder!]) {
  sessions(first: $first, after: $after, last: $last, before: $before, offset: $offset,
    filter: $filter, orderBy: $orderBy) { nodes { id } pageInfo { endCursor } } }"""
START = """mutation($input: SessionStartInput!) {
  sessionStart(input: $input) { session { id } userErrors { code message field } } }"""
COUNT = "{ sessions { totalCount } changeCursor }"


@pytest.fixture
async def key(sqlite_template: Path, tmp_path: Path) -> str:
    """A key of a fresh database that may do everything."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    async with Database(DatabaseUrl.parse(f"sqlite://{tmp_path}/test.db")) as database:
        workspace = await workspace_named(database, "default")
        return await create_key(database, workspace, "test", [*Scope])


@pytest.fixture
async def ask(key: str, tmp_path: Path) -> AsyncGenerator[Ask]:
    """Send a document to the application and give its answer."""
    app = create_app(Settings(database_url=f"sqlite://{tmp_path}/test.db"))
    transport = httpx2.ASGITransport(app)
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client,
    ):

        async def send(query: str, **variables: Any) -> Answer:
            body = {"query": query, "variables": variables}
            answer: Answer = (await client.post("/graphql", json=body)).json()
            return answer

        yield send


def code_of(answer: Answer) -> str:
    assert answer.get("data") is None
    (error,) = answer["errors"]
    return str(error["extensions"]["code"])


def start(**parts: Any) -> dict[str, Any]:
    return {"contact": {"externalId": "c-1"}, "channelType": "WEB", **parts}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"first": 0}, "`first` must lie between 1 and 100, not 0."),
        ({"first": -1}, "`first` must lie between 1 and 100, not -1."),
        ({"first": 101}, "`first` must lie between 1 and 100, not 101."),
        ({"last": 101}, "`last` must lie between 1 and 100, not 101."),
        ({"first": 1, "last": 1}, "Give `first` or `last`, not both."),
    ],
)
async def test_a_page_that_cannot_be_is_refused(ask: Ask, variables: Answer, message: str) -> None:
    answer = await ask(PAGE, **variables)

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == message
    assert answer["errors"][0]["path"] == ["sessions"]


async def test_a_cursor_excludes_an_offset(ask: Ask) -> None:
    answer = await ask(PAGE, after="x", offset=1)

    assert code_of(answer) == "BAD_USER_INPUT"


async def test_a_cursor_belongs_to_its_order_filter_and_workspace(ask: Ask) -> None:
    await ask(START, input=start())
    cursor = (await ask(PAGE, first=1))["data"]["sessions"]["pageInfo"]["endCursor"]
    misuses: list[Answer] = [
        {"orderBy": [{"field": "ENDED_AT"}]},
        {"orderBy": [{"field": "STARTED_AT", "direction": "ASC"}]},
        {"filter": {"isOpen": True}},
    ]

    codes = [code_of(await ask(PAGE, after=cursor, **misuse)) for misuse in misuses]
    malformed = [
        code_of(await ask(PAGE, after=after)) for after in ("", "x", "bnVsbA", cursor[:-2])
    ]

    assert (await ask(PAGE, after=cursor))["data"]["sessions"]["nodes"] == []
    assert codes == ["INVALID_CURSOR"] * 3
    assert malformed == ["INVALID_CURSOR"] * 4


@pytest.mark.parametrize(
    "query",
    [
        '{ session(id: "nonsense") { id } }',
        '{ contact(id: "nonsense") { id } }',
        '{ node(id: "nonsense") { id } }',
        f'{{ session(id: "{encode_id("Contact", 1)}") {{ id }} }}',
        '{ sessions(filter: {id: {eq: "nonsense"}}) { nodes { id } } }',
    ],
)
async def test_a_malformed_id_is_refused(ask: Ask, query: str) -> None:
    answer = await ask(query)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("type_name", ["Session", "Contact", "Message", "Agent"])
async def test_an_id_of_nothing_is_null(ask: Ask, type_name: str) -> None:
    node = await ask("query($id: ID!) { node(id: $id) { id } }", id=encode_id(type_name, 1))

    assert node == {"data": {"node": None}}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"channelType": "PIGEON"}, ["input", "channelType"]),
        ({"startedAt": "2026-01-01T12:00:00"}, ["input", "startedAt"]),
        ({"startedAt": "2026-02-30T12:00:00Z"}, ["input", "startedAt"]),
        ({"closeAfter": "P1M"}, ["input", "closeAfter"]),
        ({"unknown": 1}, ["input"]),
    ],
)
async def test_what_a_type_refuses_is_an_error_with_the_path(
    ask: Ask, given: Answer, path: list[str]
) -> None:
    before = await ask(COUNT)

    answer = await ask(START, input=start(**given))

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["field"] == path
    assert (await ask(COUNT))["data"]["sessions"] == before["data"]["sessions"]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"topic": "x" * 257}, "TOO_LONG", ["input", "topic"]),
        ({"startedAt": "1999-12-31T23:59:59Z"}, "INVALID", ["input", "startedAt"]),
        ({"labels": ["x" * 3] * 51}, "TOO_MANY", ["input", "labels"]),
        ({"metadata": []}, "INVALID", ["input", "metadata"]),
        ({"contact": {}}, "REQUIRED", ["input", "contact"]),
        ({"topic": "nul \0 inside"}, "INVALID", ["input", "topic"]),
    ],
)
async def test_what_a_rule_refuses_is_a_user_error_with_the_path(
    ask: Ask, given: Answer, code: str, path: list[str]
) -> None:
    answer = (await ask(START, input=start(**given)))["data"]["sessionStart"]

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [(code, path)]
    assert answer["session"] is None
    assert (await ask(COUNT))["data"]["sessions"] == {"totalCount": 0}
