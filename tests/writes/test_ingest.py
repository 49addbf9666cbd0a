"""Ingest: whole sessions, each succeeding or failing alone."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from loaders.session import session_by_external_id
from loaders.viewer import Viewer
from models.contact import Contact
from models.database import records
from models.enums import (
    HandledBy,
    ImportConflict,
    IngestOutcome,
    SessionActivity,
    SessionEndReason,
    SessionStatus,
    UserErrorCode,
)
from models.errors import Violation
from models.message import Message
from models.record import selection
from models.session import Session
from models.session_event import SessionEvent
from resolvers.ingest import Batch, ingest
from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput
from tests.writes.documents import document, ingestible
from tests.writes.rows import row_counts


async def write(
    viewer: Viewer, *documents: Any, on_conflict: ImportConflict = ImportConflict.SKIP
) -> Batch:
    return await ingest(viewer, [ingestible(d) for d in documents], on_conflict)


async def stored(viewer: Viewer, external_id: str = "s-1") -> Session:
    session = await session_by_external_id(viewer, "test", external_id)
    assert session is not None
    return session


async def test_a_document_becomes_a_session_with_its_derived_facts(viewer: Viewer) -> None:
    batch = await write(viewer, document())

    session = await stored(viewer)
    assert [r.outcome for r in batch.results] == [IngestOutcome.CREATED]
    assert (session.status, session.activity) == (SessionStatus.COMPLETED, SessionActivity.ENDED)
    assert session.end_reason is SessionEndReason.CONTACT_ENDED
    assert session.ended_at == datetime(2026, 1, 1, 12, 5, tzinfo=UTC)
    assert session.duration_ms == 300_000
    assert (session.message_count, session.contact_message_count) == (2, 1)
    assert session.first_response_ms == 5_000
    assert session.handled_by is HandledBy.AI_ONLY
    assert session.closes_at is None
    assert session.version == 1
    assert len(session.short_id) == 8


async def test_what_a_document_names_is_created_once_for_the_whole_batch(viewer: Viewer) -> None:
    start = {
        "labels": ["billing", "Billing", "follow-up"],
        "customFields": [{"key": "city", "value": "Kyiv"}],
    }
    await write(viewer, document("s-1", start=start), document("s-2", start=start))

    counts = await row_counts(viewer)
    assert {t: counts[t] for t in ("session", "contact", "agent", "label", "custom_field")} == {
        "session": 2, "contact": 1, "agent": 1, "label": 2, "custom_field": 1,
    }  # fmt: skip
    assert (counts["session_label"], counts["session_field_value"], counts["change"]) == (4, 2, 2)


async def test_repeating_a_document_changes_nothing_and_says_so(viewer: Viewer) -> None:
    await write(viewer, document())
    before = await row_counts(viewer)

    batch = await write(viewer, document(), document())

    assert [r.outcome for r in batch.results] == [IngestOutcome.SKIPPED, IngestOutcome.SKIPPED]
    assert batch.cursor is None
    assert await row_counts(viewer) == before


async def test_a_repeat_inside_one_batch_is_skipped_too(viewer: Viewer) -> None:
    batch = await write(viewer, document(), document())

    assert [r.outcome for r in batch.results] == [IngestOutcome.CREATED, IngestOutcome.SKIPPED]


async def test_fail_refuses_a_known_session_with_the_path(viewer: Viewer) -> None:
    await write(viewer, document())

    batch = await write(viewer, document(), on_conflict=ImportConflict.FAIL)

    message = "A session of this source and externalId exists."
    assert batch.results[0].violations == (
        Violation(UserErrorCode.TAKEN, message, ("start", "externalId")),
    )


async def test_update_appends_new_messages_updates_known_ones_and_ends_an_open_session(
    viewer: Viewer,
) -> None:
    running = document()
    ended = running.pop("end")
    await write(viewer, running)
    later = document(start={"topic": "Refund"}, end=ended)
    later["messages"][0]["text"] = "hi there"
    later["messages"].append(
        {
            "externalId": "m-3",
            "senderType": "CONTACT",
            "text": "bye",
            "sentAt": "2026-01-01T12:01:00Z",
        }
    )

    batch = await write(viewer, later, on_conflict=ImportConflict.UPDATE)

    session = await stored(viewer)
    assert [r.outcome for r in batch.results] == [IngestOutcome.UPDATED]
    assert (session.topic, session.status, session.message_count) == (
        "Refund", SessionStatus.COMPLETED, 3,
    )  # fmt: skip
    assert session.version == 2
    sql = f"SELECT {selection(Message, 'm')} FROM message m WHERE session_id = ? ORDER BY sequence"
    messages = await records(viewer.database.lane(), Message, sql, (session.id,))
    assert [(m.sequence, m.text) for m in messages] == [(1, "hi there"), (2, "hello"), (3, "bye")]


async def test_update_writes_only_what_the_document_states(viewer: Viewer) -> None:
    html = {
        "externalId": "m-1",
        "senderType": "CONTACT",
        "text": "<b>hi</b>",
        "contentType": "HTML",
    }
    event = {"externalId": "e-1", "kind": "CUSTOM", "name": "scroll", "data": {"depth": 1}}
    first = document(start={"topic": "Refund", "isTest": True}, messages=[html], events=[event])
    await write(viewer, first)
    resent = {"externalId": "m-1", "senderType": "CONTACT", "text": "<b>hello</b>"}
    deeper = {**event, "data": {"depth": 2}}

    await write(
        viewer, document(messages=[resent], events=[deeper]), on_conflict=ImportConflict.UPDATE
    )

    session = await stored(viewer)
    assert (session.topic, session.is_test, session.message_count) == ("Refund", True, 1)
    sql = "SELECT text, content_type FROM message WHERE session_id = ?"
    assert [tuple(row) for row in await viewer.fetch(sql, (session.id,))] == [
        ("<b>hello</b>", "HTML")
    ]
    sql = f"SELECT {selection(SessionEvent, 'e')} FROM session_event e WHERE external_id = ?"
    events = await viewer.records(SessionEvent, sql, ("e-1",))
    assert [(e.name, e.data) for e in events if e.session_id == session.id] == [
        ("scroll", {"depth": 2})
    ]


async def test_updating_with_the_same_document_is_a_skip(
    viewer: Viewer, corpus: list[bytes]
) -> None:
    documents = [parsed(SessionIngestInput, line) for line in corpus[:20]]
    await ingest(viewer, documents, ImportConflict.SKIP)
    before = await row_counts(viewer)

    batch = await ingest(viewer, documents, ImportConflict.UPDATE)

    assert {r.outcome for r in batch.results} == {IngestOutcome.SKIPPED}
    assert await row_counts(viewer) == before


@pytest.mark.parametrize(
    ("change", "code", "path", "message"),
    [
        (
            {"end": {"status": "COMPLETED", "endedAt": "2026-01-01T11:59:59Z"}},
            UserErrorCode.INVALID,
            ("end", "endedAt"),
            "A session cannot end before it started.",
        ),
        (
            {"messages": [{"senderType": "CONTACT", "externalId": "x"}] * 2},
            UserErrorCode.TAKEN,
            ("messages", "1", "externalId"),
            "Two elements of one call have the same externalId.",
        ),
        (
            {"messages": [{"senderType": "CONTACT", "replyToExternalId": "nobody"}]},
            UserErrorCode.NOT_FOUND,
            ("messages", "0", "replyToExternalId"),
            "No earlier message has this externalId.",
        ),
        (
            {"events": [{"kind": "STATUS_CHANGED"}]},
            UserErrorCode.INVALID,
            ("events", "0", "kind"),
            "STATUS_CHANGED is recorded by the server.",
        ),
        (
            {"start": {"contact": {}}},
            UserErrorCode.REQUIRED,
            ("start", "contact"),
            "A contact is named by id, externalId or handle.",
        ),
        (
            {"start": {"customFields": [{"key": "city", "value": 5}]}},
            UserErrorCode.INVALID,
            ("start", "customFields", "0", "value"),
            "The custom field city is TEXT and expects text.",
        ),
        (
            {"start": {"agent": {"id": "nonsense"}}},
            UserErrorCode.INVALID,
            ("start", "agent", "id"),
            "'nonsense' is not an id of this API.",
        ),
    ],
)
async def test_a_bad_document_fails_alone_and_leaves_nothing_behind(
    viewer: Viewer, change: dict[str, Any], code: UserErrorCode, path: tuple[str, ...], message: str
) -> None:
    await write(viewer, document("good-1"))
    before = await row_counts(viewer)

    batch = await write(viewer, document("bad", **change), document("good-2"))

    assert [r.outcome for r in batch.results] == [IngestOutcome.FAILED, IngestOutcome.CREATED]
    assert tuple(batch.results[0].violations) == (Violation(code, message, path),)
    after = await row_counts(viewer)
    assert after["session"] == before["session"] + 1
    assert after["contact"] == before["contact"]
    assert after["custom_field"] == before["custom_field"]
    assert after["change"] == before["change"] + 1


async def test_references_to_different_contacts_are_a_conflict(viewer: Viewer) -> None:
    handle = {"channelType": "WHATSAPP", "address": "+1 555 0100"}
    first = {"contact": {"externalId": "c-1", "handle": handle}}
    await write(viewer, document("s-1", start=first))
    second = {"contact": {"externalId": "c-2", "handle": {**handle, "address": "0015550100"}}}
    await write(viewer, document("s-2", start={"contact": {"externalId": "c-2"}}))

    batch = await write(viewer, document("s-3", start=second))

    assert [(v.code, v.field) for v in batch.results[0].violations] == [
        (UserErrorCode.CONFLICT, ("start", "contact"))
    ]


async def test_a_lead_that_left_no_way_to_reach_it_is_no_opportunity(viewer: Viewer) -> None:
    analysis = {"isLead": True, "leadValue": "120", "assessment": "YES_A"}
    reachable = document("s-1", analysis=analysis)
    hidden = document("s-2", analysis=analysis, start={"contact": {"externalId": "c-9"}})

    await write(viewer, reachable, hidden)

    first, second = await stored(viewer, "s-1"), await stored(viewer, "s-2")
    assert (first.is_opportunity, first.additional_secured_revenue) == (True, Decimal(120))
    assert (second.is_opportunity, second.exclusion) == (False, "NO_CONTACT_INFO")
    assert second.additional_secured_revenue == Decimal(0)


async def test_the_number_of_statements_does_not_depend_on_the_size_of_the_batch(
    viewer: Viewer,
) -> None:
    events = [{"kind": "GOAL_TRIGGERED", "goalKey": "book"}, {"kind": "CONNECTED"}]
    parts = {"events": events, "start": {"labels": ["billing"]}}

    async def statements(first: int, last: int) -> int:
        seen: list[str] = []
        viewer.database.on_statement = seen.append
        await write(viewer, *(document(str(i), **parts) for i in range(first, last)))
        viewer.database.on_statement = None
        return len(seen)

    await statements(0, 1)

    assert (await statements(1, 3), await statements(3, 103)) == (17, 17)


async def test_what_one_instalment_makes_the_next_can_still_change(viewer: Viewer) -> None:
    contact = document()["start"]["contact"]
    renamed = {"contact": {**contact, "attributes": {"name": "Grace"}}}
    batch = await write(
        viewer, *(document(str(i)) for i in range(100)), document("100", start=renamed)
    )

    sql = f"SELECT {selection(Contact, 'c')} FROM contact c WHERE c.workspace_id = ?"
    found = await viewer.records(Contact, sql, (viewer.workspace_id,))
    assert batch.count(IngestOutcome.CREATED) == 101
    assert [row.name for row in found] == ["Grace"]
    counts = await row_counts(viewer)
    assert (counts["session"], counts["message"], counts["change"]) == (101, 202, 101)
