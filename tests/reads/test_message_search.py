"""Search in what was said: messages of all sessions, by their own index."""

from dataclasses import replace
from typing import Any

import pytest

import loaders.search
from loaders.viewer import Viewer
from models.enums import Scope
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of
from tests.reads.rows import START, Rows
from tests.reads.test_masking import READ

MESSAGES = """
query ($filter: MessageFilter!, $first: Int, $after: String) {
  messages(filter: $filter, first: $first, after: $after) {
    nodes { text session { externalId } }
    totalCount
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
async def talk(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine messages of two sessions, and a deleted one."""
    monkeypatch.setattr(loaders.search, "_FEW", 3)
    rows = Rows(viewer)
    first = rows.session(external_id="first", topic="Parcels")
    second = rows.session(external_id="second", is_archived=True)
    for number in range(1, 9):
        rows.message(first, number, text=f"Straße number {number}")
    rows.message(first, 9, text="Straße number 9", deleted_at=START)
    rows.message(second, 1, text="another STRASSE, 100% sure of ok")
    await rows.save()


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ({"text": {"contains": "strasse"}}, 9),
        ({"text": {"contains": "STRASSE NUMBER"}}, 8),
        ({"text": {"startsWith": "strasse n"}}, 8),
        ({"text": {"startsWith": "number"}}, 0),
        ({"text": {"contains": "ber 7"}}, 1),
        ({"text": {"contains": "ok"}}, 1),
        ({"text": {"contains": "100%"}}, 1),
        ({"text": {"contains": "100_"}}, 0),
        ({"text": {"contains": 'strasse" OR "'}}, 0),
        ({"text": {"contains": "strasse", "notContains": "number"}}, 1),
        ({"text": {"contains": "strasse"}, "session": {"topic": {"eq": "Parcels"}}}, 8),
        ({"text": {"contains": "strasse"}, "session": {}}, 8),
        ({"text": {"contains": "strasse"}, "session": {"isArchived": True}}, 1),
        ({"text": {"contains": "strasse"}, "senderType": "AI_AGENT"}, 0),
        ({"session": {"search": {"query": "parcels"}}}, 9),
        ({}, 10),
    ],
)
async def test_messages_of_all_sessions_are_filtered(
    graphql: GraphQL, talk: None, filter: dict[str, Any], count: int
) -> None:
    page = data_of(await graphql(MESSAGES, {"filter": filter}))["messages"]

    assert (len(page["nodes"]), page["totalCount"]) == (count, count)


async def test_messages_come_in_pages_the_newest_arrival_first(
    graphql: GraphQL, talk: None
) -> None:
    filter = {"text": {"contains": "number"}}
    texts: list[str] = []
    cursor, more = None, True
    while more:
        arguments = {"filter": filter, "first": 3, "after": cursor}
        page = data_of(await graphql(MESSAGES, arguments))["messages"]
        texts += [node["text"] for node in page["nodes"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert texts == [f"Straße number {number}" for number in range(8, 0, -1)]


async def test_searching_messages_needs_the_right_to_read_them(
    viewer: Viewer, stranger: Viewer, graphql: GraphQL, talk: None
) -> None:
    reader = replace(viewer, scopes=READ - {Scope.MESSAGES_READ})
    masked = replace(viewer, scopes=READ - {Scope.PII_READ})
    by_email = {"session": {"contact": {"email": {"eq": "ada@example.com"}}}}

    assert errors_of(await graphql(MESSAGES, {"filter": {}}, by=reader))[0][0] == "FORBIDDEN"
    assert errors_of(await graphql(MESSAGES, {"filter": by_email}, by=masked))[0][0] == "FORBIDDEN"
    for filter in ({"text": {"contains": "strasse"}}, {"text": {"contains": "ok"}}, {}):
        page = data_of(await graphql(MESSAGES, {"filter": filter}, by=stranger))["messages"]
        assert page["nodes"] == []
