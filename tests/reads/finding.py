"""What a filter finds, by the sessions' external ids in one word."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of

Filter = Mapping[str, Any] | None
Find = Callable[[Filter], Awaitable[str]]

QUERY = """
query ($filter: SessionFilter) {
  sessions(filter: $filter, orderBy: [{field: STARTED_AT, direction: ASC}]) {
    nodes { externalId }
    totalCount
  }
}
"""


def finder(graphql: GraphQL) -> Find:
    """Runs filters."""

    async def find(filter: Filter) -> str:
        found = data_of(await graphql(QUERY, {"filter": filter}))["sessions"]
        names = "".join(sorted(node["externalId"] for node in found["nodes"]))
        assert found["totalCount"] == len(names)
        return names

    return find


async def assert_found(find: Find, expected: Mapping[str, list[Filter]]) -> None:
    """Each filter finds the sessions it stands under."""
    found = [(await find(filter), filter) for filters in expected.values() for filter in filters]
    assert found == [(names, filter) for names, filters in expected.items() for filter in filters]


async def assert_refused(graphql: GraphQL, expected: Mapping[str, Filter]) -> None:
    """Each filter is refused with the sentence it stands under."""
    found = [errors_of(await graphql(QUERY, {"filter": one})) for one in expected.values()]
    assert found == [[("BAD_USER_INPUT", message)] for message in expected]
