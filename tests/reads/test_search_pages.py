"""Pages of a search whose word is frequent: read by the list, or by the few matches."""

from typing import Any

import pytest

import loaders.search
from loaders.viewer import Viewer
from tests.conftest import GraphQL
from tests.reads.client import data_of
from tests.reads.rows import START, Rows, minutes

PAGE = """
query ($filter: SessionFilter, $first: Int, $after: String, $last: Int, $before: String,
       $offset: Int) {
  sessions(filter: $filter, first: $first, after: $after, last: $last, before: $before,
           offset: $offset) {
    nodes { externalId }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
    range { from to total }
  }
}
"""


@pytest.fixture
async def many(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Twenty-four sessions with a word each has, in order of start, inserted in another."""
    monkeypatch.setattr(loaders.search, "_FEW", 6)
    monkeypatch.setattr(loaders.search, "_WIDER", 2)
    rows = Rows(viewer)
    contact = rows.contact()
    order = [(7 * i) % 24 for i in range(24)]
    for number in order:
        rows.session(
            contact,
            external_id=f"{number:02}",
            started_at=START + minutes(number),
            summary_text="frequent rare" if number % 10 == 3 else "frequent",
            is_test=number < 4,
        )
    await rows.save()
    return [f"{number:02}" for number in range(24)]


async def read(graphql: GraphQL, **arguments: Any) -> dict[str, Any]:
    page: dict[str, Any] = data_of(await graphql(PAGE, arguments))["sessions"]
    page["names"] = [node["externalId"] for node in page["nodes"]]
    return page


@pytest.mark.parametrize("query", ["frequent", "fr"])
async def test_pages_of_a_frequent_word_are_those_of_the_list(
    graphql: GraphQL, many: list[str], query: str
) -> None:
    filter = {"search": {"query": query}}
    newest = many[::-1]
    seen: list[str] = []
    cursor = None
    while len(seen) < len(many):
        page = await read(graphql, filter=filter, first=5, after=cursor)
        seen += page["names"]
        cursor = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] == (len(seen) < len(many))
        assert page["range"] == {"from": len(seen) - len(page["names"]) + 1, "to": len(seen),
                                 "total": 24}  # fmt: skip
    assert seen == newest

    page = await read(graphql, filter=filter, last=5, before=cursor)
    assert page["names"] == newest[-6:-1]
    page = await read(graphql, filter=filter, offset=20, first=3)
    assert (page["names"], page["totalCount"]) == (newest[20:23], 24)
    page = await read(graphql, filter=filter, last=3)
    assert page["names"] == newest[-3:]


async def test_a_filter_that_leaves_few_of_a_frequent_word_leaves_all_of_those(
    graphql: GraphQL, many: list[str]
) -> None:
    filter = {"search": {"query": "frequent"}, "isTest": True}

    page = await read(graphql, filter=filter, first=2)
    assert (page["names"], page["totalCount"]) == (["03", "02"], 4)
    page = await read(graphql, filter=filter, first=2, after=page["pageInfo"]["endCursor"])
    assert (page["names"], page["pageInfo"]["hasNextPage"]) == (["01", "00"], False)


async def test_other_orders_of_a_frequent_word_are_kept(graphql: GraphQL, many: list[str]) -> None:
    query = """
    query ($filter: SessionFilter) {
      sessions(filter: $filter, first: 5, orderBy: [{field: MESSAGE_COUNT, direction: ASC}]) {
        nodes { externalId }
      }
    }
    """
    page = data_of(await graphql(query, {"filter": {"search": {"query": "frequent"}}}))

    assert [node["externalId"] for node in page["sessions"]["nodes"]] == many[:5]


async def test_a_rare_word_is_read_by_its_few_matches(graphql: GraphQL, many: list[str]) -> None:
    page = await read(graphql, filter={"search": {"query": "rare frequent"}}, first=2)

    assert (page["names"], page["pageInfo"]["hasNextPage"]) == (["23", "13"], True)
