"""Assembly: the settings become one application with everything it owns.

What lives as long as the process is entered in the lifespan's exit stack, in order of need.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from models.database import Database
from models.enums import Scope
from resolvers.context import Context
from schema.build import build_schema
from server import graphiql, request_id
from server.admission import Admission, Admit
from server.auth import authenticate, valid_keys
from server.connections import Connections
from server.drain import State
from server.errors import masked
from server.graphql import GraphQLDoor
from server.health import Health
from server.operation import Executor
from server.protocols import HttpProtocol, SocketProtocol
from server.request_id import RequestIdMiddleware
from server.settings import Settings, analyzer_keys
from server.streams import Streams
from server.websocket import SocketLimits, WebSocketDoor
from subscriptions.hub import Hub
from workers.analysis import AnalysisWorker
from workers.analyzers.outgoing import Services
from workers.retention import Retention
from workers.sweeper import Sweeper

GRAPHQL = "/graphql"


def create_app(settings: Settings, *, demo_key: str | None = None) -> Starlette:
    """The application; `demo_key` is preset in GraphiQL."""
    database = Database(settings.database_url, settings.pool_size)
    hub = Hub(database, settings.broadcast_url, channel=settings.broadcast_channel)
    connections = Connections(partial(valid_keys, database), settings.max_connections_per_key)
    health = Health(database=lambda: database.lane().fetch("SELECT 1"))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[State]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(database)
            await stack.enter_async_context(hub)
            if settings.sweeper:
                await stack.enter_async_context(Sweeper(database, hub.publish))
            if settings.retention:
                kept_for = timedelta(days=settings.change_log_days)
                await stack.enter_async_context(Retention(database, hub.publish, kept_for))
            if settings.analysis:
                services = Services(
                    may_be_private=settings.analysis_private_addresses, keys=analyzer_keys()
                )
                worker = AnalysisWorker(
                    database, hub.publish, services, at_once=settings.analysis_at_once
                )
                await stack.enter_async_context(worker)
            await stack.enter_async_context(connections)
            yield State(health=health, connections=connections, drain_delay=settings.drain_delay)

    pages = _pages(demo_key) if settings.graphiql else []
    return Starlette(
        routes=[
            *_doors(settings, connections, _gate(settings, database, hub)),
            *health.routes(),
            *pages,
        ],
        middleware=_middleware(settings),
        exception_handlers={HTTPException: _refused, Exception: _failed},
        lifespan=lifespan,
    )


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """How uvicorn is to serve the application."""
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "asyncio" if sys.platform == "win32" else "uvloop",
        "http": partial(HttpProtocol, send_timeout=settings.send_timeout),
        "ws": partial(SocketProtocol, send_timeout=settings.send_timeout),
        "ws_max_size": 2 * settings.max_frame_bytes,  # the door refuses, with a reason, before that
        "ws_per_message_deflate": False,  # costs 41 KiB for every idle socket
        "lifespan": "on",
        "log_config": None,
        "access_log": settings.log_level == "debug",
        "server_header": False,
        "timeout_graceful_shutdown": settings.shutdown_timeout,
        # Seconds a worker may take to answer its supervisor; the default of 5 kills slow starts.
        "timeout_worker_healthcheck": 60,
    }


def _gate(settings: Settings, database: Database, hub: Hub) -> Admit:
    async def admit(authorization: str | None, request_id: str) -> Admission:
        viewer = await authenticate(database, authorization)
        viewer = replace(viewer, request_id=request_id, on_commit=hub.publish)
        may_ingest = viewer.may(Scope.INGEST)
        limit = settings.max_ingest_body_bytes if may_ingest else settings.max_body_bytes
        assert viewer.key_id is not None
        audience = (viewer.workspace_id, viewer.scopes)
        return Admission(viewer.key_id, partial(Context, viewer, hub), audience, limit)

    return admit


def _doors(settings: Settings, connections: Connections, admit: Admit) -> list[BaseRoute]:
    executor = Executor(build_schema(), settings.operation_timeout)
    streams = Streams(executor.schema)
    limits = SocketLimits(
        init_timeout=settings.connection_init_timeout,
        max_operations=settings.max_subscriptions_per_socket,
        max_frame_bytes=settings.max_frame_bytes,
        allowed_origins=settings.allowed_origins,
    )
    return [
        Route(GRAPHQL, GraphQLDoor(executor, streams, connections, admit)),
        WebSocketRoute(GRAPHQL, WebSocketDoor(executor, streams, connections, admit, limits)),
    ]


def _pages(demo_key: str | None) -> list[BaseRoute]:
    async def to_graphiql(_request: Request) -> Response:
        return RedirectResponse(graphiql.PATH)

    return [Route("/", to_graphiql), *graphiql.graphiql_routes(GRAPHQL, demo_key)]


def _middleware(settings: Settings) -> list[Middleware]:
    layers = [Middleware(RequestIdMiddleware)]
    if settings.allowed_origins:
        layers.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type", request_id.HEADER],
                expose_headers=[request_id.HEADER],
            )
        )
    return layers


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(error.status_code, error.detail, **(error.headers or {}))


async def _failed(_request: Request, error: Exception) -> Response:
    return _problem(500, masked(error)["message"])


def _problem(status: int, title: str, **headers: str) -> Response:
    """RFC 9457."""
    body = {"type": "about:blank", "title": title, "status": status}
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")
