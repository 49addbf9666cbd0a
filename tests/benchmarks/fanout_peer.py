"""The fan-out as Strawberry's documentation has it: one execution per subscriber and event.

Its own ASGI application, a queue per subscriber, and topics in memory. Types and fields are those
that the application's subscribers select; both peers answer the same document with the same JSON.

`POST /publish` with `{"topics": […], "event": {…}}` publishes the event once per topic named, and
answers how many subscribers there are.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

from models.database_url import DatabaseUrl
from server.app import GRAPHQL

PUBLISH = "/publish"


@strawberry.type
class Contact:
    display_name: str


@strawberry.type
class Agent:
    name: str


@strawberry.type
class Session:
    id: strawberry.ID
    short_id: str
    status: str
    activity: str
    started_at: str
    message_count: int
    contact: Contact
    agent: Agent | None


@strawberry.type
class SessionChange:
    cursor: str
    kind: str
    session_id: strawberry.ID
    changed_fields: list[str]
    at: str
    session: Session | None


@strawberry.type
class StreamCheckpoint:
    cursor: str


@strawberry.input
class StringFilter:
    eq: str


@strawberry.input
class SessionFilter:
    source: StringFilter


Item = Annotated[SessionChange | StreamCheckpoint, strawberry.union("SessionStreamItem")]


class Topics:
    """Who listens to what."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, set[asyncio.Queue[SessionChange]]] = defaultdict(set)

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def publish(self, topic: str, event: SessionChange) -> None:
        """To everyone who listens now."""
        for queue in self._queues[topic]:
            queue.put_nowait(event)

    async def events(self, topic: str) -> AsyncGenerator[SessionChange]:
        """From now on."""
        queue: asyncio.Queue[SessionChange] = asyncio.Queue()
        self._queues[topic].add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues[topic].discard(queue)


_topics = Topics()


@strawberry.type
class Query:
    subscribers: int = 0


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def session_changes(self, filter: SessionFilter) -> AsyncGenerator[Item]:
        async for event in _topics.events(filter.source.eq):
            yield event


_schema = strawberry.Schema(query=Query, subscription=Subscription)


def sdl() -> str:
    """What Node's server has to serve."""
    return _schema.as_str()


def stock(_url: DatabaseUrl) -> Starlette:
    """The application; it has no database."""
    view = GraphQL[None, None](_schema)
    return Starlette(
        routes=[
            WebSocketRoute(GRAPHQL, view),
            Route(PUBLISH, _publish, methods=["POST"]),
        ]
    )


async def _publish(request: Request) -> Response:
    asked = orjson.loads(await request.body())
    event = _event(asked["event"])
    for topic in asked["topics"]:
        _topics.publish(topic, event)
    return JSONResponse({"subscribers": len(_topics)})


def _event(given: dict[str, Any]) -> SessionChange:
    session = given["session"]
    agent = session["agent"]
    return SessionChange(
        cursor=given["cursor"],
        kind=given["kind"],
        session_id=strawberry.ID(given["sessionId"]),
        changed_fields=given["changedFields"],
        at=given["at"],
        session=Session(
            id=strawberry.ID(session["id"]),
            short_id=session["shortId"],
            status=session["status"],
            activity=session["activity"],
            started_at=session["startedAt"],
            message_count=session["messageCount"],
            contact=Contact(display_name=session["contact"]["displayName"]),
            agent=agent and Agent(name=agent["name"]),
        ),
    )
