"""Writes changes of sessions from a process of its own, all in one transaction.

`python -m tests.benchmarks.fanout_changes COUNT`: the sessions take turns in the order of their
external ids, which spreads the changes evenly over the topics. The server beside it notices by
reading the head of the log; nothing of the writing is on its account.
"""

import asyncio
from itertools import cycle, islice

import typer

from models.change import ChangeKind
from models.database import Database
from models.session import Session
from resolvers.administration import DEFAULT_WORKSPACE, operator, workspace_named
from server.settings import Settings
from subscriptions import changelog

_FIELDS = ("message_count", "messages", "last_activity_at")


async def _write(count: int) -> None:
    async with Database(Settings().database_url) as database:
        workspace = await workspace_named(database, DEFAULT_WORKSPACE)
        viewer = operator(database, workspace, "benchmarks")
        sql = 'SELECT id FROM "session" WHERE workspace_id = ? ORDER BY external_id'
        ids = [key for (key,) in await viewer.fetch(sql, (viewer.workspace_id,))]
        async with changelog.transaction(viewer) as changes:
            for key in islice(cycle(ids), count):
                changes.session(Session(id=key), ChangeKind.UPDATED, _FIELDS)


def main(count: int) -> None:
    """Write so many changes."""
    asyncio.run(_write(count))


if __name__ == "__main__":
    typer.run(main)
