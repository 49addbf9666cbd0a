"""Filters that are composed with a stored view."""

from dataclasses import replace
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import CustomFieldType
from models.global_id import encode_id
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of, global_id
from tests.reads.finding import QUERY, Find, assert_found, assert_refused, finder
from tests.reads.rows import Rows


@pytest.fixture
def rows(viewer: Viewer) -> Rows:
    """Of `a` to `d`, `b` and `d` are tests, `c` and `d` are archived."""
    rows = Rows(viewer)
    for name in "abcd":
        rows.session(external_id=name, is_test=name in "bd", is_archived=name in "cd")
    return rows


@pytest.fixture
def find(graphql: GraphQL) -> Find:
    return finder(graphql)


def composed(view: Any, **further: Any) -> dict[str, Any]:
    """A filter that names the view."""
    return {"savedViewId": global_id(view), **further}


async def test_the_stored_filter_must_match_too(rows: Rows, find: Find) -> None:
    tests = rows.view({"isTest": True})
    archived = rows.view({"isArchived": True, "not": None})
    await rows.save()

    await assert_found(
        find,
        {
            "b": [composed(tests), composed(tests, isOpen=True)],
            "a": [{"not": composed(tests)}],
            "ab": [{"or": [composed(tests), {"isTest": False}]}],
            "": [composed(tests, isTest=False)],
            "cd": [composed(archived)],
            "d": [{"and": [composed(archived), composed(tests)]}],
            "bd": [composed(tests, **{"or": [{"isArchived": True}, {"isArchived": False}]})],
        },
    )


async def test_a_view_may_ask_for_custom_fields(rows: Rows, find: Find) -> None:
    session = rows.session(external_id="e")
    rows.value(session, rows.field("seats", type=CustomFieldType.NUMBER), number=3.0)
    view = rows.view({"customFields": [{"key": "seats", "number": {"gt": 2}}]})
    await rows.save()

    assert await find(composed(view)) == "e"


async def test_views_are_read_in_one_statement_however_many_there_are(
    rows: Rows, viewer: Viewer, find: Find
) -> None:
    views = [rows.view({"isTest": value}) for value in (True, False)]
    await rows.save()
    statements: list[str] = []
    viewer.database.on_statement = statements.append
    await find({"or": [composed(view) for view in views]})
    viewer.database.on_statement = None

    assert len([sql for sql in statements if "saved_view" in sql]) == 1


async def test_a_view_of_nobody_of_others_or_of_another_workspace_is_refused_alike(
    rows: Rows, viewer: Viewer, stranger: Viewer, graphql: GraphQL
) -> None:
    private = rows.view({}, owner="somebody else")
    shared = rows.view({}, owner="somebody else", is_shared=True)
    await rows.save()
    theirs = Rows(stranger)
    foreign = theirs.view({}, is_shared=True)
    await theirs.save()
    message = "filter.not.savedViewId: There is no such saved view."

    for view_id in (global_id(private), global_id(foreign), encode_id("SavedView", 1)):
        await assert_refused(graphql, {message: {"not": {"savedViewId": view_id}}})
    assert await finder(graphql)(composed(shared)) == "ab"


async def test_views_do_not_nest(rows: Rows, graphql: GraphQL) -> None:
    inner = rows.view({})
    outer = rows.view({"and": [composed(inner)]})
    itself = rows.view({})
    itself.filter_json = composed(itself)
    await rows.save()
    message = "filter.savedViewId: This saved view names another one; views do not nest."

    await assert_refused(graphql, {message: composed(outer)})
    await assert_refused(graphql, {message: composed(itself)})


async def test_what_a_view_has_stored_is_checked_like_what_is_given(
    rows: Rows, graphql: GraphQL
) -> None:
    unknown = rows.view({"colour": "red"})
    no_filter = rows.view(["isTest"])
    misfit = rows.view({"customFields": [{"key": "gone", "isSet": True}]})
    long = rows.view({"and": [{"isTest": True}] * 150})
    deep = rows.view(_nested(12))
    await rows.save()
    at = "filter.savedViewId"

    await assert_refused(
        graphql,
        {
            f"{at}: The saved view no longer fits: There is no such field.": composed(unknown),
            f"{at}.customFields[0].key: There is no custom field 'gone' of a session.": composed(
                misfit
            ),
            "`filter` has at most 200 terms, not 210.": composed(
                long, **{"or": [{"isTest": True}] * 60}
            ),
            "`filter` nests at most 20 levels deep.": {"and": [{"not": _under(9, composed(deep))}]},
        },
    )
    answer = errors_of(await graphql(QUERY, {"filter": composed(no_filter)}))
    assert [code for code, _ in answer] == ["BAD_USER_INPUT"]


def _nested(levels: int) -> dict[str, Any]:
    return _under(levels - 1, {"isTest": True})


def _under(levels: int, filter: dict[str, Any]) -> dict[str, Any]:
    for _ in range(levels):
        filter = {"not": filter}
    return filter


async def test_a_view_does_not_reveal_what_the_viewer_may_not_read(
    rows: Rows, viewer: Viewer, graphql: GraphQL
) -> None:
    view = rows.view({"messageText": {"contains": "secret"}}, is_shared=True)
    await rows.save()
    scopes = viewer.scopes - {scope for scope in viewer.scopes if scope != "SESSIONS_READ"}

    answer = await graphql(QUERY, {"filter": composed(view)}, by=replace(viewer, scopes=scopes))

    assert errors_of(answer) == [("FORBIDDEN", "This needs the scope MESSAGES_READ.")]


async def test_a_cursor_ends_with_the_filter_that_the_view_had(
    rows: Rows, viewer: Viewer, graphql: GraphQL
) -> None:
    view = rows.view({"isTest": False})
    await rows.save()
    page = """
    query ($filter: SessionFilter, $after: String) {
      sessions(filter: $filter, first: 1, after: $after) { pageInfo { endCursor } }
    }
    """
    found = data_of(await graphql(page, {"filter": composed(view)}))["sessions"]
    after = found["pageInfo"]["endCursor"]
    async with viewer.database.transaction() as transaction:
        view.filter_json = {"isTest": True}
        await transaction.update(view, "filter_json")

    changed = await graphql(page, {"filter": composed(view), "after": after})

    assert [code for code, _ in errors_of(changed)] == ["INVALID_CURSOR"]
