"""The `serve` command: migrate, load the demo if asked, say how to call, and run uvicorn."""

import asyncio
from functools import partial

import structlog
import typer
import uvicorn
from starlette.applications import Starlette

from loaders.api_key import workspace_by_name, workspace_count
from models.database import Database
from models.enums import Scope
from models.migrate import migrate
from resolvers.administration import (
    create_key,
    create_workspace,
    operator,
    revoke_keys_named,
)
from server.app import create_app, uvicorn_options
from server.demo.load import WORKSPACE, load_demo
from server.drain import DrainingServer, run_workers
from server.logging import configure_logging
from server.process import tune_collector
from server.settings import Settings
from subscriptions.hub import MEMORY

_log = structlog.get_logger(__name__)

_KEY_NAME = "demo"
_DEMO_SCOPES = tuple(scope for scope in Scope if scope is not Scope.ADMIN)


def serve(settings: Settings, *, demo: bool) -> None:
    """Run until stopped. With `demo`, an empty database gets the demo workspace."""
    configure_logging(settings.log_format, settings.log_level)
    key = asyncio.run(_prepare(settings, demo=demo))
    config = uvicorn.Config(
        partial(_application, settings, key), factory=True, **uvicorn_options(settings)
    )
    socket = config.bind_socket()
    _say_how_to_call(settings, socket.getsockname()[1], key)
    if settings.workers == 1:
        DrainingServer(config).run([socket])
    else:
        if settings.broadcast_url == MEMORY:
            _log.info("workers hear of each other's changes within a second; sooner with Redis")
        config.workers = settings.workers
        run_workers(config, socket)


def _application(settings: Settings, demo_key: str | None) -> Starlette:
    """Made in each process."""
    configure_logging(settings.log_format, settings.log_level)
    application = create_app(settings, demo_key=demo_key)
    tune_collector()
    return application


async def _prepare(settings: Settings, *, demo: bool) -> str | None:
    """Migrate; with `demo` return a new key of the demo workspace, whose earlier ones end."""
    await migrate(settings.database_url)
    if not demo:
        return None
    async with Database(settings.database_url, settings.pool_size) as database:
        workspace = await workspace_by_name(database.lane(), WORKSPACE)
        if workspace is None:
            if await workspace_count(database.lane()) > 0:
                return None
            workspace = await create_workspace(database, WORKSPACE)
        await load_demo(operator(database, workspace, "demo"))
        await revoke_keys_named(database, workspace, _KEY_NAME)
        return await create_key(database, workspace, _KEY_NAME, _DEMO_SCOPES)


def _say_how_to_call(settings: Settings, port: int, key: str | None) -> None:
    url = f"http://{settings.host}:{port}"
    typer.echo(f"Sessiongraph   {url}/graphql")
    if settings.graphiql:
        typer.echo(f"GraphiQL       {url}/graphiql")
    if key is None:
        typer.echo("API key        python -m server keys create --name NAME")
        return
    query = '{"query":"{ sessions(first: 3) { totalCount nodes { shortId status } } }"}'
    typer.echo(f"API key        {key}\n")
    typer.echo(
        f"curl -s {url}/graphql -H 'Authorization: Bearer {key}'"
        f" -H 'Content-Type: application/json' -d '{query}'\n"
    )
