"""The HTTP door, over a real socket, as the GraphQL-over-HTTP specification has it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.server.small_app import BODY_LIMIT, KEY, SECRET, Probe, serving, small_app

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # one server for all of them
    pytest.mark.usefixtures("probe", "no_crash"),
]

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
MASKED = "Something went wrong on our side."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(shared_probe: Probe) -> AsyncGenerator[str]:
    async with serving(small_app(shared_probe, timeout=0.3)) as where:
        yield where


@pytest_asyncio.fixture(loop_scope="module")
async def client(address: str) -> AsyncGenerator[httpx2.AsyncClient]:
    """With a valid key, and asking for the media type whose status codes mean something."""
    headers = {"Authorization": f"Bearer {KEY}", "Accept": GRAPHQL}
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
        yield client


async def ask(client: httpx2.AsyncClient, query: str, **more: object) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, **more})


def codes(response: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def test_a_query_is_answered_by_post_and_by_get(client: httpx2.AsyncClient) -> None:
    query = "query ($t: String!) { echo(text: $t) }"

    posted = await ask(client, query, variables={"t": "héllo"})
    got = await client.get("/graphql", params={"query": query, "variables": '{"t": "héllo"}'})

    for response in (posted, got):
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
        assert response.json() == {"data": {"echo": "héllo"}}


async def test_a_mutation_runs_by_post_and_never_by_get(
    client: httpx2.AsyncClient, probe: Probe
) -> None:
    refused = await client.get("/graphql", params={"query": "mutation { bump }"})
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert codes(refused) == ["BAD_USER_INPUT"]
    assert probe.bumps == 0

    assert (await ask(client, "mutation { bump }")).json() == {"data": {"bump": 1}}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_subscription_is_sent_to_the_websocket(
    client: httpx2.AsyncClient, accept: str
) -> None:
    client.headers["Accept"] = accept
    response = await ask(client, "subscription { forever }")

    assert response.status_code == 400
    assert codes(response) == ["BAD_USER_INPUT"]
    assert "WebSocket" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused(client: httpx2.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", "Basic Zzo="])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_without_a_valid_key_nothing_is_told(
    address: str, authorization: str | None, method: str
) -> None:
    headers = {"Authorization": authorization} if authorization is not None else {}
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
        response = await client.request(method, "/graphql", content=b"not json " * 10_000)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {
        "errors": [{"message": "Send a valid API key.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b'"x"',
        b"null",
        b"5",
        b"[]",
        b"{}",
        b"true",
        b'[{"query": "{ __typename }"}]',
        b"{",
        b"{'query': 1}",
        b'{"query": NaN}',
        b'{"query": "\\ud800"}',
        b"\xff\xfe",
        b'{"query": "\xc3\x28"}',
        b"\xef\xbb\xbf{}",
        b"[" * 1_500,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        *(
            orjson.dumps({"query": query})
            for query in (None, "", 0, False, ["{ __typename }"], {"a": 1})
        ),
        *(
            orjson.dumps({"query": "{ __typename }", name: value})
            for name, values in {
                "variables": ("x", 0, False, ["a"]),
                "operationName": (0, False, ["a"], {"a": 1}),
                "extensions": ("x", 0, False, ["a"]),
            }.items()
            for value in values
        ),
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_what_is_not_a_request_is_a_400(
    client: httpx2.AsyncClient, body: bytes, accept: str
) -> None:
    headers = {"Accept": accept, "Content-Type": JSON}
    response = await client.post("/graphql", content=body, headers=headers)

    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert codes(response) == ["BAD_USER_INPUT"]
    assert list(response.json()) == ["errors"]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": "{ __typename }", "variables": "{"},
        {"query": "{ __typename }", "variables": "[]"},
        {"query": "{ __typename }", "extensions": "5"},
    ],
)
async def test_what_is_not_a_request_by_get_is_a_400(
    client: httpx2.AsyncClient, parameters: dict[str, str]
) -> None:
    response = await client.get("/graphql", params=parameters)

    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
     "application/graphql", "application/json; charset=iso-8859-1"],
)  # fmt: skip
async def test_bodies_that_are_not_declared_as_json_are_refused(
    client: httpx2.AsyncClient, content_type: str | None
) -> None:
    headers = {"Content-Type": content_type} if content_type is not None else {}
    response = await client.post(
        "/graphql", content=b'{"query": "{ __typename }"}', headers=headers
    )

    assert (response.status_code, codes(response)) == (415, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    "content_type", [JSON, "Application/JSON", "application/json; charset=utf-8",
                     'application/json;charset="UTF-8"']
)  # fmt: skip
async def test_json_in_utf8_is_taken_however_it_is_declared(
    client: httpx2.AsyncClient, content_type: str
) -> None:
    body = '{"query": "{ echo(text: \\"ß\\") }"}'.encode()
    response = await client.post("/graphql", content=body, headers={"Content-Type": content_type})

    assert response.json() == {"data": {"echo": "ß"}}


async def test_an_answer_that_nobody_accepts_is_a_406(client: httpx2.AsyncClient) -> None:
    response = await client.get(
        "/graphql", params={"query": "{ __typename }"}, headers={"Accept": "text/html"}
    )

    assert (response.status_code, codes(response)) == (406, ["BAD_USER_INPUT"])
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ " + "a { " * 400, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($a: Int) { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($a: Int) { echo(text: $a) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(text: $a) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(text: 5) }", "BAD_USER_INPUT"),
        ('{ stay(stay: {since: "2026-01-31"}) }', "BAD_USER_INPUT"),
        ("{ stay(stay: {}) }", "BAD_USER_INPUT"),
        ('{ stay(stay: {since: "2026-01-31T00:00:00Z", till: 1}) }', "BAD_USER_INPUT"),
        ('{ stay(stay: {since: "2026-01-31T00:00:00Z", colour: BLUE}) }', "BAD_USER_INPUT"),
        ("query A { __typename } query B { __typename }", "BAD_USER_INPUT"),
        ("query,A { __typename } mutation#\nB { bump }", "BAD_USER_INPUT"),
        ("fragment F on Query { __typename }", "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_executed_is_a_request_error(
    client: httpx2.AsyncClient, query: str, code: str, probe: Probe
) -> None:
    precise = await ask(client, query)
    client.headers["Accept"] = JSON
    plain = await ask(client, query)

    assert (precise.status_code, plain.status_code) == (400, 200)
    assert precise.json() == plain.json()
    assert (list(precise.json()), codes(precise)) == (["errors"], [code])
    assert probe.bumps == 0


async def test_one_of_several_operations_is_chosen_by_name(
    client: httpx2.AsyncClient, probe: Probe
) -> None:
    document = 'query A { echo(text: "a") } mutation B { bump }'

    chosen = await ask(client, document, operationName="A")
    unknown = await ask(client, document, operationName="C")

    assert chosen.json() == {"data": {"echo": "a"}}
    assert (unknown.status_code, codes(unknown)) == (400, ["BAD_USER_INPUT"])
    assert unknown.json()["errors"][0]["message"] == 'Unknown operation named "C".'
    assert probe.bumps == 0


async def test_words_of_the_language_do_not_count_as_operations(
    client: httpx2.AsyncClient,
) -> None:
    document = 'query A { query: echo(text: "mutation { x } subscription") }'

    assert (await ask(client, document)).json()["data"]["query"].startswith("mutation")


async def test_a_refused_variable_says_where_in_it(client: httpx2.AsyncClient) -> None:
    response = await ask(
        client,
        "query ($stay: Stay!) { stay(stay: $stay) }",
        variables={"stay": {"since": "yesterday", "colour": "BLUE"}},
    )

    assert response.status_code == 400
    assert [error["extensions"] for error in response.json()["errors"]] == [
        {"code": "BAD_USER_INPUT", "field": ["stay", "since"]},
        {"code": "BAD_USER_INPUT", "field": ["stay", "colour"]},
    ]


async def test_variables_nested_without_end_are_refused(client: httpx2.AsyncClient) -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    response = await ask(client, "query ($t: String!) { echo(text: $t) }", variables={"t": deep})

    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])


async def test_expected_failures_of_a_field_pass(client: httpx2.AsyncClient) -> None:
    response = await ask(client, '{ page(after: "x") missing }')

    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "x is not a cursor of this order.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["page"],
                "extensions": {"code": "INVALID_CURSOR"},
            },
            {
                "message": "There is no such session.",
                "locations": [{"line": 1, "column": 20}],
                "path": ["missing"],
                "extensions": {
                    "code": "BAD_USER_INPUT",
                    "violations": [
                        {
                            "code": "NOT_FOUND",
                            "message": "There is no such session.",
                            "field": ["input", "id"],
                        }
                    ],
                },
            },
        ],
        "data": {"page": None, "missing": None},
    }


async def test_an_argument_refused_at_execution_has_the_path_of_its_field(
    client: httpx2.AsyncClient,
) -> None:
    response = await ask(client, '{ item(id: "x") }')

    [error] = response.json()["errors"]
    assert response.status_code == 200
    assert (error["path"], error["extensions"]) == (["item"], {"code": "BAD_USER_INPUT"})


@pytest.mark.parametrize("field", ["broken", "wrongType"])
async def test_unexpected_failures_are_masked_and_logged_under_an_id(
    client: httpx2.AsyncClient, field: str
) -> None:
    with capture_logs(processors=[merge_contextvars]) as logged:
        response = await ask(client, f"{{ {field} }}")

    [error] = response.json()["errors"]
    assert response.status_code == 200
    assert response.json()["data"] == {field: None}
    assert (error["message"], error["path"]) == (MASKED, [field])
    assert error["extensions"]["code"] == "INTERNAL"
    assert SECRET not in response.text
    [line] = logged
    assert (line["event"], line["path"]) == ("unexpected_error", [field])
    assert line["error_id"] == error["extensions"]["errorId"]
    assert line["request_id"] == response.headers["x-request-id"]


async def test_a_failure_before_execution_is_a_masked_500(address: str) -> None:
    headers = {"Authorization": "Bearer down"}
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
        response = await ask(client, "{ __typename }")

    assert (response.status_code, codes(response)) == (500, ["INTERNAL"])
    assert SECRET not in response.text


async def test_a_database_that_is_away_is_answered_503(address: str) -> None:
    headers = {"Authorization": "Bearer away"}
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
        response = await ask(client, "{ __typename }")

    assert (response.status_code, codes(response)) == (503, ["OVERLOADED"])
    assert response.headers["retry-after"] == "1"


async def test_an_operation_that_takes_too_long_is_ended(
    client: httpx2.AsyncClient, probe: Probe
) -> None:
    response = await ask(client, "{ slow }")

    assert (response.status_code, codes(response)) == (504, ["TIMEOUT"])
    assert response.json()["errors"][0]["message"] == "The operation took longer than 0.3 seconds."
    await asyncio.wait_for(probe.cancelled.wait(), 5)


async def test_a_client_that_leaves_ends_its_operation(shared_probe: Probe) -> None:
    async with serving(small_app(shared_probe, timeout=60)) as address:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
            with pytest.raises(httpx2.ReadTimeout):
                await client.post("/graphql", json={"query": "{ slow }"}, timeout=0.2)

        await asyncio.wait_for(shared_probe.cancelled.wait(), 5)


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_past_the_limit_is_refused(client: httpx2.AsyncClient, chunked: bool) -> None:
    size = BODY_LIMIT + 100
    content = chunks(size) if chunked else b"x" * size
    response = await client.post("/graphql", content=content, headers={"Content-Type": JSON})

    assert (response.status_code, codes(response)) == (413, ["LIMIT_EXCEEDED"])


async def test_a_body_of_exactly_the_limit_is_read(client: httpx2.AsyncClient) -> None:
    body = b'{"query": "{ __typename }"}'.ljust(BODY_LIMIT)
    response = await client.post("/graphql", content=body, headers={"Content-Type": JSON})

    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_query_string_past_the_limit_is_refused(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "#" * BODY_LIMIT})

    assert (response.status_code, codes(response)) == (414, ["LIMIT_EXCEEDED"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [("trace-7", True), ("a" * 64, True), ("a" * 65, False), ("", False), ("a b", False),
     ("<script>", False), ("línea", False)],
)  # fmt: skip
async def test_a_safe_request_id_is_kept_and_another_replaced(
    client: httpx2.AsyncClient, probe: Probe, given: str, kept: bool
) -> None:
    response = await client.get(
        "/graphql",
        params={"query": "{ __typename }"},
        headers={b"X-Request-Id": given.encode("latin-1")},
    )

    answered = response.headers["x-request-id"]
    assert probe.request_ids == [answered]
    assert (answered == given) is kept
    assert kept or len(answered) == 32
