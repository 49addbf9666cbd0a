"""The WebSocket door, spoken to by a client that sends exactly what the test says."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from server.websocket import SocketLimits
from tests.server.small_app import KEY, SECRET, Probe, serving, small_app
from tests.server.sockets import closed, connected, hear, init, say, subscribe

MASKED = "Something went wrong on our side."


pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # one server for all of them
    pytest.mark.usefixtures("probe", "no_crash"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(shared_probe: Probe) -> AsyncGenerator[str]:
    origins = ("https://ours.example",)
    limits = SocketLimits(0.3, max_operations=2, max_frame_bytes=4_096, allowed_origins=origins)
    app = small_app(shared_probe, timeout=0.3, limits=limits)
    async with serving(app, ws_max_size=8_192) as where:
        yield where


@pytest_asyncio.fixture(loop_scope="module")
async def raw(address: str) -> AsyncGenerator[ClientConnection]:
    """A socket on which nothing has been said yet."""
    async with connected(address) as socket:
        yield socket


@pytest_asyncio.fixture(loop_scope="module")
async def socket(raw: ClientConnection) -> ClientConnection:
    """An acknowledged socket."""
    await init(raw)
    return raw


async def test_a_subscription_delivers_its_events_and_completes(socket: ClientConnection) -> None:
    await subscribe(socket, "subscription ($to: Int!) { numbers(to: $to) }", variables={"to": 2})

    assert [await hear(socket) for _ in range(3)] == [
        {"id": "1", "type": "next", "payload": {"data": {"numbers": 0}}},
        {"id": "1", "type": "next", "payload": {"data": {"numbers": 1}}},
        {"id": "1", "type": "complete"},
    ]


async def test_queries_and_mutations_run_over_the_socket(
    socket: ClientConnection, probe: Probe
) -> None:
    await subscribe(socket, '{ echo(text: "hi") }', "q")
    assert await hear(socket) == {"id": "q", "type": "next", "payload": {"data": {"echo": "hi"}}}
    assert await hear(socket) == {"id": "q", "type": "complete"}

    await subscribe(socket, "mutation { bump }", "m")
    assert await hear(socket) == {"id": "m", "type": "next", "payload": {"data": {"bump": 1}}}
    assert await hear(socket) == {"id": "m", "type": "complete"}
    assert probe.bumps == 1


async def test_every_operation_has_a_context_of_its_own(
    socket: ClientConnection, probe: Probe
) -> None:
    for operation_id in ("a", "b", "a"):
        await subscribe(socket, "{ contextNumber }", operation_id)
        assert (await hear(socket))["type"] == "next"
        assert (await hear(socket))["type"] == "complete"

    assert len(set(probe.contexts)) == 3


async def test_the_name_of_the_key_is_written_in_any_case(raw: ClientConnection) -> None:
    await init(raw, {"Authorization": f"Bearer {KEY}"})


async def test_the_key_may_come_with_the_handshake(address: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with connected(address, additional_headers=headers) as socket:
        await say(socket, {"type": "connection_init"})
        assert await hear(socket) == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"authorization": "Bearer wrong"}, {"authorization": 5}, {"token": KEY}],
)
async def test_a_missing_or_wrong_key_closes_4403(raw: ClientConnection, payload: object) -> None:
    await say(raw, {"type": "connection_init", "payload": payload})

    assert await closed(raw) == (4403, "Forbidden")


async def test_a_key_revoked_meanwhile_starts_nothing_more(
    socket: ClientConnection, probe: Probe
) -> None:
    probe.keys.clear()

    await subscribe(socket, "mutation { bump }")

    assert await closed(socket) == (4403, "Forbidden")
    assert probe.bumps == 0


async def test_a_failure_to_look_at_the_key_closes_4500_and_tells_nothing(
    raw: ClientConnection,
) -> None:
    await say(raw, {"type": "connection_init", "payload": {"authorization": "Bearer down"}})

    assert await closed(raw) == (4500, "Internal server error")


async def test_a_database_that_is_away_closes_1013_and_refuses_operations(
    raw: ClientConnection, probe: Probe
) -> None:
    await init(raw)
    probe.database_is_away = True
    await subscribe(raw, "{ __typename }")
    refused = await hear(raw)
    async with connected(f"{raw.remote_address[0]}:{raw.remote_address[1]}") as other:
        await say(other, {"type": "connection_init", "payload": {"authorization": "Bearer away"}})

        assert await closed(other) == (1013, "Try again later")
    assert (refused["type"], refused["id"]) == ("error", "1")
    assert refused["payload"] == [
        {"message": "The database is away; try again.", "extensions": {"code": "OVERLOADED"}}
    ]


async def test_an_operation_before_the_acknowledgement_closes_4401(
    raw: ClientConnection, probe: Probe
) -> None:
    await subscribe(raw, "mutation { bump }")

    assert await closed(raw) == (4401, "Unauthorized")
    assert probe.bumps == 0


async def test_a_second_connection_init_closes_4429(socket: ClientConnection) -> None:
    await say(socket, {"type": "connection_init", "payload": {"authorization": f"Bearer {KEY}"}})

    assert await closed(socket) == (4429, "Too many initialisation requests")


async def test_a_socket_that_stays_silent_closes_4408(raw: ClientConnection) -> None:
    assert await closed(raw) == (4408, "Connection initialisation timeout")


async def test_an_id_in_use_closes_4409(socket: ClientConnection) -> None:
    await subscribe(socket, "subscription { forever }", "x" * 500)
    await subscribe(socket, "subscription { forever }", "x" * 500)

    code, reason = await closed(socket)
    assert code == 4409
    assert reason == f"Subscriber for {'x' * 500} already exists"[:123]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, "A message is a JSON object"),
        (5, "A message is a JSON object"),
        ("x", "A message is a JSON object"),
        ([], "A message is a JSON object"),
        ({}, "Unknown message type"),
        ({"type": None}, "Unknown message type"),
        ({"type": ["ping"]}, "Unknown message type"),
        ({"type": "start"}, "Unknown message type"),
        ({"type": "connection_ack"}, "Unknown message type"),
        ({"type": "ping", "payload": []}, '"payload" is an object'),
        ({"type": "pong", "payload": "x"}, '"payload" is an object'),
        ({"type": "connection_init", "payload": 1}, '"payload" is an object'),
        ({"type": "complete"}, '"id" is a string that is not empty'),
        ({"type": "complete", "id": {}}, '"id" is a string that is not empty'),
        ({"type": "subscribe", "id": "1"}, "Invalid payload: A request is a JSON object."),
        (
            {"type": "subscribe", "id": "1", "payload": None},
            "Invalid payload: A request is a JSON object.",
        ),
        (
            {"type": "subscribe", "id": "1", "payload": [{"query": "{ a }"}]},
            "Invalid payload: Batches are not supported: send one operation per request.",
        ),
        (
            {"type": "subscribe", "id": "1", "payload": {"query": 5}},
            'Invalid payload: "query" is required and is a string.',
        ),
        (
            {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}},
            'Invalid payload: "variables" is an object or null.',
        ),
        (
            {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 1}},
            'Invalid payload: "operationName" is a string or null.',
        ),
        (
            {"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "extensions": "x"}},
            'Invalid payload: "extensions" is an object or null.',
        ),
        (
            {"type": "subscribe", "id": "", "payload": {"query": "{ a }"}},
            '"id" is a string that is not empty',
        ),
        (
            {"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}},
            '"id" is a string that is not empty',
        ),
        (
            {"type": "subscribe", "id": ["1"], "payload": {"query": "{ a }"}},
            '"id" is a string that is not empty',
        ),
    ],
)
async def test_a_malformed_message_closes_4400_and_leaves_other_sockets_alone(
    address: str, socket: ClientConnection, message: object, reason: str
) -> None:
    async with connected(address) as other:
        await init(other)

        await say(socket, message)

        assert await closed(socket) == (4400, reason)
        await subscribe(other, '{ echo(text: "still here") }')
        assert (await hear(other))["payload"] == {"data": {"echo": "still here"}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nonsense",
        '{"type":"ping"} trailing',
        "[" * 3_000,
        '{"type":"ping","payload":{"x":NaN}}',
        r'{"type":"ping","payload":{"x":"\ud800"}}',
    ],
)
async def test_what_is_not_json_closes_4400(socket: ClientConnection, text: str) -> None:
    await socket.send(text)

    assert await closed(socket) == (4400, "WebSocket message must be valid JSON")


async def test_a_binary_frame_closes_4400(socket: ClientConnection) -> None:
    await socket.send(b'{"type": "ping"}')

    assert await closed(socket) == (4400, "WebSocket message type must be text")


async def test_a_frame_past_the_limit_closes_4400_and_leaves_other_sockets_alone(
    address: str, raw: ClientConnection, probe: Probe
) -> None:
    ping = '{"type":"ping","payload":{"x":"é"}}'.encode()
    fits, too_long = (ping + b" " * (size - len(ping)) for size in (4_096, 4_097))
    async with connected(address) as other:
        await init(other)

        await raw.send(fits.decode())
        assert await hear(raw) == {"type": "pong"}
        await raw.send(too_long.decode())

        assert await closed(raw) == (4400, "A message takes at most 4096 bytes")
        await subscribe(other, '{ echo(text: "still here") }')
        assert (await hear(other))["payload"] == {"data": {"echo": "still here"}}


async def test_a_frame_far_past_the_limit_is_not_read_to_its_end(socket: ClientConnection) -> None:
    await subscribe(socket, "#" * 9_000)

    code, _reason = await closed(socket)
    assert code == 1009


async def test_text_that_is_not_utf8_closes_1007(socket: ClientConnection) -> None:
    await socket.send(b'{"type":"ping\xff"}', text=True)

    code, _reason = await closed(socket)
    assert code == 1007


async def test_a_message_in_fragments_is_one_message(socket: ClientConnection) -> None:
    await socket.send(['{"type":', '"pi', 'ng"}'])

    assert await hear(socket) == {"type": "pong"}


async def test_a_ping_is_answered(raw: ClientConnection) -> None:
    await say(raw, {"type": "ping", "payload": {"at": 1}})

    assert await hear(raw) == {"type": "pong"}


async def test_a_pong_is_accepted(socket: ClientConnection) -> None:
    await say(socket, {"type": "pong"})
    await say(socket, {"type": "ping"})

    assert await hear(socket) == {"type": "pong"}


async def test_completing_ends_the_operation_and_frees_its_id(
    socket: ClientConnection, probe: Probe
) -> None:
    await subscribe(socket, "subscription { forever }")
    assert (await hear(socket))["payload"] == {"data": {"forever": 0}}

    await say(socket, {"id": "1", "type": "complete"})
    await asyncio.wait_for(probe.cancelled.wait(), 5)

    await subscribe(socket, "subscription { numbers(to: 1) }")
    frames = [await hear(socket)]
    while frames[-1]["type"] == "next":
        frames.append(await hear(socket))
    assert frames[-2:] == [
        {"id": "1", "type": "next", "payload": {"data": {"numbers": 0}}},
        {"id": "1", "type": "complete"},
    ]


async def test_completing_what_does_not_run_is_ignored(socket: ClientConnection) -> None:
    await say(socket, {"id": "unknown", "type": "complete"})
    await say(socket, {"type": "ping"})

    assert await hear(socket) == {"type": "pong"}


async def test_closing_the_socket_ends_its_operations(
    socket: ClientConnection, probe: Probe
) -> None:
    await subscribe(socket, "subscription { forever }")
    await hear(socket)

    await socket.close()

    await asyncio.wait_for(probe.cancelled.wait(), 5)


async def test_operations_past_the_limit_are_refused_and_the_others_go_on(
    socket: ClientConnection,
) -> None:
    await subscribe(socket, "subscription { forever }", "1")
    await subscribe(socket, "subscription { forever }", "2")
    await subscribe(socket, "subscription { forever }", "3")

    frames = [await hear(socket) for _ in range(6)]

    assert [frame for frame in frames if frame["type"] != "next"] == [
        {
            "id": "3",
            "type": "error",
            "payload": [
                {
                    "message": "At most 2 operations run on one socket.",
                    "extensions": {"code": "LIMIT_EXCEEDED"},
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { contextNumber } query B { contextNumber }", "BAD_USER_INPUT"),
        ("subscription A { forever } query B { contextNumber }", "BAD_USER_INPUT"),
        ("fragment F on Query { contextNumber }", "BAD_USER_INPUT"),
        ('subscription { numbers(to: "x") }', "BAD_USER_INPUT"),
        ("subscription ($to: Int!) { numbers(to: $to) }", "BAD_USER_INPUT"),
    ],
)
async def test_an_invalid_operation_is_an_error_and_the_socket_lives(
    socket: ClientConnection, query: str, code: str
) -> None:
    await subscribe(socket, query)

    frame = await hear(socket)
    assert (frame["id"], frame["type"]) == ("1", "error")
    assert [error["extensions"]["code"] for error in frame["payload"]] == [code]

    await subscribe(socket, '{ echo(text: "alive") }')
    assert (await hear(socket))["payload"] == {"data": {"echo": "alive"}}


async def test_an_expected_failure_ends_the_stream_with_its_code(socket: ClientConnection) -> None:
    await subscribe(socket, "subscription { expired }")

    assert (await hear(socket))["type"] == "next"
    assert await hear(socket) == {
        "id": "1",
        "type": "error",
        "payload": [
            {
                "message": "The log no longer reaches back to this cursor.",
                "extensions": {"code": "CURSOR_EXPIRED"},
            }
        ],
    }


async def test_an_unexpected_failure_of_a_stream_is_masked(socket: ClientConnection) -> None:
    await subscribe(socket, "subscription { failing }")

    assert (await hear(socket))["type"] == "next"
    frame = await hear(socket)
    [error] = frame["payload"]
    assert (frame["type"], error["message"]) == ("error", MASKED)
    assert error["extensions"]["code"] == "INTERNAL"
    assert SECRET not in str(frame)


async def test_an_unexpected_failure_of_a_query_is_masked(socket: ClientConnection) -> None:
    await subscribe(socket, "{ broken }")

    frame = await hear(socket)
    [error] = frame["payload"]["errors"]
    assert frame["payload"]["data"] == {"broken": None}
    assert (error["message"], error["path"]) == (MASKED, ["broken"])
    assert SECRET not in str(frame)


async def test_a_query_that_takes_too_long_ends_with_timeout(
    socket: ClientConnection, probe: Probe
) -> None:
    await subscribe(socket, "{ slow }")

    frame = await hear(socket)
    assert frame["type"] == "error"
    assert [error["extensions"]["code"] for error in frame["payload"]] == ["TIMEOUT"]
    await asyncio.wait_for(probe.cancelled.wait(), 5)


async def test_a_subscription_may_run_longer_than_an_operation(socket: ClientConnection) -> None:
    await subscribe(socket, "subscription { forever }")

    frames = [await hear(socket) for _ in range(12)]

    assert [frame["type"] for frame in frames] == ["next"] * 12


@pytest.mark.parametrize("protocols", [None, ["graphql-ws"], ["nonsense"]])
async def test_other_protocols_are_not_spoken(address: str, protocols: list[str] | None) -> None:
    offered = [Subprotocol(name) for name in protocols] if protocols else None
    async with websockets.connect(f"ws://{address}/graphql", subprotocols=offered) as socket:
        assert await closed(socket) == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_pages_of_other_origins_are_turned_away(address: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connected(address, origin=Origin(origin))

    assert caught.value.response.status_code == 403


async def test_pages_of_our_own_and_of_allowed_origins_are_let_in(address: str) -> None:
    for origin in (f"http://{address}", "https://ours.example"):
        async with connected(address, origin=Origin(origin)) as socket:
            await init(socket)


async def test_the_handshake_answers_with_the_request_id(address: str, probe: Probe) -> None:
    async with connected(address, additional_headers={"X-Request-Id": "trace-7"}) as socket:
        await init(socket)

        assert socket.response is not None
        assert socket.response.headers["X-Request-Id"] == "trace-7"
        assert probe.request_ids == ["trace-7"]
