"""The same key and body once; another body never."""

import asyncio

from loaders.viewer import Viewer
from tests.conftest import GraphQL, data_of
from tests.writes.client import APPEND, END, INGEST, START, append, error, start
from tests.writes.documents import document
from tests.writes.rows import row_counts


async def test_a_repeat_answers_as_the_first_call_did(graphql: GraphQL, viewer: Viewer) -> None:
    given = append("hi", idempotencyKey="k-1")
    first = data_of(await graphql(APPEND, given))["messageAppend"]
    before = await row_counts(viewer)

    again = data_of(await graphql(APPEND, given))["messageAppend"]

    assert again == {**first, "isReplay": True, "changeCursor": None}
    assert await row_counts(viewer) == before


async def test_another_body_is_a_mismatch(graphql: GraphQL, viewer: Viewer) -> None:
    await graphql(APPEND, append("hi", idempotencyKey="k-1"))
    before = await row_counts(viewer)

    answer = data_of(await graphql(APPEND, append("bye", idempotencyKey="k-1")))["messageAppend"]

    message = "The idempotencyKey was used for another input."
    assert answer["userErrors"] == [
        error("IDEMPOTENCY_MISMATCH", message, "input", "idempotencyKey")
    ]
    assert await row_counts(viewer) == before


async def test_an_end_can_be_retried(graphql: GraphQL) -> None:
    session = {"id": data_of(await graphql(START, start()))["sessionStart"]["session"]["id"]}
    given = {"input": {"session": session, "idempotencyKey": "end-1"}}
    first = data_of(await graphql(END, given))["sessionEnd"]

    again = data_of(await graphql(END, given))["sessionEnd"]

    assert again == {**first, "isReplay": True, "changeCursor": None}


async def test_a_batch_can_be_retried_with_its_failures(graphql: GraphQL, viewer: Viewer) -> None:
    bad = document("s-2", end={"status": "FAILED", "endedAt": "2020-01-01T00:00:00Z"})
    given = {"input": {"sessions": [document("s-1"), bad], "idempotencyKey": "batch-1"}}
    first = data_of(await graphql(INGEST, given))["sessionIngest"]
    before = await row_counts(viewer)

    again = data_of(await graphql(INGEST, given))["sessionIngest"]

    assert again == {**first, "changeCursor": None}
    assert await row_counts(viewer) == before


async def test_a_refused_write_leaves_its_key_unused(graphql: GraphQL) -> None:
    given = append(
        idempotencyKey="k-1", messages=[{"senderType": "CONTACT", "replyToExternalId": "x"}]
    )
    refused = data_of(await graphql(APPEND, given))["messageAppend"]

    answer = data_of(await graphql(APPEND, append("hi", idempotencyKey="k-1")))["messageAppend"]

    assert [e["code"] for e in refused["userErrors"]] == ["NOT_FOUND"]
    assert answer["userErrors"] == []


async def test_a_key_of_another_workspace_is_another_key(
    graphql: GraphQL, stranger: Viewer
) -> None:
    await graphql(APPEND, append("hi", idempotencyKey="k-1"))

    answer = data_of(await graphql(APPEND, append("bye", idempotencyKey="k-1"), by=stranger))

    assert answer["messageAppend"]["userErrors"] == []


async def test_parallel_calls_with_one_key_run_once(graphql: GraphQL, viewer: Viewer) -> None:
    given = append("hi", idempotencyKey="k-1")

    results = await asyncio.gather(*(graphql(APPEND, given) for _ in range(8)))

    answers = [data_of(result)["messageAppend"] for result in results]
    assert {answer["session"]["id"] for answer in answers} == {answers[0]["session"]["id"]}
    assert sorted(answer["isReplay"] for answer in answers) == [False] + [True] * 7
    assert (await row_counts(viewer))["message"] == 1


async def test_concurrent_first_messages_of_one_contact_open_one_session(
    graphql: GraphQL, viewer: Viewer
) -> None:
    results = await asyncio.gather(*(graphql(APPEND, append(f"hi {i}")) for i in range(8)))

    answers = [data_of(result)["messageAppend"] for result in results]
    counts = await row_counts(viewer)
    assert (counts["session"], counts["contact"], counts["message"]) == (1, 1, 8)
    assert sum(answer["sessionOpened"] for answer in answers) == 1
    assert sorted(m["sequence"] for a in answers for m in a["messages"]) == list(range(1, 9))
