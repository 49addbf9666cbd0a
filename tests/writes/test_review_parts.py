"""What reviewers add to a session, and what is refused; messages and sessions that are no more."""

from collections.abc import Iterator
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import Scope, SessionEventKind, ValueSource
from models.global_id import encode_id
from models.knowledge_gap import KnowledgeGap
from schema.node import global_id
from tests.conftest import GraphQL, data_of
from tests.writes.refused_writes import Refusal, assert_refused, mutation, payload_of, refusal
from tests.writes.reviewed import World, updated
from tests.writes.rows import row_counts


@pytest.fixture
async def world(viewer: Viewer) -> World:
    made = World(viewer)
    await made.rows.save()
    return made


COMMENT = "comment { id body author editedAt } session { latestComment { body } }"


async def test_a_comment_is_added_changed_and_deleted(graphql: GraphQL, world: World) -> None:
    given = {"sessionId": world.id, "body": "Call back."}
    added = data_of(await graphql(mutation("sessionCommentAdd", COMMENT), {"input": given}))
    comment = added["sessionCommentAdd"]["comment"]
    change = {"id": comment["id"], "body": "Called back."}
    changed = data_of(await graphql(mutation("sessionCommentUpdate", COMMENT), {"input": change}))
    gone = {"id": comment["id"]}
    deleted = data_of(await graphql(mutation("sessionCommentDelete", "deletedId"), {"input": gone}))

    assert (comment["body"], comment["author"], comment["editedAt"]) == (
        "Call back.",
        "tester",
        None,
    )
    assert changed["sessionCommentUpdate"]["session"]["latestComment"] == {"body": "Called back."}
    assert changed["sessionCommentUpdate"]["comment"]["editedAt"] is not None
    assert deleted["sessionCommentDelete"]["deletedId"] == comment["id"]
    assert await found(graphql, "Called back") == []


async def found(graphql: GraphQL, words: str) -> list[str]:
    """Ids of the sessions that a search in comments finds."""
    query = """query($words: String!) {
      sessions(filter: {search: {query: $words, in: [COMMENT]}}) { nodes { id } } }"""
    nodes = data_of(await graphql(query, {"words": words}))["sessions"]["nodes"]
    return [node["id"] for node in nodes]


