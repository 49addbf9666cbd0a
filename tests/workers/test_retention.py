"""Retention: exactly what is no longer kept goes, once, and nothing of anybody else."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from loaders.due_retention import LOG_CHUNK, may_remove
from loaders.viewer import Viewer
from models.change import Change, ChangeKind, EntityType
from models.enums import ActorType, CustomFieldTarget, ImportConflict, SessionEventKind, ValueSource
from models.idempotency import IdempotencyRecord
from models.keys import new_key
from models.knowledge_gap import KnowledgeGap
from models.record import make
from models.session import Session
from resolvers.ingest import ingest
from resolvers.retention import MESSAGES, SESSIONS, forget_keys, remove_some
from server.app import create_app
from server.settings import Settings
from subscriptions import changelog
from subscriptions.hub import Hub
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.workers.sweeping import changes, sessions, set_settings
from tests.workers.test_sweeper_process import rename
from tests.writes.documents import document, ingestible
from tests.writes.refused_writes import mutation
from tests.writes.rows import row_counts
from workers.retention import Retention, Round

DAY = timedelta(days=1)
WEEK = 7 * 86_400


async def look(viewer: Viewer, now: datetime | None = None, log_days: int = 30) -> None:
    """What the worker does at an instant."""
    moment = now or viewer.now()
    await Round(viewer.database, viewer.on_commit, moment, log_days * DAY, pause=0).run()


async def lived(viewer: Viewer, ages: Sequence[float]) -> list[Session]:
    """Sessions that ended so many days ago, with something of every kind in each."""
    rows = Rows(viewer)
    label, field = rows.label("billing"), rows.field("plan")
    seats = rows.field("seats", applies_to=CustomFieldTarget.CONTACT)
    goal, block, form = rows.goal("book"), rows.block("offer"), rows.form("lead")
    contact = rows.contact("Ada")
    rows.contact_value(contact, seats, text="2")
    made = [
        _session(rows, contact, viewer.now() - age * DAY, (label, field, goal, block, form))
        for age in ages
    ]
    await rows.save()
    async with changelog.transaction(viewer) as log:
        for session in made:
            log.session(session, ChangeKind.UPDATED, ("topic",), {"topic": (None, "Refund")})
    return made


def _session(rows: Rows, contact: Any, ended_at: datetime, catalogue: Any) -> Session:
    label, field, goal, block, form = catalogue
    started = ended_at - timedelta(minutes=5)
    session = rows.ended(contact, started_at=started, length=timedelta(minutes=5), message_count=2)
    rows.applied(session, label)
    rows.value(session, field, text="Pro")
    rows.outcome(session, goal)
    rows.visit(session, block, 1)
    rows.submission(session, form)
    rows.score(session, "csat", value=1.5)
    rows.comment(session, "see zanzibar")
    rows.add(KnowledgeGap, session_id=session.id, question="When?", source=ValueSource.BUILTIN)
    rows.event(session, SessionEventKind.CONNECTED)
    told = {"payload": {"a": 1}, "attachments": [{"url": "https://example.com"}]}
    rows.message(session, 1, text="the zanzibar order", metadata={"b": 2}, **told)
    answer = rows.message(session, 2, sender_type=ActorType.AI_AGENT, text="zanzibar is closed")
    rows.trace(answer, steps=[{"kind": "TOOL_CALL", "name": "find"}], input_tokens=7)
    return session


async def count(viewer: Viewer, sql: str) -> int:
    return int((await viewer.fetch(sql, (viewer.workspace_id,)))[0][0])


SEARCHED = 'SELECT COUNT(*) FROM "session_search" WHERE workspace_id = ?'
VALUES = (
    'SELECT COUNT(*) FROM "change_value" v JOIN "change" c ON c.id = v.id WHERE c.workspace_id = ?'
)
OWN = (
    "session", "message", "reasoning_trace", "session_event", "session_label", "comment",
    "session_field_value", "goal_outcome", "journey_visit", "form_submission", "score",
    "knowledge_gap",
)  # fmt: skip


async def test_sessions_that_are_no_longer_kept_go_with_all_of_theirs(
    viewer: Viewer, stranger: Viewer
) -> None:
    made = await lived(viewer, [8, 30, 6.9])
    await lived(stranger, [8])
    rows = Rows(viewer)
    rows.session(started_at=viewer.now() - 100 * DAY, is_archived=True)
    await rows.save()
    await set_settings(viewer, session_retention=WEEK)
    before, theirs = await row_counts(viewer), await row_counts(stranger)

    await look(viewer)
    after = await row_counts(viewer)
    await look(viewer)

    left = {name: before[name] - before[name] // 3 * 2 for name in OWN}
    assert left == {**dict.fromkeys(OWN, 1), "session": 2, "message": 2}
    assert after == {**before, **left, "change": before["change"] + 2}
    assert await row_counts(viewer) == after
    assert await row_counts(stranger) == theirs
    assert {session.id for session in await sessions(viewer)} >= {made[2].id}
    assert (await count(viewer, SEARCHED), await count(viewer, VALUES)) == (2, 1)
    assert await count(stranger, VALUES) == 1
    told = (await changes(viewer))[3:]
    assert {(c.entity_id, c.kind, c.actor, c.seq) for c in told} == {
        (made[1].id, "DELETED", "retention", 4),
        (made[0].id, "DELETED", "retention", 5),
    }


FOUND = """query { sessions(filter: {messageText: {contains: "zanzibar"}}) { nodes { id } }
  messages(filter: {text: {contains: "zanzibar"}}) { nodes { id } } }"""
SHOWN = """query($id: ID!) { session(id: $id) { messageCount version
  messages { nodes { text payload attachments { url } metadata sequence } }
  reasoning { steps { name } usage { inputTokens } } } }"""
LIVE = """query($after: ChangeCursor!) {
  sessionChanges(after: $after, filter: {messageText: {contains: "zanzibar"}}) {
    changes { kind sessionId } } }"""


async def test_what_was_said_is_erased_and_what_was_counted_stays(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    old, young = await lived(viewer, [8, 6])
    await lived(stranger, [8])
    await set_settings(viewer, message_retention=WEEK)
    before, theirs = await row_counts(viewer), await row_counts(stranger)
    cursor = data_of(await graphql("{ changeCursor }"))["changeCursor"]

    await look(viewer)
    after = await row_counts(viewer)
    await look(viewer)

    assert after == {**before, "change": before["change"] + 1}
    assert await row_counts(viewer) == after
    assert await row_counts(stranger) == theirs
    kept, purged = sorted(
        await sessions(viewer), key=lambda row: row.messages_purged_at is not None
    )
    assert (kept.messages_purged_at, kept.version) == (None, 1)
    assert purged.messages_purged_at is not None
    assert (purged.version, purged.message_count) == (2, 2)
    found = data_of(await graphql(FOUND))
    assert found["sessions"]["nodes"] == [{"id": global_id(young)}]
    assert len(found["messages"]["nodes"]) == 2
    assert len(data_of(await graphql(FOUND, by=stranger))["messages"]["nodes"]) == 2
    shown = data_of(await graphql(SHOWN, {"id": global_id(old)}))["session"]
    nothing: dict[str, Any] = {"text": None, "payload": None, "attachments": [], "metadata": {}}
    assert shown == {
        "messageCount": 2, "version": 2,
        "messages": {"nodes": [{**nothing, "sequence": number} for number in (1, 2)]},
        "reasoning": [{"steps": [], "usage": {"inputTokens": 7}}],
    }  # fmt: skip
    live = data_of(await graphql(LIVE, {"after": cursor}))["sessionChanges"]["changes"]
    assert live == [{"kind": "LEFT", "sessionId": global_id(old)}]


async def test_what_edited_messages_said_is_erased_from_the_audit_trail_too(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    session = rows.ended(started_at=viewer.now() - 9 * DAY, length=DAY)
    message = rows.message(session, 1, text="zanzibar")
    await rows.save()
    edit = mutation("messageUpdate")
    await graphql(edit, {"input": {"id": global_id(message), "text": "see zanzibar"}})
    review = mutation("sessionUpdate")
    await graphql(review, {"input": {"id": global_id(session), "topic": "Refund"}})
    await set_settings(viewer, message_retention=WEEK)
    audit = "query($id: ID!) { session(id: $id) { audit { nodes { changes { field after } } } } }"

    async def trail() -> list[Any]:
        found = data_of(await graphql(audit, {"id": global_id(session)}))["session"]["audit"]
        return [node["changes"] for node in found["nodes"]]

    before = await trail()
    await look(viewer)

    topic = [{"field": "topic", "after": "Refund"}]
    assert (before[0], before[1][1:]) == (
        topic,
        [{"field": "messages.1.text", "after": "see zanzibar"}],
    )
    assert await trail() == [[], topic, []]


async def test_what_is_said_again_in_a_purged_session_is_erased_again(viewer: Viewer) -> None:
    await ingest(viewer, [ingestible(document())], ImportConflict.SKIP)
    await set_settings(viewer, message_retention=WEEK)
    said = 'SELECT COUNT(*) FROM "message" WHERE workspace_id = ? AND text IS NOT NULL'
    await look(viewer)
    first = await count(viewer, said)

    await ingest(viewer, [ingestible(document())], ImportConflict.UPDATE)
    again = await count(viewer, said)
    await look(viewer)

    assert (first, again, await count(viewer, said)) == (0, 2, 0)


async def test_a_batch_costs_the_same_statements_for_one_session_as_for_many(
    viewer: Viewer,
) -> None:
    await lived(viewer, [float(days) for days in range(8, 34)])
    await set_settings(viewer, session_retention=WEEK, message_retention=WEEK)

    async def statements(removal: Any, limit: int) -> tuple[int | None, int]:
        seen: list[str] = []
        viewer.database.on_statement = seen.append
        done = await remove_some(viewer, removal, viewer.now(), limit)
        viewer.database.on_statement = None
        return done, len(seen)

    turn = viewer.dialect == "postgres"
    for removal, limit, done, cost in (
        (MESSAGES, 1, 1, 8), (MESSAGES, 25, 25, 8), (MESSAGES, 25, 0, 1),
        (SESSIONS, 1, 1, 6), (SESSIONS, 20, 20, 6), (SESSIONS, 20, 5, 6), (SESSIONS, 20, 0, 1),
    ):  # fmt: skip
        assert await statements(removal, limit) == (done, cost + turn * (done > 0)), removal


async def test_nothing_is_removed_that_is_kept_for_ever_or_while_another_process_does(
    viewer: Viewer,
) -> None:
    await lived(viewer, [8, 9])
    before = await row_counts(viewer)

    await look(viewer)
    assert await remove_some(viewer, SESSIONS, viewer.now(), 10) == 0
    assert await row_counts(viewer) == before

    if viewer.dialect == "postgres":
        await set_settings(viewer, session_retention=WEEK, message_retention=WEEK)
        async with viewer.database.transaction() as transaction:
            assert await may_remove(transaction)
            task = asyncio.create_task(_elsewhere(viewer), context=Context())
            assert await task == [None, None, None]
        assert await row_counts(viewer) == before


async def _elsewhere(viewer: Viewer) -> list[int | None]:
    now = viewer.now()
    return [
        await remove_some(viewer, SESSIONS, now, 10),
        await remove_some(viewer, MESSAGES, now, 10),
        await forget_keys(viewer.database, now, 10),
    ]


async def test_answers_are_forgotten_after_48_hours(viewer: Viewer, stranger: Viewer) -> None:
    now = viewer.now()
    ages = [timedelta(hours=hours) for hours in (47.9, 48.1, 49, 1_000)]
    for whose in (viewer, stranger):
        records = [
            make(
                IdempotencyRecord, id=new_key(), workspace_id=whose.workspace_id, key=str(age),
                fingerprint="f", answer={}, created_at=now - age,
            )
            for age in ages
        ]  # fmt: skip
        async with viewer.database.transaction() as transaction:
            await transaction.insert(IdempotencyRecord, records)

    first = await forget_keys(viewer.database, now, 4)
    counted = [(await row_counts(v))["idempotency_record"] for v in (viewer, stranger)]
    await look(viewer, now)
    await look(viewer, now)

    assert (first, sum(counted)) == (4, 4)
    kept = [(await row_counts(v))["idempotency_record"] for v in (viewer, stranger)]
    assert kept == [1, 1]


async def test_the_log_is_trimmed_for_cursors_and_stays_for_audit(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    now = viewer.now()
    start = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    old = await _logged(viewer, LOG_CHUNK + 3, now - 31 * DAY)
    kept = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    young = await _logged(viewer, 2, now - 29 * DAY)
    await _logged(stranger, 2, now - 29 * DAY)

    await look(viewer, now)
    await look(viewer, now)

    floors = 'SELECT trimmed_to FROM "head" WHERE id = ?'
    assert (await count(viewer, floors), await count(stranger, floors)) == (old, 0)
    assert (await row_counts(viewer))["change"] == young == old + 2
    resync = "query($after: ChangeCursor!) { sessionChanges(after: $after) { resyncRequired } }"
    answers = [data_of(await graphql(resync, {"after": after})) for after in (start, kept)]
    assert [answer["sessionChanges"]["resyncRequired"] for answer in answers] == [True, False]


async def _logged(viewer: Viewer, number: int, at: datetime) -> int:
    """Changes of that time; return the number of the last one."""
    sql = 'UPDATE "head" SET seq = seq + ? WHERE id = ? RETURNING seq'
    async with viewer.database.transaction() as transaction:
        ((last,),) = await transaction.fetch(sql, (number, viewer.workspace_id))
        rows = [
            make(
                Change, id=new_key(), workspace_id=viewer.workspace_id, seq=seq,
                entity_type=EntityType.SESSION, entity_id=1, kind=ChangeKind.UPDATED, fields=[],
                actor="tester", actor_type=ActorType.SYSTEM, at=at,
            )
            for seq in range(last - number + 1, last + 1)
        ]  # fmt: skip
        await transaction.insert(Change, rows)
    return int(last)


async def test_what_is_due_goes_when_a_server_starts(viewer: Viewer, hub: Hub) -> None:
    await lived(viewer, [8])
    await set_settings(viewer, session_retention=WEEK)

    async with Retention(viewer.database, hub.publish, 30 * DAY), asyncio.timeout(30):
        with hub.listener(viewer.workspace_id) as listener:
            while len(await changes(viewer)) < 2:
                await listener.wait(1)

    assert await sessions(viewer) == []


@pytest.mark.parametrize(("is_on", "tasks"), [(True, 1), (False, 0)])
async def test_the_application_keeps_retention_unless_it_is_told_not_to(
    url: str, *, is_on: bool, tasks: int
) -> None:
    app = create_app(Settings(database_url=url, retention=is_on))

    async with app.router.lifespan_context(app):
        running = [task for task in asyncio.all_tasks() if task.get_name() == "Retention"]

    assert len(running) == tasks
    assert all(task.done() for task in running)


async def test_an_outage_is_told_once_and_survived(viewer: Viewer, hub: Hub) -> None:
    await lived(viewer, [8])
    await set_settings(viewer, session_retention=WEEK)
    retention = Retention(viewer.database, hub.publish, 30 * DAY)

    with capture_logs() as told:
        await rename(viewer, "workspace", "workspace_away")
        try:
            for _ in range(2):
                await retention.look()
        finally:
            await rename(viewer, "workspace_away", "workspace")
        for _ in range(2):
            await retention.look()

    assert [line["event"] for line in told] == ["retention not kept", "retention is kept again"]
    assert await sessions(viewer) == []
