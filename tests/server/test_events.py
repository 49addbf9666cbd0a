"""Server-Sent Events, over a real socket, as GraphQL over SSE has them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio

from server.connections import Connections
from tests.server.small_app import KEY, SECRET, Probe, serving, small_app
from tests.server.sockets import nothing_is_held

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # one server for all of them
    pytest.mark.usefixtures("probe", "no_crash"),
]

EVENTS = "text/event-stream"
COMPLETE = ("complete", None)
URQL = f"application/graphql-response+json, application/json, {EVENTS}, multipart/mixed"
"""What clients send that can read everything."""


@pytest.fixture(scope="module")
def connections(shared_probe: Probe) -> Connections:
    return Connections(shared_probe.valid_keys, limit=3, interval=0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(shared_probe: Probe, connections: Connections) -> AsyncGenerator[str]:
    app = small_app(shared_probe, timeout=0.3, connections=connections, keep_alive=0.2)
    async with serving(app) as where:
        yield where


@pytest_asyncio.fixture(loop_scope="module")
async def client(address: str) -> AsyncGenerator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {KEY}", "Accept": EVENTS}
    async with httpx2.AsyncClient(base_url=f"http://{address}", headers=headers) as client:
        yield client


class Stream:
    """The events of one response, as a browser would dispatch them."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.comments = 0
        self.events = self._dispatched()

    async def next(self) -> tuple[str, Any]:
        async with asyncio.timeout(5):
            return await anext(self.events)

    async def rest(self) -> list[tuple[str, Any]]:
        async with asyncio.timeout(5):
            return [event async for event in self.events]

    async def _dispatched(self) -> AsyncIterator[tuple[str, Any]]:
        members: dict[str, str] = {}
        async for line in self._lines():
            name, _colon, value = line.partition(":")
            if line and not name:
                self.comments += 1
            elif line:
                members[name] = value.removeprefix(" ")
            elif "data" in members:
                data = members["data"]
                yield members["event"], orjson.loads(data) if data else None
                members = {}

    async def _lines(self) -> AsyncIterator[str]:
        unread = b""
        async for chunk in self.response.aiter_bytes():
            *lines, unread = (unread + chunk).split(b"\n")
            for line in lines:
                yield line.decode()


@asynccontextmanager
async def asked(client: httpx2.AsyncClient, query: str, **more: Any) -> AsyncGenerator[Stream]:
    body = {"query": query, **more}
    async with client.stream("POST", "/graphql", json=body) as response:
        yield Stream(response)


async def read(client: httpx2.AsyncClient, query: str, **more: Any) -> list[tuple[str, Any]]:
    async with asked(client, query, **more) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == f"{EVENTS}; charset=utf-8"
        return await stream.rest()


async def test_a_subscription_delivers_its_events_and_completes(client: httpx2.AsyncClient) -> None:
    query = "subscription ($to: Int!) { numbers(to: $to) }"

    assert await read(client, query, variables={"to": 2}) == [
        ("next", {"data": {"numbers": 0}}),
        ("next", {"data": {"numbers": 1}}),
        COMPLETE,
    ]


async def test_the_bytes_are_those_of_the_protocol(client: httpx2.AsyncClient) -> None:
    async with asked(client, "subscription { numbers(to: 1) }") as stream:
        text = await stream.response.aread()
        headers = stream.response.headers

    assert text == b'event: next\ndata: {"data":{"numbers":0}}\n\nevent: complete\ndata:\n\n'
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")


async def test_queries_and_mutations_give_one_event(
    client: httpx2.AsyncClient, probe: Probe
) -> None:
    text = "a\\nb\\r\\u2028c"
    assert await read(client, f'{{ echo(text: "{text}") }}') == [
        ("next", {"data": {"echo": "a\nb\r\u2028c"}}),
        COMPLETE,
    ]
    assert await read(client, "mutation { bump }") == [("next", {"data": {"bump": 1}}), COMPLETE]
    assert probe.bumps == 1


async def test_queries_and_subscriptions_run_by_get(client: httpx2.AsyncClient) -> None:
    for query, data in (
        ("{ contextNumber }", None),
        ("subscription { numbers(to: 1) }", {"numbers": 0}),
    ):
        async with client.stream("GET", "/graphql", params={"query": query}) as response:
            events = await Stream(response).rest()
        assert [kind for kind, _body in events] == ["next", "complete"]
        assert data is None or events[0][1] == {"data": data}


async def test_a_mutation_never_runs_by_get(client: httpx2.AsyncClient, probe: Probe) -> None:
    response = await client.get("/graphql", params={"query": "mutation { bump }"})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert probe.bumps == 0


