"""Pages as clients ask for them: what a page says of itself, and which arguments are refused."""

from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest

from loaders.cursor import ChangePosition
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.change import ChangeKind
from models.session import Session
from subscriptions.changelog import transaction
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of, global_id
from tests.reads.rows import START, Rows, minutes

PAGE = """
query (
  $first: Int, $after: String, $last: Int, $before: String, $offset: Int,
  $orderBy: [SessionOrder!], $filter: SessionFilter
) {
  sessions(
    first: $first, after: $after, last: $last, before: $before, offset: $offset,
    orderBy: $orderBy, filter: $filter
  ) {
    nodes { externalId }
    edges { cursor node { externalId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    range { from to total pageSize page pageCount }
    totalCount
  }
}
"""
CURSOR_FOREIGN = (
    "INVALID_CURSOR",
    "The cursor was issued for another order, filter or workspace; start again without it.",
)
CURSOR_MALFORMED = ("INVALID_CURSOR", "The cursor is malformed.")


@pytest.fixture
async def seven(viewer: Viewer) -> list[Session]:
    """Sessions `0` to `6`, the oldest first."""
    rows = Rows(viewer)
    made = [
        rows.session(external_id=str(number), started_at=START + minutes(number))
        for number in range(7)
    ]
    await rows.save()
    return made


async def page(graphql: GraphQL, **arguments: Any) -> dict[str, Any]:
    """A page of sessions with its names in one word."""
    found: dict[str, Any] = data_of(await graphql(PAGE, arguments))["sessions"]
    names = "".join(node["externalId"] for node in found["nodes"])
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    if found["edges"]:
        assert found["pageInfo"]["startCursor"] == found["edges"][0]["cursor"]
        assert found["pageInfo"]["endCursor"] == found["edges"][-1]["cursor"]
    return {**found, "names": names}


async def test_a_page_knows_its_place_forwards(graphql: GraphQL, seven: list[Session]) -> None:
    first = await page(graphql, first=3)
    second = await page(graphql, first=3, after=first["pageInfo"]["endCursor"])
    third = await page(graphql, first=3, after=second["pageInfo"]["endCursor"])

    assert [p["names"] for p in (first, second, third)] == ["654", "321", "0"]
    assert [p["pageInfo"]["hasNextPage"] for p in (first, second, third)] == [True, True, False]
    assert [p["pageInfo"]["hasPreviousPage"] for p in (first, second, third)] == [False, True, True]
    assert [p["totalCount"] for p in (first, second, third)] == [7, 7, 7]
    assert [p["range"] for p in (first, second, third)] == [
        {"from": 1, "to": 3, "total": 7, "pageSize": 3, "page": 1, "pageCount": 3},
        {"from": 4, "to": 6, "total": 7, "pageSize": 3, "page": 2, "pageCount": 3},
        {"from": 7, "to": 7, "total": 7, "pageSize": 3, "page": 3, "pageCount": 3},
    ]


async def test_a_page_knows_its_place_backwards(graphql: GraphQL, seven: list[Session]) -> None:
    last = await page(graphql, last=3)
    middle = await page(graphql, last=3, before=last["pageInfo"]["startCursor"])

    assert [p["names"] for p in (last, middle)] == ["210", "543"]
    assert [p["pageInfo"]["hasNextPage"] for p in (last, middle)] == [False, True]
    assert [p["pageInfo"]["hasPreviousPage"] for p in (last, middle)] == [True, True]
    assert [p["range"] for p in (last, middle)] == [
        {"from": 5, "to": 7, "total": 7, "pageSize": 3, "page": None, "pageCount": 3},
        {"from": 2, "to": 4, "total": 7, "pageSize": 3, "page": None, "pageCount": 3},
    ]


