"""What filters on the goals, visits, forms, scores, events, comments and messages find."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import GoalStatus, JourneyExitKind, SessionEventKind, ValueSource
from models.goal import Goal
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import data_of, global_id
from tests.reads.finding import Filter, Find, assert_found, finder
from tests.reads.rows import START, Rows, minutes


@pytest.fixture
def rows(viewer: Viewer) -> Rows:
    return Rows(viewer)


@pytest.fixture
def sessions(rows: Rows) -> dict[str, Session]:
    """Three bare sessions; `c` stays bare."""
    return {name: rows.session(external_id=name) for name in "abc"}


@pytest.fixture
def find(graphql: GraphQL) -> Find:
    return finder(graphql)


async def test_goals(rows: Rows, sessions: dict[str, Session], find: Find) -> None:
    book: Goal = rows.goal("book")
    pay = rows.goal("pay")
    rows.outcome(sessions["a"], book, status=GoalStatus.COMPLETED, completed_at=START)
    rows.outcome(sessions["a"], pay)
    rows.outcome(sessions["b"], pay)
    await rows.save()

    await assert_found(
        find,
        {
            "a": [
                {"goals": {"some": {"status": "COMPLETED"}}},
                {"goals": {"some": {"goalId": global_id(book)}}},
                {"goals": {"some": {"completedAt": {"gte": "2026-03-01T12:00:00Z"}}}},
                {"goals": {"some": {"key": "book", "status": "COMPLETED"}}},
            ],
            "b": [{"goals": {"none": {"status": "COMPLETED"}, "isEmpty": False}}],
            "bc": [{"goals": {"none": {"status": "COMPLETED"}}}],
            "ab": [{"goals": {"some": {"key": "pay"}}}, {"goals": {"isEmpty": False}}],
            "c": [{"goals": {"isEmpty": True}}, {"goals": {"none": {}}}],
            "": [{"goals": {"some": {"key": "pay", "status": "COMPLETED"}}}],
            "abc": [
                {"goals": {"none": {"key": "pay", "status": "COMPLETED"}}},
                {"goals": {"none": {"completedAt": {"lt": "2026-03-01T12:00:00Z"}}}},
                {"goals": {}},
            ],
        },
    )


async def test_journeys(rows: Rows, sessions: dict[str, Session], find: Find) -> None:
    hello, offer = rows.block("hello"), rows.block("offer")
    rows.visit(sessions["a"], hello, 1, exit_kind=JourneyExitKind.ADVANCED)
    rows.visit(sessions["a"], offer, 2, exit_kind=JourneyExitKind.DROPPED, is_last=True)
    rows.visit(sessions["b"], hello, 1, is_last=True)
    await rows.save()

    await assert_found(
        find,
        {
            "ab": [{"journey": {"some": {"key": "hello"}}}],
            "a": [
                {"journey": {"some": {"blockId": global_id(offer)}}},
                {"journey": {"some": {"key": "offer", "exitKind": "DROPPED"}}},
                {"journey": {"some": {"key": "hello", "isLast": False}}},
            ],
            "b": [{"journey": {"some": {"key": "hello", "isLast": True}}}],
            "bc": [{"journey": {"none": {"exitKind": "DROPPED"}}}],
            "c": [{"journey": {"none": {}}}],
            "": [{"journey": {"some": {"key": "hello", "exitKind": "DROPPED"}}}],
        },
    )


async def test_forms(rows: Rows, sessions: dict[str, Session], find: Find) -> None:
    lead, survey = rows.form("lead"), rows.form("survey")
    rows.submission(sessions["a"], lead)
    rows.submission(sessions["a"], survey)
    rows.submission(sessions["b"], survey)
    await rows.save()

    await assert_found(
        find,
        {
            "a": [{"forms": {"some": {"key": "lead"}}}],
            "ab": [
                {"forms": {"some": {"formId": global_id(survey)}}},
                {"forms": {"isEmpty": False}},
            ],
            "bc": [{"forms": {"none": {"key": "lead"}}}],
            "c": [{"forms": {"isEmpty": True}}],
            "": [{"forms": {"some": {"key": "lead", "formId": global_id(survey)}}}],
        },
    )


async def test_scores(rows: Rows, sessions: dict[str, Session], find: Find) -> None:
    rows.score(sessions["a"], "csat", value=4.5, source=ValueSource.PROVIDER)
    rows.score(sessions["a"], "tone", label="Warm")
    rows.score(sessions["b"], "csat", value=2, label="cold")
    await rows.save()

    await assert_found(
        find,
        {
            "a": [
                {"scores": {"some": {"name": "csat", "value": {"gt": 4}}}},
                {"scores": {"some": {"name": "tone", "label": {"contains": "WARM"}}}},
                {"scores": {"some": {"name": "csat", "source": "PROVIDER"}}},
                {"scores": {"some": {"name": "csat", "label": {"isNull": True}}}},
            ],
            "ab": [{"scores": {"some": {"name": "csat"}}}],
            "bc": [
                {"scores": {"none": {"name": "tone"}}},
                {"scores": {"none": {"name": "csat", "value": {"gte": 4.5}}}},
            ],
            "": [{"scores": {"some": {"name": "tone", "value": {"lt": 99}}}}],
        },
    )


async def test_events(rows: Rows, sessions: dict[str, Session], find: Find) -> None:
    rows.event(sessions["a"], SessionEventKind.HANDOFF_REQUESTED)
    rows.event(sessions["a"], SessionEventKind.CUSTOM, name="upsell", at=START + minutes(9))
    rows.event(sessions["b"], SessionEventKind.CUSTOM, name="survey")
    await rows.save()

    await assert_found(
        find,
        {
            "a": [
                {"events": {"some": {"kind": "HANDOFF_REQUESTED"}}},
                {"events": {"some": {"kind": "CUSTOM", "name": "upsell"}}},
                {"events": {"some": {"kind": "CUSTOM", "at": {"gt": "2026-03-01T12:00:00Z"}}}},
            ],
            "ab": [{"events": {"some": {"kind": "CUSTOM"}}}],
            "bc": [{"events": {"none": {"name": "upsell"}}}],
            "c": [{"events": {"none": {}}}],
            "": [{"events": {"some": {"at": {"last": "P1D"}}}}],
        },
    )


async def test_comments_are_asked_for_any_of_them(
    rows: Rows, sessions: dict[str, Session], find: Find
) -> None:
    rows.comment(sessions["a"], "Call back")
    rows.comment(sessions["a"], "Done")
    rows.comment(sessions["b"], "done")
    await rows.save()

    await assert_found(
        find,
        {
            "a": [{"comment": {"contains": "CALL"}}, {"comment": {"eq": "Done"}}],
            "ab": [{"comment": {"contains": "done"}}, {"comment": {"isNull": False}}],
            "b": [{"not": {"comment": {"contains": "call"}}}, {"comment": {"eq": "done"}}],
            "c": [{"comment": {"isNull": True}}, {"not": {"comment": {"isNull": False}}}],
            "": [
                {"comment": {"contains": "call", "startsWith": "do"}},
                {"comment": {"isNull": True, "contains": "call"}},
                {"comment": {"in": []}},
            ],
            "abc": [{"comment": {}}],
        },
    )


async def test_messages_are_asked_for_what_any_of_them_shows(
    rows: Rows, sessions: dict[str, Session], find: Find
) -> None:
    rows.message(sessions["a"], 1, text="Where is my Straße?")
    rows.message(sessions["a"], 2, text="secret", deleted_at=START)
    rows.message(sessions["b"], 1, text=None)
    await rows.save()

    await assert_found(
        find,
        {
            "a": [
                {"messageText": {"contains": "STRASSE"}},
                {"messageText": {"notContains": "secret"}},
                {"not": {"messageText": {"contains": "secret"}}},
                {"messageText": {"isNull": False}},
            ],
            "": [{"messageText": {"contains": "secret"}}],
            "bc": [{"messageText": {"isNull": True}}],
        },
    )


MESSAGES = """
query ($id: ID!, $filter: MessageFilter) {
  session(id: $id) { messages(filter: $filter) { nodes { text } totalCount } }
}
"""


async def test_messages_can_be_asked_for_their_session(
    rows: Rows, sessions: dict[str, Session], graphql: GraphQL
) -> None:
    sessions["b"].is_archived = True
    for name in "ab":
        rows.message(sessions[name], 1, text=f"of {name}")
    await rows.save()

    async def texts(name: str, session: Filter) -> list[str]:
        variables = {"id": global_id(sessions[name]), "filter": {"session": session}}
        found: Any = data_of(await graphql(MESSAGES, variables))["session"]["messages"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["text"] for node in found["nodes"]]

    assert await texts("a", {"isOpen": True}) == ["of a"]
    assert await texts("a", {"contact": {"name": {"eq": "Ada Lovelace"}}}) == ["of a"]
    assert await texts("a", {"isOpen": False}) == []
    assert await texts("b", {}) == []
    assert await texts("b", {"isArchived": True}) == ["of b"]
