"""Start, append, record and end, as clients call them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import Scope
from models.global_id import encode_id
from tests.conftest import GraphQL, data_of
from tests.writes.client import APPEND, END, INGEST, RECORD, START, append, error, start
from tests.writes.documents import document
from tests.writes.rows import row_counts


def needed(name: str) -> str:
    return f"Without `session`, `{name}` is needed to route the messages."


async def data(
    graphql: GraphQL, query: str, variables: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """The payload of a mutation."""
    payload: dict[str, Any] = next(iter(data_of(await graphql(query, variables, **more)).values()))
    return payload


async def test_a_started_session_is_active_and_live(graphql: GraphQL) -> None:
    answer = await data(graphql, START, start(externalId="s-1", topic="Refund"))

    assert answer["userErrors"] == []
    assert answer["isReplay"] is False
    assert answer["changeCursor"] is not None
    session = answer["session"]
    assert (session["status"], session["activity"], session["topic"]) == (
        "ACTIVE",
        "LIVE",
        "Refund",
    )


async def test_starting_it_again_with_equal_fields_is_a_replay(
    graphql: GraphQL, viewer: Viewer
) -> None:
    first = await data(graphql, START, start(externalId="s-1", topic="Refund"))
    before = await row_counts(viewer)

    again = await data(graphql, START, start(externalId="s-1", topic="Refund"))

    assert again["session"]["id"] == first["session"]["id"]
    assert (again["isReplay"], again["changeCursor"]) == (True, None)
    assert await row_counts(viewer) == before


async def test_starting_it_with_other_fields_is_taken(graphql: GraphQL, viewer: Viewer) -> None:
    await data(graphql, START, start(externalId="s-1", topic="Refund"))
    before = await row_counts(viewer)

    answer = await data(graphql, START, start(externalId="s-1", topic="Delivery"))

    message = "Another session of this source has the externalId."
    assert answer["userErrors"] == [error("TAKEN", message, "input", "externalId")]
    assert answer["session"] is None
    assert await row_counts(viewer) == before


async def test_the_first_message_opens_a_session_and_the_next_one_finds_it(
    graphql: GraphQL,
) -> None:
    first = await data(graphql, APPEND, append("hi"))
    second = await data(graphql, APPEND, append("are you there?"))

    assert (first["sessionOpened"], second["sessionOpened"]) == (True, False)
    assert first["session"]["id"] == second["session"]["id"]
    assert [m["sequence"] for m in first["messages"] + second["messages"]] == [1, 2]
    assert second["session"]["messageCount"] == 2


async def test_another_channel_or_contact_gets_a_session_of_its_own(graphql: GraphQL) -> None:
    web = await data(graphql, APPEND, append())
    sms = await data(graphql, APPEND, append(channelType="SMS"))
    other = await data(graphql, APPEND, append(contact={"externalId": "c-2"}))

    assert len({answer["session"]["id"] for answer in (web, sms, other)}) == 3


async def test_a_message_routed_after_the_end_opens_a_new_session(graphql: GraphQL) -> None:
    first = await data(graphql, APPEND, append())
    await data(graphql, END, {"input": {"session": {"id": first["session"]["id"]}}})

    second = await data(graphql, APPEND, append("one more thing"))

    assert second["sessionOpened"] is True
    assert second["session"]["id"] != first["session"]["id"]


async def test_a_message_addressed_to_a_closed_session_is_refused(
    graphql: GraphQL, viewer: Viewer
) -> None:
    first = await data(graphql, APPEND, append())
    session = {"id": first["session"]["id"]}
    await data(graphql, END, {"input": {"session": session}})
    before = await row_counts(viewer)

    answer = await data(
        graphql, APPEND, {"input": {"session": session, "messages": [{"senderType": "CONTACT"}]}}
    )

    message = "The session has ended and takes no more messages."
    assert answer["userErrors"] == [error("SESSION_CLOSED", message, "input", "messages")]
    assert (answer["session"], answer["messages"]) == (None, [])
    assert await row_counts(viewer) == before


async def test_a_known_message_is_not_repeated(graphql: GraphQL, viewer: Viewer) -> None:
    messages = [{"senderType": "CONTACT", "text": "hi", "externalId": "wamid.1"}]
    first = await data(graphql, APPEND, append(messages=messages))
    before = await row_counts(viewer)

    again = await data(graphql, APPEND, append(messages=messages))

    assert again["messages"] == first["messages"]
    assert (again["isReplay"], again["sessionOpened"], again["changeCursor"]) == (True, False, None)
    assert await row_counts(viewer) == before


async def test_a_retry_that_arrives_after_the_end_opens_nothing(
    graphql: GraphQL, viewer: Viewer
) -> None:
    messages = [{"senderType": "CONTACT", "text": "hi", "externalId": "wamid.1"}]
    first = await data(graphql, APPEND, append(messages=messages))
    await data(graphql, END, {"input": {"session": {"id": first["session"]["id"]}}})
    before = await row_counts(viewer)

    again = await data(graphql, APPEND, append(messages=messages))

    assert (again["isReplay"], again["session"]["id"]) == (True, first["session"]["id"])
    assert await row_counts(viewer) == before


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        (
            {"messages": [{"senderType": "CONTACT"}]},
            [
                error("REQUIRED", needed("contact"), "input", "contact"),
                error("REQUIRED", needed("channelType"), "input", "channelType"),
            ],
        ),
        (
            {"session": {"external": {"externalId": "x"}}, "messages": [{"senderType": "CONTACT"}]},
            [error("NOT_FOUND", "There is no such session.", "input", "session")],
        ),
        (
            {"session": {"id": "nonsense"}, "messages": [{"senderType": "CONTACT"}]},
            [error("INVALID", "'nonsense' is not an id of this API.", "input", "session", "id")],
        ),
    ],
)
async def test_messages_that_lead_nowhere_are_refused(
    graphql: GraphQL, viewer: Viewer, given: dict[str, Any], errors: list[Any]
) -> None:
    before = await row_counts(viewer)

    answer = await data(graphql, APPEND, {"input": given})

    assert answer["userErrors"] == errors
    assert await row_counts(viewer) == before


async def test_text_beyond_the_limit_is_refused_with_its_path(
    graphql: GraphQL, viewer: Viewer
) -> None:
    before = await row_counts(viewer)

    answer = await data(graphql, APPEND, append("x" * 65_537))

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [
        ("TOO_LONG", ["input", "messages", "0", "text"])
    ]
    assert await row_counts(viewer) == before


async def test_events_advance_goals_journeys_and_handoffs(graphql: GraphQL) -> None:
    session = {"id": (await data(graphql, START, start()))["session"]["id"]}
    events = [
        {"kind": "JOURNEY_BLOCK_ENTERED", "journeyBlockKey": "quote"},
        {"kind": "GOAL_TRIGGERED", "goalKey": "book"},
        {"kind": "HANDOFF_REQUESTED"},
        {"kind": "HANDOFF_ACCEPTED", "agent": {"name": "Ana", "kind": "HUMAN_AGENT"}},
        {"kind": "GOAL_COMPLETED", "goalKey": "book"},
        {"kind": "JOURNEY_BLOCK_EXITED", "journeyBlockKey": "quote", "exitKind": "ENDED"},
    ]

    answer = await data(graphql, RECORD, {"input": {"session": session, "events": events}})

    written = answer["session"]
    assert written["goals"] == [{"goal": {"key": "book"}, "status": "COMPLETED"}]
    assert written["journey"] == [{"block": {"key": "quote"}, "exitKind": "ENDED"}]
    assert written["handoffs"] == [{"kind": "HANDOFF_REQUESTED"}, {"kind": "HANDOFF_ACCEPTED"}]
    assert written["handledBy"] == "HUMAN_ONLY"


async def test_known_events_are_not_repeated(graphql: GraphQL, viewer: Viewer) -> None:
    session = {"id": (await data(graphql, START, start()))["session"]["id"]}
    given = {"input": {"session": session, "events": [{"kind": "CONNECTED", "externalId": "e-1"}]}}
    await data(graphql, RECORD, given)
    before = await row_counts(viewer)

    again = await data(graphql, RECORD, given)

    assert (again["isReplay"], again["changeCursor"]) == (True, None)
    assert await row_counts(viewer) == before


async def test_ending_writes_the_outcome_and_its_history(graphql: GraphQL) -> None:
    opened = await data(graphql, START, start(startedAt="2026-01-01T12:00:00Z"))
    session = {"id": opened["session"]["id"]}
    given = {
        "session": session,
        "status": "FAILED",
        "endedAt": "2026-01-01T12:10:00Z",
        "errorCode": "E42",
        "errorMessage": "it broke",
        "summary": "It broke.",
    }

    ended = (await data(graphql, END, {"input": given}))["session"]

    assert (ended["status"], ended["activity"], ended["endReason"]) == ("FAILED", "ENDED", "ERROR")
    assert (ended["endedAt"], ended["duration"]) == ("2026-01-01T12:10:00.000Z", 600.0)
    assert ended["error"] == {"code": "E42", "message": "it broke"}
    assert ended["summary"] == {"text": "It broke.", "source": "API"}
    assert ended["statusHistory"] == [
        {"from": None, "to": "ACTIVE", "reason": None},
        {"from": "ACTIVE", "to": "FAILED", "reason": "ERROR"},
    ]


async def test_ending_an_ended_session_returns_the_typed_error(
    graphql: GraphQL, viewer: Viewer
) -> None:
    session = {"id": (await data(graphql, START, start()))["session"]["id"]}
    await data(graphql, END, {"input": {"session": session}})
    before = await row_counts(viewer)

    answer = await data(graphql, END, {"input": {"session": session}})

    message = "The session has ended already: it is COMPLETED."
    assert answer["userErrors"] == [error("INVALID_TRANSITION", message, "input", "session")]
    assert await row_counts(viewer) == before


async def test_ending_before_the_start_is_refused(graphql: GraphQL, viewer: Viewer) -> None:
    opened = await data(graphql, START, start(startedAt="2026-01-01T12:00:00Z"))
    before = await row_counts(viewer)
    given = {"session": {"id": opened["session"]["id"]}, "endedAt": "2026-01-01T11:00:00Z"}

    answer = await data(graphql, END, {"input": given})

    message = "A session cannot end before it started."
    assert answer["userErrors"] == [error("INVALID", message, "input", "endedAt")]
    assert await row_counts(viewer) == before


async def test_a_batch_tells_of_each_session(graphql: GraphQL) -> None:
    bad = document("s-2", end={"status": "FAILED", "endedAt": "2020-01-01T00:00:00Z"})
    given = {"input": {"sessions": [document("s-1"), bad, document("s-1")]}}

    answer = await data(graphql, INGEST, given)

    assert (answer["created"], answer["skipped"], answer["failed"]) == (1, 1, 1)
    assert [r["outcome"] for r in answer["results"]] == ["CREATED", "FAILED", "SKIPPED"]
    message = "A session cannot end before it started."
    path = ("input", "sessions", "1", "end", "endedAt")
    assert answer["results"][1]["userErrors"] == [error("INVALID", message, *path)]
    assert answer["userErrors"] == []


async def test_a_batch_of_101_is_refused_whole(graphql: GraphQL, viewer: Viewer) -> None:
    before = await row_counts(viewer)

    answer = await data(
        graphql, INGEST, {"input": {"sessions": [document(str(i)) for i in range(101)]}}
    )

    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [
        ("TOO_MANY", ["input", "sessions"])
    ]
    assert await row_counts(viewer) == before


@pytest.mark.parametrize("query", [START, APPEND, RECORD, END, INGEST])
async def test_writing_needs_the_scope_ingest(graphql: GraphQL, viewer: Viewer, query: str) -> None:
    reader = Viewer(viewer.database, viewer.workspace, "reader", frozenset({Scope.SESSIONS_READ}))
    session = {"session": {"id": encode_id("Session", 1)}}
    inputs: dict[str, dict[str, Any]] = {
        START: start(),
        APPEND: append(),
        RECORD: {"input": {**session, "events": []}},
        END: {"input": session},
        INGEST: {"input": {"sessions": []}},
    }
    before = await row_counts(viewer)

    result = await graphql(query, inputs[query], by=reader)

    assert [e.message for e in result.errors or ()] == ["This needs the scope INGEST."]
    assert await row_counts(viewer) == before


async def test_a_session_of_another_workspace_looks_like_none(
    graphql: GraphQL, stranger: Viewer
) -> None:
    session = {"id": (await data(graphql, START, start()))["session"]["id"]}

    foreign = await data(graphql, END, {"input": {"session": session}}, by=stranger)
    nowhere = await data(
        graphql, END, {"input": {"session": {"id": encode_id("Session", 1)}}}, by=stranger
    )

    assert foreign == nowhere
    assert [e["code"] for e in foreign["userErrors"]] == ["NOT_FOUND"]


async def test_closes_at_follows_silence_and_the_channel(graphql: GraphQL, viewer: Viewer) -> None:
    await data(graphql, APPEND, append())
    query = "{ sessions { nodes { startedAt lastActivityAt closesAt } } }"

    node = data_of(await graphql(query))["sessions"]["nodes"][0]

    last = datetime.fromisoformat(node["lastActivityAt"])
    closes = datetime.fromisoformat(node["closesAt"])
    assert (closes - last).total_seconds() == 1800
    assert last <= datetime.now(UTC)
