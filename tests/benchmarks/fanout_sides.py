"""Who takes part in the fan-out: the application and its peers, each with an audience of its own.

All of them answer the same document with the same JSON. The application's events are changes of
sessions in its database; a peer is handed an event of the application's and publishes it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from server.app import GRAPHQL
from tests.benchmarks.audience import Audience
from tests.benchmarks.fanout_peer import PUBLISH
from tests.benchmarks.keep_alive import KeepAlive
from tests.benchmarks.processes import Server, run_module

TOPICS = 20
_SESSIONS = 500
_PATIENCE = 90.0
_ITEM = """
    __typename
    ... on SessionChange {
      cursor kind sessionId changedFields at
      session {
        id shortId status activity startedAt messageCount
        contact { displayName }
        agent { name }
      }
    }
"""
DOCUMENT = (
    f"subscription Live($filter: SessionFilter!) {{ sessionChanges(filter: $filter) {{{_ITEM}}} }}"
)
REPLAY = (
    f"subscription Replay($after: ChangeCursor!) {{ sessionChanges(after: $after) {{{_ITEM}}} }}"
)
_APPEND = """
mutation Append($input: MessageAppendInput!) {
  messageAppend(input: $input) { userErrors { code message } }
}
"""

Filters = Callable[[int], dict[str, Any]]
"""The filter of each subscriber."""


@dataclass(frozen=True)
class Side:
    """One server, its subscribers, and how changes come about."""

    server: Server
    audience: Audience
    filters: Filters
    publish: Callable[[int], Coroutine[Any, Any, None]]
    """One change of a topic, by an HTTP request."""
    publish_many: Callable[[int], Coroutine[Any, Any, None]]
    """So many changes at once, all topics in turn."""
    settled: Callable[[int], Coroutine[Any, Any, None]]
    """Returns when so many subscribers listen."""
    burst: int
    """Changes that keep it busy for some seconds."""
    door: KeepAlive = field(repr=False)

    def bodies(self, subscribers: int) -> list[dict[str, Any]]:
        """What each subscriber asks for."""
        return [
            {"query": DOCUMENT, "variables": {"filter": self.filters(n)}}
            for n in range(subscribers)
        ]

    async def close(self) -> None:
        """Let go of all sockets, in the loop that has them."""
        self.audience.close()
        self.door.close()


def shared(subscriber: int) -> dict[str, Any]:
    """The same for all who follow a topic."""
    return {"source": {"eq": _topic(subscriber % TOPICS)}}


def unshared(subscriber: int) -> dict[str, Any]:
    """The same sessions in other words for each."""
    always = datetime.fromtimestamp(4_000_000_000 + subscriber, UTC).isoformat()
    return {**shared(subscriber), "startedAt": {"lt": always}}


def write_sessions(path: Path) -> None:
    """Open sessions for the `import` command; by their external ids the topics take turns."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds")
    with path.open("wb") as target:
        for number in range(_SESSIONS):
            start = {
                "externalId": _session(number),
                "source": _topic(number % TOPICS),
                "contact": {
                    "externalId": f"c-{number}",
                    "attributes": {"name": f"Visitor {number}"},
                },
                "agent": {"externalId": "ada", "name": "Ada", "kind": "AI_AGENT"},
                "channelType": "WEB",
                "startedAt": started,
            }
            target.write(orjson.dumps({"start": start}, option=orjson.OPT_APPEND_NEWLINE))


def application(
    server: Server, token: str, database_url: str, filters: Filters, burst: int
) -> Side:
    """The real server, written to through its own door or from a process of its own."""
    authorization = f"Bearer {token}"
    door, audience = (
        KeepAlive(server.port, authorization),
        Audience(server.port, GRAPHQL, authorization),
    )
    numbers = [count() for _ in range(TOPICS)]

    async def publish(topic: int) -> None:
        session = topic + TOPICS * (next(numbers[topic]) % (_SESSIONS // TOPICS))
        written = await door.post(GRAPHQL, {"query": _APPEND, "variables": _message(session)})
        assert not written["data"]["messageAppend"]["userErrors"], written

    async def publish_many(changes: int) -> None:
        module = "tests.benchmarks.fanout_changes"
        await asyncio.to_thread(run_module, module, str(changes), database_url=database_url)

    async def settled(_subscribers: int) -> None:
        await audience.checkpoints()
        await asyncio.sleep(1)  # until those who are alone have joined

    return Side(server, audience, filters, publish, publish_many, settled, burst, door)


def peer(server: Server, event: Mapping[str, Any], burst: int) -> Side:
    """A peer, which publishes what it is handed."""
    door = KeepAlive(server.port)

    async def publish(topic: int) -> None:
        await door.post(PUBLISH, {"topics": [_topic(topic)], "event": event})

    async def publish_many(changes: int) -> None:
        topics = [_topic(number % TOPICS) for number in range(changes)]
        await door.post(PUBLISH, {"topics": topics, "event": event})

    async def settled(subscribers: int) -> None:
        nothing: dict[str, Any] = {"topics": [], "event": event}
        async with asyncio.timeout(_PATIENCE):
            while (await door.post(PUBLISH, nothing))["subscribers"] < subscribers:  # noqa: ASYNC110  # it is another process
                await asyncio.sleep(0.05)

    audience = Audience(server.port, GRAPHQL, None)
    return Side(server, audience, shared, publish, publish_many, settled, burst, door)


def event_of(message: bytes) -> dict[str, Any]:
    """What a peer is to publish so that it sends this message."""
    event: dict[str, Any] = orjson.loads(message)["payload"]["data"]["sessionChanges"]
    return event


def _message(session: int) -> dict[str, Any]:
    said = {"senderType": "CONTACT", "text": "Is somebody there?"}
    ref = {"source": _topic(session % TOPICS), "externalId": _session(session)}
    return {"input": {"session": {"external": ref}, "messages": [said]}}


def _topic(number: int) -> str:
    return f"topic-{number:02}"


def _session(number: int) -> str:
    return f"fanout-{number:05}"
