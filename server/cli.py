"""The command line: everything an operator does, also while a server runs on the same database."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from strawberry.printer import print_schema

from loaders.api_key import all_keys
from models.database import Database
from models.enums import ImportConflict, Scope
from models.errors import BadRequest, DomainError, Unprepared
from models.migrate import migrate as migrate_database
from resolvers.administration import (
    DEFAULT_WORKSPACE,
    create_key,
    create_workspace,
    operator,
    revoke_key,
    workspace_named,
)
from schema.build import build_schema
from server.demo.load import WORKSPACE as DEMO_WORKSPACE
from server.demo.load import load_demo
from server.import_command import run_import
from server.serve import serve as serve_application
from server.settings import Settings, SettingsError
from workers.ndjson import UnreadableFile

app = typer.Typer(
    name="sessiongraph",
    help="GraphQL backend for customer-conversation sessions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
keys = typer.Typer(help="API keys.", no_args_is_help=True)
workspaces = typer.Typer(help="Workspaces.", no_args_is_help=True)
app.add_typer(keys, name="keys")
app.add_typer(workspaces, name="workspace")

WorkspaceOption = Annotated[str, typer.Option("--workspace", help="Name of the workspace.")]


def main() -> None:
    """Run the command line; expected failures are one sentence on standard error."""
    try:
        app()
    except (SettingsError, DomainError, BadRequest, Unprepared, UnreadableFile) as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


@asynccontextmanager
async def _database() -> AsyncGenerator[Database]:
    """The configured database, brought to the current schema."""
    settings = Settings()
    await migrate_database(settings.database_url)
    async with Database(settings.database_url, settings.pool_size) as database:
        yield database


def _run(work: Callable[[Database], Coroutine[Any, Any, int | None]]) -> None:
    async def with_database() -> int | None:
        async with _database() as database:
            return await work(database)

    code = asyncio.run(with_database())
    if code:
        raise typer.Exit(code)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes.")] = None,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo workspace first.")] = False,
) -> None:
    """Migrate the database, then serve GraphQL over HTTP and WebSocket."""
    given = {"host": host, "port": port, "workers": workers}
    chosen = {name: value for name, value in given.items() if value is not None}
    serve_application(Settings(**chosen), demo=demo)


@app.command()
def migrate() -> None:
    """Bring the database to the current schema."""
    applied = asyncio.run(migrate_database(Settings().database_url))
    typer.echo(f"Applied {', '.join(applied)}." if applied else "Nothing to apply.")


@app.command(name="import")
def import_(
    file: Annotated[str, typer.Argument(help="NDJSON file, plain or gzip; - is standard input.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    on_conflict: Annotated[
        ImportConflict,
        typer.Option(case_sensitive=False, help="What to do with sessions that exist."),
    ] = ImportConflict.SKIP,
) -> None:
    """Import sessions, one SessionIngestInput per line; exit code 1 if any line failed."""

    async def work(database: Database) -> int:
        viewer = operator(database, await workspace_named(database, workspace), "import")
        return 1 if (await run_import(viewer, file, on_conflict)).failed else 0

    _run(work)


@app.command()
def demo() -> None:
    """Load the demo workspace, or what is missing of it."""

    async def work(database: Database) -> None:
        workspace = await workspace_named(database, DEMO_WORKSPACE, may_create=True)
        report = await load_demo(operator(database, workspace, "demo"))
        typer.echo(f"{report.created} sessions loaded, {report.skipped} were there already.")

    _run(work)


@app.command()
def schema() -> None:
    """Print the GraphQL schema in SDL."""
    typer.echo(print_schema(build_schema()))


@keys.command("create")
def keys_create(
    name: Annotated[str, typer.Option(help="Who uses the key; writes are attributed to it.")],
    scopes: Annotated[
        str, typer.Option(help="Scopes, separated by commas; every read scope when left out.")
    ] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Create a key and print its token, which is shown this once."""
    granted = [_scope(part.strip()) for part in scopes.split(",") if part.strip()]

    async def work(database: Database) -> None:
        found = await workspace_named(database, workspace)
        typer.echo(await create_key(database, found, name, granted))

    _run(work)


@keys.command("list")
def keys_list() -> None:
    """List every key, by the beginning of its token."""

    async def work(database: Database) -> None:
        for key, workspace in await all_keys(database.lane()):
            state = "revoked" if key.revoked_at else "valid"
            typer.echo(
                f"{key.prefix}\t{workspace.name}\t{key.name}\t{state}\t{','.join(key.scopes)}"
            )

    _run(work)


@keys.command("revoke")
def keys_revoke(prefix: Annotated[str, typer.Argument(help="Beginning of the token.")]) -> None:
    """Revoke the key whose token begins like this."""

    async def work(database: Database) -> int:
        revoked = await revoke_key(database, prefix)
        outcome = f"{revoked} key revoked." if revoked else "No valid key begins like this."
        typer.echo(outcome, err=True)
        return 0 if revoked else 1

    _run(work)


@workspaces.command("create")
def workspace_create(name: Annotated[str, typer.Argument(help="Name, unique.")]) -> None:
    """Create a workspace."""

    async def work(database: Database) -> None:
        await create_workspace(database, name)

    _run(work)


def _scope(text: str) -> Scope:
    try:
        return Scope(text.upper())
    except ValueError:
        raise SettingsError(f"{text!r} is no scope; there are {', '.join(Scope)}.") from None
