"""The executor answers what graphql-core answers, with fewer steps."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, cast

import graphql
import orjson
import pytest
from graphql import ExecutionResult, GraphQLObjectType, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from loaders.viewer import Viewer
from models.enums import Scope
from resolvers.context import Context
from schema.execution import LevelExecutor
from subscriptions.hub import Hub
from tests.architecture.declared import graphql_schema
from tests.reads.test_statement_counts import NESTED, TIMELINE, make_more, make_sessions

MIXED = """
fragment name on Contact { displayName name email }
query ($all: Boolean = true) {
  __typename
  sessions(first: 3) {
    edges { cursor node { contact { ...name } id ... on Node { again: id } status } }
    nodes {
      b: shortId
      contact { sessions(first: 1) { nodes { agent { name } contact { ...name } } } ...name }
      a: shortId
      keyed: customFields(keys: ["plan"]) { key }
      customFields { key }
      labels @include(if: $all) { label { name __typename } }
      __typename
    }
    totalCount
  }
  contacts { totalCount nodes { labels { name } handles { address channelType } } }
}
"""
NOT_READ = frozenset({Scope.SESSIONS_READ})
"""Without CONTACTS_READ, fields of every contact fail, each with its path."""


async def run(executor: type[Any], document: str, context: Context) -> dict[str, Any]:
    """As JSON, errors in order of their paths."""
    answer = cast("Any", graphql).execute(
        graphql_schema(),
        parse(document),
        context_value=context,
        executor_class=executor,
    )
    result = await cast("Awaitable[ExecutionResult]", answer)
    errors = sorted((error.path or [], error.message) for error in result.errors or [])
    return {"data": result.data, "errors": [[*map(str, path), text] for path, text in errors]}


@pytest.mark.parametrize(
    "scopes", [frozenset({Scope.ADMIN}), NOT_READ], ids=["all scopes", "few scopes"]
)
@pytest.mark.parametrize(
    "document",
    [MIXED, TIMELINE.replace("MORE", "").replace("duration", ""), NESTED],
    ids=["mixed", "timeline", "nested"],
)
async def test_answers_equal_those_of_graphql_core(
    viewer: Viewer, hub: Hub, document: str, scopes: frozenset[Scope]
) -> None:
    await make_sessions(viewer, 3)
    await make_more(viewer, 3)
    reader = replace(viewer, scopes=scopes)

    plain = await run(StrawberryGraphQLCoreExecutionContext, document, Context(reader, hub))
    ours = await run(LevelExecutor, document, Context(reader, hub))

    assert orjson.dumps(ours) == orjson.dumps(plain)  # the order of members included
    assert bool(ours["errors"]) == (scopes is NOT_READ)


def test_no_field_is_left_to_strawberrys_default() -> None:
    left = [
        f"{type_.name}.{name}"
        for type_ in graphql_schema().type_map.values()
        if isinstance(type_, GraphQLObjectType)
        and not type_.name.startswith(("__", "Subscription"))
        for name, field in type_.fields.items()
        if getattr(field.resolve, "_is_default", True) and "ready" not in field.extensions
    ]

    assert left == []