async def test_numbered_pages(graphql: GraphQL, seven: list[Session]) -> None:
    second = await page(graphql, first=3, offset=3)
    beyond = await page(graphql, first=3, offset=9)

    assert (second["names"], second["range"]["page"]) == ("321", 2)
    assert second["pageInfo"]["hasPreviousPage"] is True
    assert beyond["names"] == ""
    assert beyond["range"] == {
        "from": 0, "to": 0, "total": 7, "pageSize": 3, "page": None, "pageCount": 3,
    }  # fmt: skip


async def test_an_empty_list_is_an_empty_page(graphql: GraphQL) -> None:
    found = await page(graphql)

    assert found["names"] == ""
    assert found["pageInfo"] == {
        "hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None,
    }  # fmt: skip
    assert found["range"] == {
        "from": 0, "to": 0, "total": 0, "pageSize": 50, "page": None, "pageCount": 0,
    }  # fmt: skip


async def test_a_page_has_fifty_rows_unless_asked_otherwise(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    for number in range(101):
        rows.session(contact, external_id=f"{number},")
    await rows.save()

    assert len((await page(graphql))["nodes"]) == 50
    assert len((await page(graphql, first=100))["nodes"]) == 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first": 0}, "`first` must lie between 1 and 100, not 0."),
        ({"first": -1}, "`first` must lie between 1 and 100, not -1."),
        ({"first": 101}, "`first` must lie between 1 and 100, not 101."),
        ({"last": 0}, "`last` must lie between 1 and 100, not 0."),
        ({"last": 101}, "`last` must lie between 1 and 100, not 101."),
        ({"first": 1, "last": 1}, "Give `first` or `last`, not both."),
        ({"after": "x", "before": "y"}, "Give `after` or `before`, not both."),
        ({"after": "", "last": 1}, "`after` goes with `first`, not with `last`."),
        ({"before": "x", "first": 1}, "`before` goes with `last`, not with `first`."),
        ({"offset": -1}, "`offset` must not be negative, not -1."),
        (
            {"offset": 0, "after": "x"},
            "`offset` numbers pages from the start: it excludes cursors and `last`.",
        ),
        (
            {"offset": 0, "last": 1},
            "`offset` numbers pages from the start: it excludes cursors and `last`.",
        ),
        (
            {"orderBy": [{"field": "STARTED_AT"}] * 4},
            "`orderBy` has at most 3 terms, not 4.",
        ),
    ],
)
async def test_arguments_that_cannot_be_right_are_refused(
    graphql: GraphQL, arguments: dict[str, Any], message: str
) -> None:
    assert errors_of(await graphql(PAGE, arguments)) == [("BAD_USER_INPUT", message)]


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "ééé", "bnVsbA", "e30", "W10", "WzFd"])
async def test_a_malformed_cursor_is_refused(graphql: GraphQL, cursor: str) -> None:
    for arguments in ({"after": cursor}, {"before": cursor}):
        assert errors_of(await graphql(PAGE, arguments)) == [CURSOR_MALFORMED]


async def test_a_cursor_serves_only_the_order_and_filter_it_was_issued_for(
    graphql: GraphQL, seven: list[Session]
) -> None:
    cursor = (await page(graphql, first=2))["pageInfo"]["endCursor"]

    for other in (
        {"orderBy": [{"field": "STARTED_AT", "direction": "ASC"}]},
        {"orderBy": [{"field": "UPDATED_AT"}]},
        {"filter": {"isTest": False}},
    ):
        assert errors_of(await graphql(PAGE, {"after": cursor, **other})) == [CURSOR_FOREIGN]
    same = await page(
        graphql, first=2, after=cursor, filter=None, orderBy=[{"field": "STARTED_AT"}]
    )
    assert same["names"] == "43"


async def test_a_cursor_of_another_workspace_is_refused(
    graphql: GraphQL, seven: list[Session], stranger: Viewer
) -> None:
    cursor = (await page(graphql, first=2))["pageInfo"]["endCursor"]

    result = await graphql(PAGE, {"after": cursor}, by=stranger)

    assert errors_of(result) == [CURSOR_FOREIGN]


