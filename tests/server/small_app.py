"""The doors on a schema of their own, under a real uvicorn: tested without the product."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
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

from models.errors import CursorExpired, InvalidCursor, NotFound, Unauthenticated
from schema.scalars import SCALARS
from server.admission import Admission
from server.graphql import GraphQLDoor
from server.operation import Executor
from server.request_id import RequestIdMiddleware
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
        self.keys = {KEY}
        self.request_ids: list[str] = []
        self.cancelled = asyncio.Event()


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
) -> Starlette:
    """Both doors under /graphql; the probe's keys are valid, "down" stands for a dead database."""
    numbers = count(1)

    async def admit(authorization: str | None, request_id: str) -> Admission:
        probe.request_ids.append(request_id)
        key = (authorization or "").removeprefix("Bearer ")
        if key == "down":
            raise ConnectionError(SECRET)
        if key not in probe.keys:
            raise Unauthenticated("Send a valid API key.")
        return Admission(lambda: SmallContext(next(numbers), probe), max_body_bytes)

    executor = Executor(small_schema(), timeout)
    sockets = WebSocketDoor(executor, admit, limits or SocketLimits(5, 100))
    return Starlette(
        routes=[
            Route("/graphql", GraphQLDoor(executor, admit)),
            WebSocketRoute("/graphql", sockets),
            *pages,
        ],
        middleware=[Middleware(RequestIdMiddleware)],
    )


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
