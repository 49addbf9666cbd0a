"""The doors on a schema of their own, under a real uvicorn: tested without the product."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from itertools import count
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from strawberry import relay
from strawberry.schema.config import StrawberryConfig
from strawberry.types.info import Info as StrawberryInfo

from models.errors import CursorExpired, InvalidCursor, NotFound, Overloaded, Unauthenticated
from schema.scalars import SCALARS
from server.admission import Admission
from server.connections import Connections
from server.drain import State
from server.graphql import GraphQLDoor
from server.health import Health
from server.operation import Executor
from server.request_id import RequestIdMiddleware
from server.streams import Streams
from server.websocket import SocketLimits, WebSocketDoor

KEY = "good"
BODY_LIMIT = 2_000
SECRET = "postgres://user:password@internal"


class Probe:
    """What a test may look at, and change, behind the doors."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """For the next test on the same server."""
        self.bumps = 0
        self.contexts: list[int] = []
        self.keys = {KEY: 1}
        self.database_is_away = False
        self.request_ids: list[str] = []
        self.listening = asyncio.Event()
        self.looked = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def valid_keys(self, ids: Collection[int]) -> Collection[int]:
        """Those that are valid now."""
        self.looked.set()
        if self.database_is_away:
            raise ConnectionError(SECRET)
        return set(self.keys.values()).intersection(ids)


@dataclass(frozen=True)
class SmallContext:
    """Numbered, so that sharing one between operations shows."""

    number: int
    probe: Probe


Info = StrawberryInfo[SmallContext, None]


@strawberry.enum
class Colour(Enum):
    RED = "red"


@strawberry.input
class Stay:
    since: datetime
    colour: Colour = Colour.RED


@strawberry.type
class Query:
    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def context_number(self, info: Info) -> int:
        info.context.probe.contexts.append(info.context.number)
        return info.context.number

    @strawberry.field
    def stay(self, stay: Stay) -> str:
        return stay.colour.value

    @strawberry.field
    def item(self, id: relay.GlobalID) -> str:
        return str(id)

    @strawberry.field
    def broken(self) -> str | None:
        raise KeyError(SECRET)

    @strawberry.field
    def wrong_type(self) -> int | None:
        return SECRET  # type: ignore[return-value]  # a bug of ours, on purpose

    @strawberry.field
    def page(self, after: str) -> str | None:
        raise InvalidCursor(f"{after} is not a cursor of this order.")

    @strawberry.field
    def missing(self) -> str | None:
        raise NotFound("There is no such session.", ("input", "id"))

    @strawberry.field
    async def slow(self, info: Info) -> str | None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            info.context.probe.cancelled.set()
            raise
        return "late"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def bump(self, info: Info) -> int:
        info.context.probe.bumps += 1
        return info.context.probe.bumps


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def numbers(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def forever(self, info: Info) -> AsyncGenerator[int, None]:
        try:
            for number in count():
                yield number
                await asyncio.sleep(0.05)
        finally:
            info.context.probe.cancelled.set()

    @strawberry.subscription
    async def silence(self, info: Info) -> AsyncGenerator[int, None]:
        info.context.probe.listening.set()
        try:
            await asyncio.Event().wait()
            yield 0
        finally:
            info.context.probe.cancelled.set()

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncGenerator[str, None]:
        info.context.probe.listening.set()
        try:
            while True:
                yield "x" * 100_000
        finally:
            info.context.probe.cancelled.set()

    @strawberry.subscription
    async def expired(self) -> AsyncGenerator[int, None]:
        yield 1
        raise CursorExpired("The log no longer reaches back to this cursor.")

    @strawberry.subscription
    async def failing(self) -> AsyncGenerator[int, None]:
        yield 1
        raise KeyError(SECRET)


def small_schema() -> strawberry.Schema:
    """With the product's scalars, and a type for each kind of failure."""
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.Schema(Query, Mutation, Subscription, config=config)


def small_app(
    probe: Probe,
    *,
    timeout: float = 5,
    limits: SocketLimits | None = None,
    max_body_bytes: int = BODY_LIMIT,
    pages: Sequence[BaseRoute] = (),
    connections: Connections | None = None,
    keep_alive: float = 5,
    drain_delay: float = 0,
) -> Starlette:
    """Both doors under /graphql; "down" stands for a bug of ours, "away" for a database."""
    numbers = count(1)

    async def admit(authorization: str | None, request_id: str) -> Admission:
        probe.request_ids.append(request_id)
        key = (authorization or "").removeprefix("Bearer ")
        if key == "down":
            raise ConnectionError(SECRET)
        if key == "away" or probe.database_is_away:
            raise Overloaded("The database is away; try again.")
        if key not in probe.keys:
            raise Unauthenticated("Send a valid API key.")
        context = partial(_new_context, numbers, probe)
        return Admission(probe.keys[key], context, None, max_body_bytes)

    executor = Executor(small_schema(), timeout)
    streams = Streams(executor.schema)
    held = connections or Connections(probe.valid_keys, 1_000)
    limits = limits or SocketLimits(5, 100, 4_096)
    health = Health()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[State]:
        async with held:
            yield State(health=health, connections=held, drain_delay=drain_delay)

    return Starlette(
        routes=[
            Route("/graphql", GraphQLDoor(executor, streams, held, admit, keep_alive)),
            WebSocketRoute("/graphql", WebSocketDoor(executor, streams, held, admit, limits)),
            *health.routes(),
            *pages,
        ],
        middleware=[Middleware(RequestIdMiddleware)],
        lifespan=lifespan,
    )


def _new_context(numbers: Iterator[int], probe: Probe, *_course: object) -> SmallContext:
    return SmallContext(next(numbers), probe)


async def started(server: uvicorn.Server) -> None:
    """Wait until the server listens."""
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(app: ASGIApp, **options: object) -> AsyncGenerator[str]:
    """A uvicorn on a free port of the loopback; gives "127.0.0.1:port"."""
    listener = socket.create_server(("127.0.0.1", 0))
    given: dict[str, Any] = {
        "log_config": None,
        "ws": "websockets-sansio",
        "timeout_graceful_shutdown": 1,
        **options,
    }
    server = uvicorn.Server(uvicorn.Config(app, **given))
    task = asyncio.create_task(server.serve([listener]))
    await started(server)
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