async def test_who_can_read_everything_gets_events_for_subscriptions_only(
    client: httpx2.AsyncClient,
) -> None:
    client.headers["Accept"] = URQL

    answered = await client.post("/graphql", json={"query": '{ echo(text: "hi") }'})
    assert answered.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert answered.json() == {"data": {"echo": "hi"}}
    assert await read(client, "subscription { numbers(to: 1) }") == [
        ("next", {"data": {"numbers": 0}}),
        COMPLETE,
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { contextNumber } query B { contextNumber }", "BAD_USER_INPUT"),
        ('subscription { numbers(to: "x") }', "BAD_USER_INPUT"),
        ("subscription ($to: Int!) { numbers(to: $to) }", "BAD_USER_INPUT"),
        ("{ slow }", "TIMEOUT"),
    ],
)
async def test_what_is_not_executed_is_told_in_an_event(
    client: httpx2.AsyncClient, query: str, code: str
) -> None:
    [(kind, body), last] = await read(client, query)

    assert (kind, last) == ("next", COMPLETE)
    assert list(body) == ["errors"]
    assert [error["extensions"]["code"] for error in body["errors"]] == [code]


async def test_an_expected_failure_ends_the_stream_with_its_code(
    client: httpx2.AsyncClient,
) -> None:
    [first, (kind, body), last] = await read(client, "subscription { expired }")

    assert first == ("next", {"data": {"expired": 1}})
    assert (kind, body["errors"][0]["extensions"], last) == (
        "next", {"code": "CURSOR_EXPIRED"}, COMPLETE,
    )  # fmt: skip


async def test_an_unexpected_failure_is_masked(client: httpx2.AsyncClient) -> None:
    [_first, (_kind, body), last] = await read(client, "subscription { failing }")

    assert body["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert SECRET not in str(body)
    assert last == COMPLETE


@pytest.mark.parametrize(
    ("content", "status"), [(b"nonsense", 400), (b"[]", 400), (b"{}", 400), (b" " * 3_000, 413)]
)
async def test_what_is_no_request_is_refused_with_a_status(
    client: httpx2.AsyncClient, content: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    response = await client.post("/graphql", content=content, headers=headers)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert list(response.json()) == ["errors"]


@pytest.mark.parametrize("authorization", ["", "Bearer wrong"])
async def test_without_a_valid_key_nothing_is_told(
    client: httpx2.AsyncClient, authorization: str
) -> None:
    client.headers["Authorization"] = authorization
    response = await client.post("/graphql", json={"query": "subscription { forever }"})

    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_silent_stream_is_kept_alive_by_comments(client: httpx2.AsyncClient) -> None:
    async with asked(client, "subscription { silence }") as stream:
        waiting = asyncio.create_task(stream.next())
        while stream.comments < 2:
            await asyncio.sleep(0.01)
            assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_stream_may_run_longer_than_an_operation(client: httpx2.AsyncClient) -> None:
    async with asked(client, "subscription { forever }") as stream:
        assert [(await stream.next())[1] for _ in range(12)] == [
            {"data": {"forever": number}} for number in range(12)
        ]


async def test_going_away_ends_the_operation(
    client: httpx2.AsyncClient, probe: Probe, connections: Connections
) -> None:
    async with asked(client, "subscription { silence }") as stream:
        await asyncio.wait_for(probe.listening.wait(), 5)
        assert connections.count == 1
        await stream.response.aclose()

    await asyncio.wait_for(probe.cancelled.wait(), 5)
    await nothing_is_held(connections)


async def test_a_revoked_key_ends_its_streams_though_they_are_idle(
    client: httpx2.AsyncClient, probe: Probe, connections: Connections
) -> None:
    async with asked(client, "subscription { silence }") as stream:
        await asyncio.wait_for(probe.listening.wait(), 5)
        probe.keys.clear()

        [(kind, body), last] = await stream.rest()

    assert (kind, body, last) == (
        "next",
        {
            "errors": [
                {
                    "message": "The key is no longer valid.",
                    "extensions": {"code": "UNAUTHENTICATED"},
                }
            ]
        },
        COMPLETE,
    )
    assert probe.cancelled.is_set()
    assert connections.count == 0


async def test_streams_past_the_limit_of_a_key_are_refused_and_the_others_go_on(
    client: httpx2.AsyncClient, probe: Probe, connections: Connections
) -> None:
    await nothing_is_held(connections)
    probe.keys["other"] = 2
    async with (
        asked(client, "subscription { forever }") as first,
        asked(client, "subscription { forever }"),
        asked(client, "subscription { forever }"),
    ):
        refused = await client.post("/graphql", json={"query": "subscription { forever }"})
        assert refused.status_code == 429
        assert refused.json() == {
            "errors": [
                {
                    "message": "The key has too many connections.",
                    "extensions": {"code": "LIMIT_EXCEEDED"},
                }
            ]
        }
        assert (await first.next())[1] == {"data": {"forever": 0}}
        assert (await read(client, "{ contextNumber }"))[-1] == COMPLETE

        client.headers["Authorization"] = "Bearer other"
        async with asked(client, "subscription { forever }") as other:
            assert (await other.next())[1] == {"data": {"forever": 0}}
    await nothing_is_held(connections)
