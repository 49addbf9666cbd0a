"""Clients that put up with anything: writers that repeat themselves, subscribers that come back."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from random import Random
from typing import Any, Self, TypedDict

import httpx2
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.writes.client import start

SOURCE = "chaos"
MESSAGES = 3
WRITES = MESSAGES + 2
"""Of a session; each is one change."""
_SECONDS = 15.0
"""After which a write counts as unanswered."""
_STAY_SECONDS = 8.0
"""How long a subscriber stays on one socket, on average."""

START, APPEND, END = (
    f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{"
    f" {name}(input: $input) {{ userErrors {{ code message field }} }} }}"
    for name in ("sessionStart", "messageAppend", "sessionEnd")
)
_MAY_PASS = {"INTERNAL", "OVERLOADED", "TIMEOUT"}


class Payload(TypedDict):
    """Of `subscribe`."""

    query: str
    variables: dict[str, Any]


Address = Callable[[], str]
"""Where the server is now: base URL without the scheme."""


class Unanswered(Exception):
    """A request whose outcome is not known."""


class Writer:
    """Writes sessions, each step until it is acknowledged."""

    def __init__(self, name: str, address: Address, key: str, random: Random) -> None:
        self.acknowledged = 0
        self.repeated: Counter[str] = Counter()
        self._name, self._address, self._random = name, address, random
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"}, timeout=_SECONDS
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._client.aclose()

    async def write(self, sessions: int, left_every: int) -> None:
        """So many from start to end; after every so many of them one that is left to itself."""
        for number in range(sessions):
            name = f"{self._name}-{number}"
            await self.write_session(name)
            if number % left_every == left_every - 1:
                await self.start(f"{name}-left", closeAfter="PT1S")

    async def write_session(self, name: str) -> None:
        """From start to end. Natural keys tell what is a repeat, of the end a key of its own."""
        session = {"external": {"source": SOURCE, "externalId": name}}
        await self.start(name)
        for number in range(MESSAGES):
            message = {"externalId": f"m-{number}", "senderType": "CONTACT", "text": name}
            given = {"session": session, "messages": [message]}
            await self._write(APPEND, {"input": given})
        await self._write(END, {"input": {"session": session, "idempotencyKey": f"end {name}"}})

    async def start(self, name: str, **parts: Any) -> None:
        """A session that has no messages yet."""
        contact = {"externalId": self._name, "attributes": {"name": "Ada"}}
        await self._write(START, start(externalId=name, source=SOURCE, contact=contact, **parts))

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The data; raise Unanswered."""
        try:
            answer = await self._client.post(
                f"http://{self._address()}/graphql", json={"query": query, "variables": variables}
            )
        except httpx2.TransportError as error:
            raise Unanswered(type(error).__name__) from error
        if answer.status_code >= 500:
            raise Unanswered(f"HTTP {answer.status_code}")
        body = answer.json()
        if "errors" in body:
            codes = _codes(body["errors"])
            assert {*codes} <= _MAY_PASS, body
            raise Unanswered(" ".join(codes))
        data: dict[str, Any] = body["data"]
        return data

    async def _write(self, query: str, variables: dict[str, Any]) -> None:
        while True:
            try:
                (payload,) = (await self.ask(query, variables)).values()
            except Unanswered as failure:
                self.repeated[str(failure)] += 1
                await asyncio.sleep(self._random.uniform(0.05, 0.3))
            else:
                assert payload["userErrors"] == [], (variables, payload)
                self.acknowledged += 1
                return


class Interrupted(Exception):
    """The server ended the stream, or told of an error in it."""


class Subscriber:
    """Follows a stream from its last cursor, over as many sockets as it takes.

    All it remembers is that cursor, and those of the changes that it was told of.
    """

    def __init__(self, address: Address, key: str, random: Random, payload: Payload) -> None:
        self.cursors: list[str] = []
        self.interrupted: Counter[str] = Counter()
        self.payload = payload
        self._address, self._key, self._random = address, key, random

    async def follow(self) -> None:
        """Until it is cancelled; now and then it goes by itself, and comes back."""
        while True:
            try:
                async with asyncio.timeout(self._random.expovariate(1 / _STAY_SECONDS)):
                    await self._follow()
            except (OSError, WebSocketException, Interrupted) as error:  # a timeout is an OSError
                what = "" if isinstance(error, OSError) else str(error).partition(";")[0]
                self.interrupted[f"{type(error).__name__} {what}"] += 1
            await asyncio.sleep(self._random.uniform(0.05, 1))

    async def _follow(self) -> None:
        url = f"ws://{self._address()}/graphql"
        protocols = [Subprotocol("graphql-transport-ws")]
        async with connect(url, subprotocols=protocols, proxy=None) as socket:
            try:
                async with aclosing(_events(socket, self._key, self.payload)) as events:
                    async for event in events:
                        self._remember(event)
            except asyncio.CancelledError:
                if self._random.random() < 0.5:
                    socket.transport.abort()  # as when the network is lost
                raise

    def _remember(self, event: dict[str, Any]) -> None:
        assert event["__typename"] != "ResyncRequired", event
        self.payload["variables"]["after"] = event["cursor"]
        if event["__typename"] != "StreamCheckpoint":
            self.cursors.append(event["cursor"])


async def _events(
    socket: ClientConnection, key: str, payload: Payload
) -> AsyncGenerator[dict[str, Any]]:
    """Raise Interrupted at the first thing that is not an event."""
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}}
    await socket.send(orjson.dumps(init).decode())
    async for text in socket:
        frame = orjson.loads(text)
        given = frame.get("payload")
        if frame["type"] == "connection_ack":
            subscribe = {"id": "1", "type": "subscribe", "payload": payload}
            await socket.send(orjson.dumps(subscribe).decode())
        elif frame["type"] == "next" and "errors" not in given:
            yield next(iter(given["data"].values()))
        else:
            codes = _codes(given if frame["type"] == "error" else given["errors"])
            assert {*codes} <= _MAY_PASS, frame
            raise Interrupted(" ".join(codes))


def _codes(errors: list[dict[str, Any]]) -> list[str]:
    return [error["extensions"]["code"] for error in errors]
