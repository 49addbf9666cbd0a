"""Subscriptions as the doors run them, in this process, for tests that look inside."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import orjson

from loaders.viewer import Viewer
from resolvers.context import Context
from schema.build import build_schema
from server.admission import Admission
from server.operation import Operation
from server.streams import Streams
from subscriptions.cohort import Batch
from subscriptions.hub import Hub

SECONDS = 10
"""After which a test that waits for an event fails."""

CHANGES = """subscription ($filter: SessionFilter, $after: ChangeCursor) {
  sessionChanges(filter: $filter, after: $after) {
    __typename
    ... on SessionChange {
      cursor kind sessionId changedFields session { topic status contact { name } }
    }
    ... on StreamCheckpoint { cursor }
    ... on ResyncRequired { reason head }
  }
}"""


class Subscriber:
    """One subscription, read event by event."""

    def __init__(self, bodies: AsyncGenerator[bytes]) -> None:
        self.bodies = bodies

    async def next(self) -> dict[str, Any]:
        """The event that comes next, whatever the field is called."""
        async with asyncio.timeout(SECONDS):
            body = orjson.loads(await anext(self.bodies))
        assert "errors" not in body, body
        (event,) = body["data"].values()
        return dict(event)

    async def changes(self, count: int) -> list[dict[str, Any]]:
        """So many changes, checkpoints left out."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            event = await self.next()
            if event["__typename"] == "SessionChange":
                found.append(event)
        return found


class Door:
    """Subscribes by way of the cohorts, as sockets do."""

    def __init__(self, hub: Hub) -> None:
        self.streams = Streams(build_schema())
        self._hub = hub

    @asynccontextmanager
    async def subscribed(
        self, viewer: Viewer, query: str = CHANGES, **variables: Any
    ) -> AsyncGenerator[Subscriber]:
        """While the block lasts."""
        context = partial(Context, viewer, self._hub)
        admission = Admission(0, context, (viewer.workspace_id, viewer.scopes), 0)
        batches = self.streams.follow(Operation(query, variables), admission)
        bodies = _one_by_one(batches)
        try:
            yield Subscriber(bodies)
        finally:
            await bodies.aclose()
            await batches.aclose()


async def _one_by_one(batches: AsyncGenerator[Batch]) -> AsyncGenerator[bytes]:
    async for batch in batches:
        for body in batch.bodies:
            yield body
