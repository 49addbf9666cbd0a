"""The timeline page as Strawberry's and Tortoise's documentation would have it written.

Types are made from model instances, every relation is an async resolver over a DataLoader, and
pages are `relay.ListConnection` over LIMIT and OFFSET. The second variant adds the parser and
validation caches and orjson, which is as far as configuration goes.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry import relay
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

import models.agent
import models.contact
import models.custom_field
import models.label
import models.session
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import ChannelType, SessionActivity, SessionStatus
from models.field_value import display_of
from models.workspace import Workspace
from resolvers.administration import DEFAULT_WORKSPACE

PATH = "/graphql"

for _members in (SessionStatus, SessionActivity, ChannelType):
    strawberry.enum(_members)


async def _contacts(ids: list[int]) -> list["Contact"]:
    rows = await models.contact.Contact.filter(id__in=ids)
    found = {row.id: Contact.from_row(row) for row in rows}
    return [found[key] for key in ids]


async def _agents(ids: list[int]) -> list["Agent"]:
    rows = await models.agent.Agent.filter(id__in=ids)
    found = {row.id: Agent(name=row.name) for row in rows}
    return [found[key] for key in ids]


async def _labels(session_ids: list[int]) -> list[list["AppliedLabel"]]:
    rows = models.label.SessionLabel.filter(session_id__in=session_ids)
    found = await rows.select_related("label").order_by("applied_at", "id")
    return _aligned(session_ids, ((row.session_id, AppliedLabel.from_row(row)) for row in found))


async def _values(session_ids: list[int]) -> list[list["CustomFieldValue"]]:
    rows = models.custom_field.SessionFieldValue.filter(session_id__in=session_ids)
    found = await rows.select_related("field").order_by("field__key", "id")
    return _aligned(
        session_ids, ((row.session_id, CustomFieldValue.from_row(row)) for row in found)
    )


def _aligned(keys: Sequence[int], pairs: Iterable[tuple[int, Any]]) -> list[list[Any]]:
    groups: defaultdict[int, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return [groups[key] for key in keys]


class Loaders:
    """One DataLoader per relation, new for each request."""

    def __init__(self, workspace_id: int) -> None:
        self.workspace_id = workspace_id
        self.contact = DataLoader(load_fn=_contacts)
        self.agent = DataLoader(load_fn=_agents)
        self.labels = DataLoader(load_fn=_labels)
        self.values = DataLoader(load_fn=_values)


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Contact:
    display_name: str
    avatar_url: str | None

    @classmethod
    def from_row(cls, row: models.contact.Contact) -> Self:
        return cls(display_name=models.contact.display_name(row), avatar_url=row.avatar_url)


@strawberry.type
class Agent:
    name: str


@strawberry.type
class Label:
    name: str
    color: str | None


@strawberry.type
class AppliedLabel:
    label: Label

    @classmethod
    def from_row(cls, row: models.label.SessionLabel) -> Self:
        return cls(label=Label(name=row.label.name, color=row.label.color))


@strawberry.type
class CustomFieldValue:
    key: str
    display: str

    @classmethod
    def from_row(cls, row: models.custom_field.FieldValue) -> Self:
        return cls(key=row.field.key, display=display_of(row))


@strawberry.type
class Session(relay.Node):
    id: relay.NodeID[int]
    short_id: str
    status: SessionStatus
    activity: SessionActivity
    started_at: datetime
    ended_at: datetime | None
    channel_type: ChannelType
    contact_id: strawberry.Private[int]
    agent_id: strawberry.Private[int | None]

    @classmethod
    def from_row(cls, row: models.session.Session) -> Self:
        return cls(
            id=row.id,
            short_id=row.short_id,
            status=row.status,
            activity=row.activity,
            started_at=row.started_at,
            ended_at=row.ended_at,
            channel_type=row.channel_type,
            contact_id=row.contact_id,
            agent_id=row.agent_id,
        )

    @strawberry.field
    def duration(self) -> float:
        return ((self.ended_at or datetime.now(UTC)) - self.started_at).total_seconds()

    @strawberry.field
    async def contact(self, info: Info) -> Contact:
        return await info.context.contact.load(self.contact_id)

    @strawberry.field
    async def agent(self, info: Info) -> Agent | None:
        return None if self.agent_id is None else await info.context.agent.load(self.agent_id)

    @strawberry.field
    async def labels(self, info: Info) -> list[AppliedLabel]:
        return await info.context.labels.load(self.id)

    @strawberry.field
    async def custom_fields(self, info: Info) -> list[CustomFieldValue]:
        return await info.context.values.load(self.id)


@strawberry.type
class SessionConnection(relay.ListConnection[Session]):
    @strawberry.field
    def nodes(self) -> list[Session]:
        return [edge.node for edge in self.edges]


class NewestFirst:
    """What `ListConnection` slices: a query that becomes LIMIT and OFFSET."""

    def __init__(self, workspace_id: int) -> None:
        self._rows_of = models.session.Session.filter(workspace_id=workspace_id, is_archived=False)

    def __getitem__(self, part: slice) -> AsyncGenerator[Session]:
        return self._rows(part.start, part.stop)

    def __aiter__(self) -> AsyncGenerator[Session]:
        return self._rows(0, None)

    async def _rows(self, start: int, stop: int | None) -> AsyncGenerator[Session]:
        query = self._rows_of.order_by("-started_at", "-id").offset(start)
        for row in await (query if stop is None else query.limit(stop - start)):
            yield Session.from_row(row)


def _newest_first(info: Info) -> AsyncIterable[Session]:
    return NewestFirst(info.context.workspace_id)


@strawberry.type
class Query:
    sessions: SessionConnection = relay.connection(SessionConnection, resolver=_newest_first)


class _View(GraphQL[Loaders, None]):
    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002  # Strawberry's signature
    ) -> Loaders:
        return Loaders(request.state.workspace_id)


class _ViewWithOrjson(_View):
    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def naive(url: DatabaseUrl) -> Starlette:
    """Everything as it comes."""
    return _application(url, _View(strawberry.Schema(query=Query)))


def naive_with_caches(url: DatabaseUrl) -> Starlette:
    """With what can be switched on."""
    schema = strawberry.Schema(query=Query, extensions=[ParserCache, ValidationCache])
    return _application(url, _ViewWithOrjson(schema))


def _application(url: DatabaseUrl, view: _View) -> Starlette:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[dict[str, int]]:
        async with Database(url):
            workspace = await Workspace.get(name=DEFAULT_WORKSPACE)
            yield {"workspace_id": workspace.id}

    return Starlette(routes=[Route(PATH, view)], lifespan=lifespan)
