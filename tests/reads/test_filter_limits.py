"""The limits of filters: nesting, terms and lists; within them, everything compiles and runs."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import CustomFieldType
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of
from tests.reads.finding import QUERY, assert_refused, finder
from tests.reads.rows import Rows

Given = dict[str, Any]
DEEPEST: list[Given] = [
    {"isTest": True},
    {"labels": {"every": {"name": {"contains": "x"}}}},
    {"contact": {"labels": {"some": {"name": {"eq": "x"}}}}},
    {"messageText": {"contains": "x", "isNull": False}},
    {"metadata": [{"path": "a.b.c.d", "text": {"notContains": "x", "neq": "y"}}]},
    {"contact": {"metadata": [{"path": "a", "number": {"gt": 1, "lt": 2}}]}},
    {"customFields": [{"key": "colors", "hasAll": ["x"]}, {"key": "colors", "hasAny": ["y"]}]},
    {"lengthClass": {"in": ["SHORT", "REGULAR", "LONG"]}},
    {"activeDuring": {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}},
    {"journey": {"none": {"key": "x", "isLast": True}}, "goals": {"isEmpty": True}},
]


def nested(levels: int, filter: Given, also: Given | None = None) -> Given:
    """The filter at so many levels, among others at each."""
    others = [] if also is None else [also]
    for level in range(levels - 1):
        if also is None or level % 3 == 2:
            filter = {"not": filter}
        else:
            filter = {"and" if level % 3 else "or": [*others, filter]}
    return filter


@pytest.mark.parametrize("filter", DEEPEST, ids="-".join)
async def test_every_field_works_at_the_deepest_level(
    viewer: Viewer, graphql: GraphQL, filter: Given
) -> None:
    rows = Rows(viewer)
    rows.field("colors", type=CustomFieldType.MULTI_SELECT)
    rows.session(external_id="a")
    await rows.save()
    find = finder(graphql)

    assert await find(nested(20, filter)) in {"", "a"}
    assert await find(nested(20, filter, {"isTest": True})) in {"", "a"}
    assert await find(nested(16, filter, filter)) in {"", "a"}


@pytest.mark.parametrize("levels", [21, 40])
async def test_nesting_is_limited(graphql: GraphQL, levels: int) -> None:
    message = "`filter` nests at most 20 levels deep."
    await assert_refused(graphql, {message: nested(levels, {"isTest": True})})
    await assert_refused(graphql, {message: {"contact": nested(levels, {"isBlocked": True})}})


@pytest.mark.parametrize("also", [None, {"isTest": True}])
@pytest.mark.parametrize("levels", [200, 1000])
async def test_nesting_without_end_is_refused(
    graphql: GraphQL, levels: int, also: Given | None
) -> None:
    """By whoever counts first: us, pydantic, or graphql-core."""
    filter = nested(levels, {"isTest": True}, also)

    answer = errors_of(await graphql(QUERY, {"filter": filter}))

    assert len(answer) == 1
    assert answer[0] in {
        ("BAD_USER_INPUT", "`filter` nests at most 20 levels deep."),
        ("BAD_USER_INPUT", "It nests too deeply"),
        ("BAD_USER_INPUT", "Recursion error - cyclic reference detected"),
        ("GRAPHQL_VALIDATION_FAILED", "Variable values are nested too deeply."),
    }


async def test_terms_are_limited_wherever_they_stand(graphql: GraphQL) -> None:
    match = {"some": {"key": "x", "status": "COMPLETED"}}
    path = {"path": "a", "text": {"eq": "x"}}
    message = "`filter` has at most 200 terms, not 201."

    assert await finder(graphql)({"or": [{"goals": match}] * 100}) == ""
    await assert_refused(graphql, {message: {"or": [{"goals": match}] * 100, "isTest": True}})
    await assert_refused(graphql, {message: {"metadata": [path] * 100, "isTest": True}})


async def test_lists_are_limited(graphql: GraphQL) -> None:
    too_many = ["x"] * 1001
    for filter in (
        {"summary": {"in": too_many}},
        {"not": {"endReason": {"in": ["ERROR"] * 1001}}},
        {"customFields": [{"key": "k", "hasAny": too_many}]},
    ):
        answer = errors_of(await graphql(QUERY, {"filter": filter}))
        assert answer == [
            (
                "BAD_USER_INPUT",
                "List should have at most 1000 items after validation, not 1001",
            )
        ]
    assert await finder(graphql)({"summary": {"in": too_many[:1000]}}) == ""


async def test_a_pattern_that_folding_makes_enormous_is_refused(graphql: GraphQL) -> None:
    greeting = "\ufdfa" * 10_000

    await assert_refused(
        graphql,
        {
            "filter.topic.contains: This text is too long.": {"topic": {"contains": greeting}},
            "filter.comment.startsWith: This text is too long.": {
                "comment": {"startsWith": greeting}
            },
        },
    )


async def test_a_search_for_contacts_that_folding_makes_enormous_is_refused(
    graphql: GraphQL,
) -> None:
    answer = await graphql(
        "query ($search: String) { contacts(search: $search) { totalCount } }",
        {"search": "\ufdfa" * 10_000},
    )

    assert errors_of(answer) == [("BAD_USER_INPUT", "`search`: This text is too long.")]


async def test_a_filter_without_names_costs_no_further_statement(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    rows.field("note")
    await rows.save()
    statements: list[str] = []
    query = "query ($filter: SessionFilter) { sessions(filter: $filter) { nodes { id } } }"
    viewer.database.on_statement = statements.append
    data_of(await graphql(query, {"filter": {"topic": {"eq": "x"}}}))
    plain = len(statements)
    named = [{"customFields": [{"key": "note", "isSet": value}]} for value in (True, False)]
    data_of(await graphql(query, {"filter": {"or": named}}))
    viewer.database.on_statement = None

    assert (plain, len(statements) - plain) == (1, 2)
