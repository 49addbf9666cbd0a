"""The sweeper in real server processes: seen through a socket, and switched off."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.websockets import WebsocketsTransport
from structlog.testing import capture_logs

from loaders.viewer import Viewer
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.workspace import Workspace
from resolvers.administration import create_key
from server.app import create_app
from server.settings import Settings
from subscriptions.hub import Hub
from tests.reads.rows import Rows
from tests.server.process import server_process
from tests.workers.sweeping import (
    after,
    changes,
    events,
    let_others_rest,
    session,
    set_settings,
    silent,
)
from tests.writes.client import START, start
from workers.sweeper import Sweeper

STREAM = """subscription($after: ChangeCursor) {
  sessionStatusChanged(after: $after) { to activity endReason session { startedAt endedAt } } }"""


@pytest.fixture
def url(database_url: DatabaseUrl) -> str:
    """The test's database as the program's setting."""
    credentials = database_url.credentials
    if database_url.dialect == "sqlite":
        return f"sqlite://{credentials['file_path']}"
    place = "{user}@{host}:{port}/{database}".format(**credentials)
    return f"postgres://{place}?schema={credentials['schema']}"


async def heard(client: Any, cursor: str, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for event in client.subscribe(GraphQLRequest(STREAM, variable_values={"after": cursor})):
        found.append(event["sessionStatusChanged"])
        if len(found) == count:
            break
    return found


async def test_a_subscriber_sees_a_session_idle_and_then_close(
    url: str, viewer: Viewer, workspace: Workspace
) -> None:
    await set_settings(viewer, idle_after=1, close_after=2)
    key = await create_key(viewer.database, workspace, "test", list(Scope))
    async with AsyncExitStack() as stack:
        servers = 1 if url.startswith("sqlite") else 2
        running = [
            await stack.enter_async_context(server_process(url, ANALYSIS="false"))
            for _ in range(servers)
        ]
        transport = WebsocketsTransport(
            f"ws://{running[0].address}/graphql", init_payload={"authorization": f"Bearer {key}"}
        )
        client = await stack.enter_async_context(Client(transport=transport))
        opened = await client.execute(GraphQLRequest(START, variable_values=start()))
        async with asyncio.timeout(30):
            idle, ended = await heard(client, opened["sessionStart"]["changeCursor"], 2)

    row = await session(viewer)
    assert (idle["to"], idle["activity"], idle["endReason"]) == ("ACTIVE", "IDLE", None)
    assert (ended["to"], ended["activity"], ended["endReason"]) == (
        "COMPLETED", "ENDED", "INACTIVITY_TIMEOUT",
    )  # fmt: skip
    assert row.duration_ms == 2_000
    assert [
        (e.kind.value, (e.at - row.started_at).total_seconds()) for e in await events(viewer)
    ] == [("STARTED", 0), ("IDLED", 1), ("ENDED", 2)]
    assert [change.seq for change in await changes(viewer)] == [1, 2, 3]


async def test_what_was_due_while_no_server_ran_is_made_up_for_at_its_start(
    viewer: Viewer, hub: Hub
) -> None:
    rows = Rows(viewer)
    silent(rows)
    await rows.save()

    async with Sweeper(viewer.database, hub.publish):
        async with asyncio.timeout(30):
            await first_change(viewer, hub)
        row = await session(viewer)

    assert (row.ended_at, row.activity) == (after(30), "ENDED")
    assert [event.at for event in await events(viewer)] == [after(10), after(30)]


async def first_change(viewer: Viewer, hub: Hub) -> None:
    with hub.listener(viewer.workspace_id) as listener:
        while not await changes(viewer):
            await listener.wait(1)


@pytest.mark.parametrize(("is_on", "tasks"), [(True, 1), (False, 0)])
async def test_the_application_sweeps_unless_it_is_told_not_to(
    url: str,
    *,
    is_on: bool,
    tasks: int,
) -> None:
    app = create_app(Settings(database_url=url, sweeper=is_on))

    async with app.router.lifespan_context(app):
        running = [task for task in asyncio.all_tasks() if task.get_name() == "Sweeper"]

    assert len(running) == tasks
    assert all(task.done() for task in running)


async def test_an_outage_is_told_once_and_survived(viewer: Viewer, hub: Hub) -> None:
    rows = Rows(viewer)
    silent(rows)
    await rows.save()
    await let_others_rest(viewer)
    sweeper = Sweeper(viewer.database, hub.publish)

    with capture_logs() as told:
        await rename(viewer, "workspace", "workspace_away")
        try:
            for _ in range(3):
                await sweeper.look()
        finally:
            await rename(viewer, "workspace_away", "workspace")
        for _ in range(2):
            await sweeper.look()

    assert [line["event"] for line in told] == ["sessions not swept", "sessions are swept again"]
    assert (await session(viewer)).ended_at == after(30)


async def rename(viewer: Viewer, table: str, name: str) -> None:
    async with viewer.database.transaction() as transaction:
        await transaction.fetch(f'ALTER TABLE "{table}" RENAME TO "{name}"')