async def test_a_comment_is_changed_by_its_author_or_an_administrator(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    theirs = world.rows.comment(world.session, "Mine.", author="somebody else")
    await world.rows.save()
    reviewer = Viewer(viewer.database, viewer.workspace, "reviewer", viewer.scopes - {Scope.ADMIN})
    message = "Only its author and administrators may change a comment."

    for name, more in (("sessionCommentUpdate", {"body": "Yours."}), ("sessionCommentDelete", {})):
        case = refusal(name, {"id": global_id(theirs), **more}, "FORBIDDEN", message, "id")
        await assert_refused(graphql, reviewer, [case])
    given = {"id": global_id(theirs), "body": "Ours."}
    changed = data_of(await graphql(mutation("sessionCommentUpdate", COMMENT), {"input": given}))
    assert changed["sessionCommentUpdate"]["comment"]["author"] == "somebody else"


async def test_a_score_is_recorded_with_its_author(graphql: GraphQL, world: World) -> None:
    score: dict[str, Any] = {"name": "csat", "value": 4.5, "comment": "Friendly."}
    given = {"session": {"id": world.id}, "score": score}
    selection = "session { scores { name value label comment source author } }"
    answer = data_of(await graphql(mutation("sessionScoreRecord", selection), {"input": given}))

    assert answer["sessionScoreRecord"]["session"]["scores"] == [
        {**score, "label": None, "source": "HUMAN", "author": "tester"}
    ]


GAPS = "session { hasMissingKnowledge knowledgeGaps { question resolution resolvedAt } }"


async def test_a_gap_is_resolved_by_its_question_or_by_the_message_that_shows_it(
    graphql: GraphQL, world: World
) -> None:
    rows = world.rows
    message = rows.message(world.session, 1, is_missing_knowledge=True, text="Is it vegan?")
    question = {"session_id": world.session.id, "source": ValueSource.API}
    rows.add(KnowledgeGap, question="Is it vegan?", **question)
    await rows.save()

    given: dict[str, Any] = {
        "sessionId": world.id,
        "question": "Is it vegan?",
        "resolution": "Yes.",
    }
    half = data_of(await graphql(mutation("knowledgeGapResolve", GAPS), {"input": given}))
    given = {"sessionId": world.id, "question": "And kosher?", "messageId": global_id(message)}
    whole = data_of(await graphql(mutation("knowledgeGapResolve", GAPS), {"input": given}))

    session = half["knowledgeGapResolve"]["session"]
    assert session["hasMissingKnowledge"] is True  # the message is still marked
    assert [gap["resolution"] for gap in session["knowledgeGaps"]] == ["Yes."]
    session = whole["knowledgeGapResolve"]["session"]
    assert session["hasMissingKnowledge"] is False
    questions = {gap["question"] for gap in session["knowledgeGaps"]}
    assert questions == {"Is it vegan?", "And kosher?"}
    assert all(gap["resolvedAt"] for gap in session["knowledgeGaps"])


def other_refusals(world: World) -> Iterator[Refusal]:
    there, nothing = world.id, encode_id("Session", 1)
    gone = ("NOT_FOUND", "There is no such session.")
    comment = {"sessionId": nothing, "body": "x"}
    yield refusal("sessionCommentAdd", comment, *gone, "sessionId")
    blank = {"sessionId": there, "body": " \n"}
    message = "a text has something to read"
    yield refusal("sessionCommentAdd", blank, "INVALID", message, "body")
    long = {"sessionId": there, "body": "x" * 10_001}
    message = "String should have at most 10000 characters"
    yield refusal("sessionCommentAdd", long, "TOO_LONG", message, "body")
    unknown = ("NOT_FOUND", "There is no such comment.")
    for name, more in (("sessionCommentUpdate", {"body": "x"}), ("sessionCommentDelete", {})):
        yield refusal(name, {"id": encode_id("Comment", 1), **more}, *unknown, "id")
    score: dict[str, Any] = {"session": {"id": there}, "score": {"name": "csat"}}
    message = "A score has a value or a label."
    yield refusal("sessionScoreRecord", score, "REQUIRED", message, "score", "value")
    score = {"session": {"id": nothing}, "score": {"name": "csat", "value": 1}}
    yield refusal("sessionScoreRecord", score, *gone, "session")
    gap = {"sessionId": there, "question": "What?"}
    message = "The session has no gap of this question."
    yield refusal("knowledgeGapResolve", gap, "NOT_FOUND", message, "question")
    elsewhere = {**gap, "messageId": encode_id("Message", 1)}
    message = "The session has no such message."
    yield refusal("knowledgeGapResolve", elsewhere, "NOT_FOUND", message, "messageId")
    yield refusal("knowledgeGapResolve", {**gap, "sessionId": nothing}, *gone, "sessionId")
    yield refusal("sessionDelete", {"id": nothing}, *gone, "id")
    message = "There is no such message."
    yield refusal("messageUpdate", {"id": encode_id("Message", 1)}, "NOT_FOUND", message, "id")
    given: dict[str, Any] = {"id": encode_id("Message", 1), "deleted": None}
    yield refusal("messageUpdate", given, "REQUIRED", "This cannot be null", "deleted")


async def test_what_the_other_mutations_refuse_they_refuse_whole(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    await assert_refused(graphql, viewer, other_refusals(world))


async def test_nothing_of_another_workspace_can_be_written(
    graphql: GraphQL, world: World, viewer: Viewer, stranger: Viewer
) -> None:
    message = world.rows.message(world.session, 1)
    comment = world.rows.comment(world.session, "Mine.")
    await world.rows.save()
    cases: list[tuple[str, dict[str, Any]]] = [
        ("sessionUpdate", {"id": world.id, "isDone": True}),
        ("sessionCommentAdd", {"sessionId": world.id, "body": "x"}),
        ("sessionCommentUpdate", {"id": global_id(comment), "body": "x"}),
        ("sessionCommentDelete", {"id": global_id(comment)}),
        ("sessionScoreRecord", {"session": {"id": world.id}, "score": {"name": "a", "value": 1}}),
        ("knowledgeGapResolve", {"sessionId": world.id, "question": "x"}),
        ("sessionDelete", {"id": world.id}),
        ("messageUpdate", {"id": global_id(message), "text": "x"}),
        ("sessionsBulkUpdate", {"target": {"ids": [world.id]}, "patch": {"isDone": True}}),
    ]

    for name, given in cases:
        payload = await payload_of(graphql, mutation(name), given, by=stranger)
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"], name


async def test_a_deleted_session_is_gone_with_everything_of_it(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    world.rows.message(world.session, 1)
    world.rows.event(world.session, SessionEventKind.CONNECTED)
    await world.rows.save()
    await updated(graphql, world, topic="Refund", addLabels=["Urgent"])

    deleted = data_of(
        await graphql(mutation("sessionDelete", "deletedId"), {"input": {"id": world.id}})
    )["sessionDelete"]

    assert (deleted["deletedId"], deleted["userErrors"]) == (world.id, [])
    left = await row_counts(viewer)
    parts = ("session", "message", "session_event", "session_label")
    assert [left[part] for part in parts] == [1, 0, 0, 0]
    values = (
        'SELECT COUNT(*) FROM "change_value"'
        ' WHERE id IN (SELECT id FROM "change" c WHERE c.entity_id = ?)'
    )
    assert (await viewer.fetch(values, (world.session.id,)))[0][0] == 0
