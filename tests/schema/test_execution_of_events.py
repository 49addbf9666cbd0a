"""Events that are told together are executed as if each came alone, for fewer steps."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from graphql import ExecutionResult, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from loaders.change_log import starting_point
from loaders.session_changes import Followed, session_changes_after
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.enums import Scope
from resolvers.context import Context
from schema.execution import is_awaitable
from schema.execution_of_events import EventExecutor
from subscriptions.hub import Hub
from subscriptions.stream import StreamCheckpoint
from tests.architecture.declared import graphql_schema
from tests.conftest import GraphQL, data_of
from tests.writes import client

LIVE = """
subscription {
  live: sessionChanges {
    __typename
    ... on StreamCheckpoint { cursor }
    ... on SessionChange {
      kind
      changedFields
      session {
        contact { displayName sessions(first: 1) { nodes { shortId } } }
        agent { name }
        labels { label { name } }
        PAGE
        messageCount
      }
    }
  }
}
"""
PAGE = "messages(first: 1) { nodes { text } }"


async def told(viewer: Viewer, graphql: GraphQL, sessions: int) -> list[Any]:
    """Rows as a live list tells them, a checkpoint among them."""
    start = await starting_point(viewer, None)
    for number in range(sessions):
        opened = client.start(contact={"externalId": f"c-{number % 2}"})
        key = data_of(await graphql(client.START, opened))["sessionStart"]["session"]["id"]
        await graphql(
            client.APPEND, {"input": {**client.append()["input"], "session": {"id": key}}}
        )
    step = await session_changes_after(viewer, Followed(sessions_of(viewer, None)), start)
    rows = [item.row for item in step.items]
    return [rows[0], StreamCheckpoint(start.encode(), viewer.now()), *rows[1:]]


def executor(kind: type[Any], document: str, context: Context) -> Any:
    return kind.build(graphql_schema(), parse(document), context_value=context)


async def one(event: Any) -> ExecutionResult:
    result: Any = event.execute_operation()
    found: ExecutionResult = await result if is_awaitable(result) else result
    return found


def shown(results: list[ExecutionResult]) -> list[Any]:
    return [
        {"data": one.data, "errors": [error.formatted for error in one.errors or []]}
        for one in results
    ]


@pytest.mark.parametrize("page", [PAGE, ""], ids=["with pages", "without"])
@pytest.mark.parametrize(
    "scopes", [frozenset({Scope.ADMIN}), frozenset({Scope.SESSIONS_READ})], ids=["all", "few"]
)
async def test_each_event_has_the_result_that_it_has_alone(
    viewer: Viewer, graphql: GraphQL, hub: Hub, scopes: frozenset[Scope], page: str
) -> None:
    rows = await told(viewer, graphql, 3)
    reader = replace(viewer, scopes=scopes)
    document = LIVE.replace("PAGE", page)

    plain = executor(StrawberryGraphQLCoreExecutionContext, document, Context(reader, hub))
    alone = [await one(plain.build_per_event_executor(row)) for row in rows]
    ours = executor(EventExecutor, document, Context(reader, hub))
    together = await ours.build_per_event_executor(rows).execute_operation()

    assert orjson.dumps(shown(together.data)) == orjson.dumps(shown(alone))
    assert together.errors is None
    assert any(one.errors for one in alone) == (page == PAGE and Scope.ADMIN not in scopes)


async def test_what_events_show_is_read_once_for_all_of_them(
    viewer: Viewer, graphql: GraphQL, hub: Hub
) -> None:
    rows = await told(viewer, graphql, 4)
    statements: list[str] = []
    viewer.database.on_statement = statements.append
    for some in (rows[:3], rows):
        ours = executor(EventExecutor, LIVE.replace("PAGE", PAGE), Context(viewer, hub))
        await ours.build_per_event_executor(some).execute_operation()

    assert len(statements) == 2 * 4  # contacts, labels, messages, and sessions of contacts


async def test_nothing_is_remembered_of_events_that_are_over(
    viewer: Viewer, graphql: GraphQL, hub: Hub
) -> None:
    rows = await told(viewer, graphql, 1)
    ours = executor(EventExecutor, LIVE.replace("PAGE", ""), Context(viewer, hub))
    kept: list[int] = []
    for _ in range(3):
        await ours.build_per_event_executor(rows).execute_operation()
        kept.append(len(ours._relevant_sub_fields) + len(ours._kept))

    assert kept[1:] == kept[:1] * 2
