"""Changing messages, and messages that come after the end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import ActorType
from models.message import Message
from models.workspace import Workspace
from schema.node import global_id
from tests.conftest import GraphQL, data_of
from tests.reads.rows import Rows, minutes
from tests.writes.client import APPEND, END, append, error
from tests.writes.refused_writes import mutation

UPDATE = mutation(
    "messageUpdate",
    """message { text editedAt deletedAt deliveryStatus isMissingKnowledge metadata
      session { messageCount contactMessageCount hasMissingKnowledge version } }""",
)


@pytest.fixture
async def said(viewer: Viewer) -> list[Message]:
    """A question and an answer in a session that has ended."""
    rows = Rows(viewer)
    session = rows.ended(
        length=minutes(5), message_count=2, contact_message_count=1, first_response_ms=60_000
    )
    question = rows.message(session, 1, text="Is it vegan?")
    answer = rows.message(session, 2, text="I do not know.", sender_type=ActorType.AI_AGENT)
    await rows.save()
    return [question, answer]


async def update(graphql: GraphQL, message: Message, **given: Any) -> dict[str, Any]:
    """The message after an update without errors."""
    variables = {"input": {"id": global_id(message), **given}}
    payload = data_of(await graphql(UPDATE, variables))["messageUpdate"]
    assert payload["userErrors"] == []
    changed: dict[str, Any] = payload["message"]
    return changed


async def test_a_message_is_corrected_and_delivered(graphql: GraphQL, said: list[Message]) -> None:
    _question, answer = said
    delivered = await update(graphql, answer, deliveryStatus="READ", metadata={"a": 1})
    corrected = await update(graphql, answer, text="It is.", metadata=None)

    assert (delivered["deliveryStatus"], delivered["editedAt"]) == ("READ", None)
    assert (corrected["text"], corrected["metadata"]) == ("It is.", {})
    assert corrected["editedAt"] is not None


async def test_the_counters_follow_what_is_deleted_and_restored(
    graphql: GraphQL, said: list[Message]
) -> None:
    question, answer = said
    marked = await update(graphql, answer, isMissingKnowledge=True)
    deleted = await update(graphql, answer, deleted=True)
    also = await update(graphql, question, deleted=True)
    restored = await update(graphql, question, deleted=False)

    def counted(message: dict[str, Any]) -> tuple[int, int, bool]:
        session = message["session"]
        counts = session["messageCount"], session["contactMessageCount"]
        return *counts, session["hasMissingKnowledge"]

    assert counted(marked) == (2, 1, True)
    assert (deleted["text"], counted(deleted)) == (None, (1, 1, False))
    assert counted(also) == (0, 0, False)
    assert (restored["text"], counted(restored)) == ("Is it vegan?", (1, 1, False))


async def test_the_audit_trail_keeps_what_was_said(graphql: GraphQL, said: list[Message]) -> None:
    await update(graphql, said[0], text="Is it kosher?")

    query = "{ auditEntries(first: 1) { nodes { changes { field before after } } } }"
    (entry,) = data_of(await graphql(query))["auditEntries"]["nodes"]
    assert {
        "field": "messages.1.text",
        "before": "Is it vegan?",
        "after": "Is it kosher?",
    } in entry["changes"]


# ── reopening ─────────────────────────────────────────────────────────────────


@pytest.fixture
def reopening(viewer: Viewer) -> Viewer:
    """Somebody of a workspace whose sessions are reopened within an hour."""
    workspace: Workspace = viewer.workspace
    vars(workspace)["settings_json"] = {"reopen_window": 3600}
    return replace(viewer)


HISTORY = """query($id: ID!) { session(id: $id) {
  status activity endedAt duration analysisStatus messageCount
  statusHistory { from to reason } } }"""


async def ended(graphql: GraphQL, by: Viewer, at: datetime) -> str:
    """Id of a session that somebody wrote to and that ended then."""
    first = append("hi", messages=[{"senderType": "CONTACT", "sentAt": at.isoformat()}])
    opened = data_of(await graphql(APPEND, first, by=by))["messageAppend"]["session"]
    given = {"session": {"id": opened["id"]}, "endedAt": at.isoformat()}
    data_of(await graphql(END, {"input": given}, by=by))
    key: str = opened["id"]
    return key


async def test_a_message_within_the_window_reopens_the_session(
    graphql: GraphQL, reopening: Viewer
) -> None:
    session = await ended(graphql, reopening, datetime.now(UTC) - timedelta(minutes=30))

    routed = data_of(await graphql(APPEND, append("wait"), by=reopening))["messageAppend"]
    seen = data_of(await graphql(HISTORY, {"id": session}, by=reopening))["session"]

    assert (routed["session"]["id"], routed["sessionOpened"]) == (session, False)
    assert (seen["status"], seen["activity"], seen["endedAt"]) == ("ACTIVE", "LIVE", None)
    assert (seen["analysisStatus"], seen["messageCount"]) == ("PENDING", 2)
    assert seen["statusHistory"] == [
        {"from": None, "to": "ACTIVE", "reason": None},
        {"from": "ACTIVE", "to": "COMPLETED", "reason": "UNKNOWN"},
        {"from": "COMPLETED", "to": "ACTIVE", "reason": None},
    ]


async def test_after_the_window_a_new_session_is_opened(
    graphql: GraphQL, reopening: Viewer
) -> None:
    session = await ended(graphql, reopening, datetime.now(UTC) - timedelta(minutes=61))

    named = append("wait", session={"id": session})
    refused = data_of(await graphql(APPEND, named, by=reopening))["messageAppend"]
    routed = data_of(await graphql(APPEND, append("wait"), by=reopening))["messageAppend"]

    message = "The session has ended and takes no more messages."
    assert refused["userErrors"] == [error("SESSION_CLOSED", message, "input", "messages")]
    assert routed["sessionOpened"] is True
    assert routed["session"]["id"] != session


async def test_an_open_session_goes_before_one_to_be_reopened(
    graphql: GraphQL, reopening: Viewer
) -> None:
    now = datetime.now(UTC)
    await ended(graphql, reopening, now - timedelta(minutes=70))
    opened = data_of(await graphql(APPEND, append("new"), by=reopening))["messageAppend"]
    again = data_of(await graphql(APPEND, append("more"), by=reopening))["messageAppend"]

    assert (opened["sessionOpened"], again["session"]["id"]) == (True, opened["session"]["id"])