@pytest.mark.parametrize(
    "values",
    [
        ["x", 1],
        [1, "x"],
        [None, 1],
        [1.5, 1],
        [10**18, 1],
        [-1, 1],
        [1, 2**63],
        [True, 1],
        [[1], 1],
    ],
)
async def test_a_cursor_with_forged_values_is_malformed(
    viewer: Viewer, graphql: GraphQL, values: list[Any]
) -> None:
    mark = sessions_of(viewer, None).mark(None)
    cursor = urlsafe_b64encode(orjson.dumps([mark, *values])).decode().rstrip("=")

    assert errors_of(await graphql(PAGE, {"after": cursor})) == [CURSOR_MALFORMED]


async def test_every_page_can_hand_over_to_a_subscription(
    graphql: GraphQL, viewer: Viewer, seven: list[Session]
) -> None:
    async with transaction(viewer) as changes:
        changes.session(seven[0], ChangeKind.UPDATED, ["topic"])
    query = """
    query ($id: ID!) {
      changeCursor
      sessions { changeCursor nodes { messages { changeCursor } timeline { changeCursor } } }
      contacts { changeCursor }
      session(id: $id) { conversation { sessions { changeCursor } } }
    }
    """

    data = data_of(await graphql(query, {"id": global_id(seven[0])}))

    cursors = [
        data["changeCursor"],
        data["sessions"]["changeCursor"],
        data["sessions"]["nodes"][0]["messages"]["changeCursor"],
        data["sessions"]["nodes"][0]["timeline"]["changeCursor"],
        data["contacts"]["changeCursor"],
        data["session"]["conversation"]["sessions"]["changeCursor"],
    ]
    positions = [ChangePosition.decode(cursor, viewer.workspace_id) for cursor in cursors]
    assert [position.seq for position in positions] == [1] * 6


async def test_nested_pages_have_totals_and_ranges_of_their_own(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    ada, zoe = rows.contact("Ada"), rows.contact("Zoe")
    for number in range(3):
        rows.session(ada, external_id=f"a{number}", started_at=START + minutes(number))
    rows.session(zoe, external_id="z0", is_archived=True)
    await rows.save()
    query = """
    query ($after: String) {
      contacts(orderBy: [{field: NAME, direction: ASC}]) {
        nodes {
          name
          sessions(first: 2, after: $after) {
            totalCount range { from to total } pageInfo { endCursor } nodes { externalId }
          }
        }
      }
    }
    """

    found = data_of(await graphql(query))["contacts"]["nodes"]

    assert [contact["sessions"]["totalCount"] for contact in found] == [3, 0]
    assert [contact["sessions"]["range"] for contact in found] == [
        {"from": 1, "to": 2, "total": 3},
        {"from": 0, "to": 0, "total": 0},
    ]
    ada_page = await graphql(
        "query ($id: ID!, $after: String) { contact(id: $id) { sessions(first: 2, after: $after) {"
        " range { from to total } nodes { externalId } } } }",
        {"id": global_id(ada), "after": found[0]["sessions"]["pageInfo"]["endCursor"]},
    )
    assert data_of(ada_page)["contact"]["sessions"] == {
        "range": {"from": 3, "to": 3, "total": 3},
        "nodes": [{"externalId": "a0"}],
    }


@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ('{ contacts(search: "\\u0000") { totalCount } }', "search"),
        ('{ sessions(after: "\\u0000") { totalCount } }', "after"),
        ('{ sessionByExternalId(externalId: "a\\u0000") { id } }', "externalId"),
        ('{ sessions { nodes { scores(name: "\\u0000") { name } } } }', "name"),
        ('{ sessions { nodes { customFields(keys: ["a", "\\u0000"]) { key } } } }', "keys"),
        ('{ node(id: "\\u0000") { id } }', "id"),
    ],
)
async def test_text_that_no_database_can_compare_is_refused(
    graphql: GraphQL, seven: list[Session], query: str, argument: str
) -> None:
    errors = set(errors_of(await graphql(query)))

    assert errors == {("BAD_USER_INPUT", f"`{argument}` may not contain U+0000.")}
