"""The sweeper: what is due happens once, as of when it was due, however late and beside whom."""

import asyncio
import math
from collections import Counter
from collections.abc import Coroutine
from contextvars import Context
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import ActorType, ChannelType, SessionActivity, SessionEndReason, SessionStatus
from models.fields import to_milliseconds
from models.session import Session
from models.session_event import SessionEvent
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.workers.sweeping import (
    T0,
    after,
    changes,
    events,
    let_others_rest,
    pass_time,
    session,
    sessions,
    set_settings,
    silent,
)
from tests.writes.client import APPEND, START, append, error, start
from workers.sweeper import BATCH_SESSIONS

IDLED = {"from": "ACTIVE", "to": "ACTIVE", "activity": "IDLE", "endReason": None}
TIMED_OUT = {
    "from": "ACTIVE", "to": "COMPLETED", "activity": "ENDED", "endReason": "INACTIVITY_TIMEOUT",
}  # fmt: skip


def told(found: list[SessionEvent]) -> list[tuple[str, datetime, ActorType]]:
    return [(event.kind.value, event.at, event.actor_type) for event in found]


async def beside(work: Coroutine[Any, Any, None]) -> None:
    """Run it outside the transaction that is open here."""
    await asyncio.create_task(work, context=Context())


async def test_nothing_happens_before_it_is_due(viewer: Viewer) -> None:
    rows = Rows(viewer)
    silent(rows, next_transition_at=after(10))
    await rows.save()

    await pass_time(viewer, after(10) - timedelta(milliseconds=1))

    row = await session(viewer)
    assert (row.activity, row.version) == (SessionActivity.LIVE, 1)
    assert (await events(viewer), await changes(viewer)) == ([], [])


async def test_silence_idles_a_session_and_then_closes_it(viewer: Viewer) -> None:
    rows = Rows(viewer)
    silent(rows, next_transition_at=after(10), closes_at=after(30))
    await rows.save()

    await pass_time(viewer, after(10))
    idle = await session(viewer)
    await pass_time(viewer, after(30))
    closed = await session(viewer)

    assert (idle.activity, idle.status, idle.version) == ("IDLE", "ACTIVE", 2)
    assert (idle.closes_at, idle.next_transition_at) == (after(30), after(30))
    assert (closed.activity, closed.status, closed.version) == ("ENDED", "COMPLETED", 3)
    assert (closed.end_reason, closed.ended_by) == ("INACTIVITY_TIMEOUT", "SYSTEM")
    assert (closed.ended_at, closed.duration_ms) == (after(30), 1_800_000)
    assert (closed.closes_at, closed.next_transition_at) == (None, None)
    assert closed.participants[0]["leftAt"] == to_milliseconds(after(30))


async def test_after_a_stop_everything_is_made_up_for_as_of_its_own_due_time(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    silent(rows, next_transition_at=after(10), closes_at=after(30))
    await rows.save()
    before = viewer.now()

    await pass_time(viewer, after(5_000))

    row = await session(viewer)
    assert (row.status, row.ended_at, row.version) == ("COMPLETED", after(30), 3)
    assert row.updated_at == after(5_000)
    assert told(await events(viewer)) == [
        ("IDLED", after(10), ActorType.SYSTEM),
        ("ENDED", after(30), ActorType.SYSTEM),
    ]
    log = await changes(viewer)
    assert [change.detail for change in log] == [IDLED, TIMED_OUT]
    assert [(c.seq, c.actor, c.actor_type) for c in log] == [
        (1, "sweeper", ActorType.SYSTEM),
        (2, "sweeper", ActorType.SYSTEM),
    ]
    assert [change.fields for change in log] == [
        ["activity", "events", "updated_at", "version"],
        [
            "activity", "closes_at", "duration_ms", "end_reason", "ended_at", "ended_by", "events",
            "participants", "status", "updated_at", "version",
        ],
    ]  # fmt: skip
    assert all(change.at >= before for change in log)
    query = "{ sessions { nodes { statusHistory { from to reason at actorType } } } }"
    [node] = data_of(await graphql(query))["sessions"]["nodes"]
    assert node["statusHistory"] == [
        {
            "from": "ACTIVE", "to": "COMPLETED", "reason": "INACTIVITY_TIMEOUT",
            "at": "2001-01-01T12:30:00.000Z", "actorType": "SYSTEM",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "stored", "reason", "minutes"),
    [
        ({}, {}, SessionEndReason.INACTIVITY_TIMEOUT, 30),
        ({"close_after_ms": 90_000}, {}, SessionEndReason.INACTIVITY_TIMEOUT, 1.5),
        ({}, {"close_after": 120}, SessionEndReason.INACTIVITY_TIMEOUT, 2),
        ({"channel_type": ChannelType.PHONE}, {}, SessionEndReason.MAX_DURATION, 240),
        ({"last_activity_at": after(9)}, {"max_duration": 600}, SessionEndReason.MAX_DURATION, 10),
        (
            {},
            {"channels": [{"channel_type": "WEB", "close_after": 300}], "close_after": 60},
            SessionEndReason.INACTIVITY_TIMEOUT,
            5,
        ),
    ],
)
async def test_every_rule_closes_at_its_own_instant(
    viewer: Viewer,
    values: dict[str, Any],
    stored: dict[str, Any],
    reason: SessionEndReason,
    minutes: float,
) -> None:
    await set_settings(viewer, **stored)
    rows = Rows(viewer)
    silent(rows, **values)
    await rows.save()

    await pass_time(viewer, after(minutes) - timedelta(milliseconds=1))
    early = await session(viewer)
    await pass_time(viewer, after(minutes))
    row = await session(viewer)

    assert early.ended_at is None
    assert (row.status, row.end_reason) == (SessionStatus.COMPLETED, reason)
    assert row.ended_at == after(minutes)


async def test_revenue_is_reckoned_with_the_factors_of_the_moment_it_closes(
    viewer: Viewer,
) -> None:
    await set_settings(viewer, conversion_ratio=0.5, currency="EUR")
    rows = Rows(viewer)
    silent(rows, is_opportunity=True, lead_value=Decimal(80), auto_assessment="YES_A")
    await rows.save()

    await pass_time(viewer, after(30))

    row = await session(viewer)
    assert (row.conversion_ratio, row.currency) == (0.5, "EUR")
    assert row.additional_secured_revenue == Decimal(40)


async def test_longer_timeouts_put_off_what_was_due_and_shorter_ones_count_when_it_is_looked_at(
    viewer: Viewer,
) -> None:
    rows = Rows(viewer)
    activity = SessionActivity.IDLE
    silent(rows, next_transition_at=after(30), closes_at=after(30), activity=activity)
    await rows.save()

    await set_settings(viewer, close_after=7_200)
    await pass_time(viewer, after(30))
    longer = await session(viewer)
    await set_settings(viewer, close_after=3_600)
    await pass_time(viewer, after(120))
    closed = await session(viewer)

    assert (longer.activity, longer.closes_at) == (activity, after(120))
    assert longer.next_transition_at == after(120)
    assert closed.ended_at == after(60)
    log = await changes(viewer)
    assert log[0].detail is None
    assert log[0].fields == ["closes_at", "updated_at", "version"]
    assert [change.detail for change in log if change.detail] == [TIMED_OUT]


async def test_a_message_makes_an_idle_session_live_again(viewer: Viewer, graphql: GraphQL) -> None:
    began = viewer.now() - timedelta(minutes=11)
    opened = data_of(await graphql(START, start(startedAt=began.isoformat())))["sessionStart"]
    idle = await session(viewer)

    answer = data_of(await graphql(APPEND, append("Still there?")))["messageAppend"]

    row = await session(viewer)
    assert (opened["session"]["activity"], idle.next_transition_at) == (
        "IDLE", began + timedelta(minutes=30),
    )  # fmt: skip
    assert (answer["session"]["id"], answer["session"]["activity"]) == (
        opened["session"]["id"], "LIVE",
    )  # fmt: skip
    assert row.next_transition_at == row.last_activity_at + timedelta(minutes=10)
    assert [(event.kind, event.at) for event in await events(viewer)] == [
        ("STARTED", began),
        ("IDLED", began + timedelta(minutes=10)),
        ("RESUMED", row.last_activity_at),
    ]
    log = await changes(viewer)
    assert log[-1].detail == {**IDLED, "activity": "LIVE"}
    assert "next_transition_at" not in log[-1].fields


async def test_a_message_after_the_close_opens_another_session(
    viewer: Viewer, graphql: GraphQL
) -> None:
    await let_others_rest(viewer)
    began = viewer.now() - timedelta(hours=2)
    first = data_of(await graphql(START, start(startedAt=began.isoformat())))["sessionStart"]
    await pass_time(viewer, viewer.now() + timedelta(seconds=61))

    answer = data_of(await graphql(APPEND, append("Hello again")))["messageAppend"]

    assert answer["sessionOpened"] is True
    assert answer["session"]["id"] != first["session"]["id"]
    closed, opened = await sessions(viewer)
    assert (closed.status, closed.ended_at) == ("COMPLETED", began + timedelta(minutes=30))
    assert (opened.status, opened.message_count) == ("ACTIVE", 1)


async def test_what_is_sent_late_step_by_step_is_not_closed_between_two_steps(
    viewer: Viewer, graphql: GraphQL
) -> None:
    await let_others_rest(viewer)
    began = viewer.now() - timedelta(hours=2)
    await graphql(START, start(startedAt=began.isoformat()))
    await pass_time(viewer, viewer.now() + timedelta(seconds=30))
    said = {"senderType": "CONTACT", "text": "hi", "sentAt": began.isoformat()}

    answer = data_of(await graphql(APPEND, append(messages=[said])))["messageAppend"]
    await pass_time(viewer, viewer.now() + timedelta(seconds=61))

    row = await session(viewer)
    assert (answer["sessionOpened"], answer["userErrors"]) == (False, [])
    assert (row.message_count, row.ended_at) == (1, began + timedelta(minutes=30))


async def test_a_message_and_the_close_never_both_win(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    due = [
        silent(rows, activity=SessionActivity.IDLE, started_at=after(i / 1_000)) for i in range(24)
    ]
    await rows.save()

    async def speak(row: Session) -> Any:
        said = append("wait!", session={"id": global_id(row)}, contact=None, channelType=None)
        return data_of(await graphql(APPEND, said))["messageAppend"]

    answers, _ = await asyncio.gather(
        asyncio.gather(*map(speak, due)), pass_time(viewer, after(30))
    )
    await pass_time(viewer, after(30))

    refused = error(
        "SESSION_CLOSED", "The session has ended and takes no more messages.", "input", "messages"
    )
    for answer, row in zip(answers, await sessions(viewer), strict=True):
        kinds = [e.kind.value for e in await events(viewer) if e.session_id == row.id]
        if answer["userErrors"]:
            assert answer["userErrors"] == [refused]
            assert (row.status, row.ended_at, row.message_count) == ("COMPLETED", after(30), 0)
            assert kinds == ["ENDED"]
        else:
            assert (row.status, row.activity, row.message_count) == ("ACTIVE", "LIVE", 1)
            assert kinds == ["RESUMED"]
        assert row.version == 2
    assert len(await changes(viewer)) == len(due)


async def test_sweepers_at_the_same_time_make_each_transition_once(viewer: Viewer) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    count = BATCH_SESSIONS + 50
    for _ in range(count):
        silent(rows, contact)
    await rows.save()

    await asyncio.gather(*(pass_time(viewer, after(30)) for _ in range(4)))
    await pass_time(viewer, after(30))

    found = Counter((event.kind.value, event.at) for event in await events(viewer))
    assert found == {("IDLED", after(10)): count, ("ENDED", after(30)): count}
    assert {(row.version, row.status.value) for row in await sessions(viewer)} == {(3, "COMPLETED")}
    log = await changes(viewer)
    assert [change.seq for change in log] == list(range(1, 2 * count + 1))


async def test_while_another_process_sweeps_nothing_is_done(viewer: Viewer) -> None:
    if viewer.dialect == "sqlite":
        pytest.skip("a SQLite file has one server process")
    rows = Rows(viewer)
    silent(rows)
    await rows.save()

    async with viewer.database.transaction() as transaction:
        lock = "SELECT pg_advisory_xact_lock(7365738, '\"session\"'::regclass::oid::integer)"
        await transaction.fetch(lock)
        await beside(pass_time(viewer, after(30)))
        assert (await session(viewer)).version == 1

    await pass_time(viewer, after(30))
    assert (await session(viewer)).version == 3


async def test_a_session_that_is_being_written_is_left_and_nobody_waits(viewer: Viewer) -> None:
    if viewer.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    rows = Rows(viewer)
    held, free = silent(rows), silent(rows)
    await rows.save()

    async with viewer.database.transaction() as transaction:
        await transaction.fetch('SELECT 1 FROM "session" WHERE id = ? FOR UPDATE', (held.id,))
        await beside(pass_time(viewer, after(30)))

    found = {row.id: row.status.value for row in await sessions(viewer)}
    assert found == {held.id: "ACTIVE", free.id: "COMPLETED"}


async def test_a_workspace_that_fails_does_not_hold_up_the_others(
    viewer: Viewer, stranger: Viewer
) -> None:
    await set_settings(viewer, nonsense=1)
    for one in (viewer, stranger):
        rows = Rows(one)
        silent(rows)
        await rows.save()

    with pytest.raises(ExceptionGroup) as raised:
        await pass_time(viewer, after(30))

    assert [type(error) for error in raised.value.exceptions] == [TypeError]
    assert (await session(stranger)).status == "COMPLETED"
    assert (await session(viewer)).version == 1
    assert (await events(viewer), await changes(viewer)) == ([], [])
    await set_settings(viewer)  # so that it does not fail other tests of the same database
    await pass_time(viewer, after(30))


async def test_a_backlog_takes_as_many_statements_per_batch_whatever_it_holds(
    viewer: Viewer,
) -> None:
    before_all = datetime(2000, 6, 1, tzinfo=UTC)  # when not even sessions of this file are due
    rows = Rows(viewer)
    contact = rows.contact()
    conversation = rows.conversation(contact)
    count = 2_000
    for i in range(count):
        began = before_all + timedelta(seconds=i)
        silent(
            rows, contact, conversation_id=conversation.id, started_at=began,
            last_activity_at=began, next_transition_at=began,
            closes_at=began + timedelta(minutes=30),
        )  # fmt: skip
    await rows.save()
    statements: list[str] = []
    viewer.database.on_statement = statements.append

    await pass_time(viewer, before_all + timedelta(days=1))

    viewer.database.on_statement = None
    # Due sessions, workspaces, (the lock), sessions, events, update, head, changes.
    batches = math.ceil(count / BATCH_SESSIONS)
    in_batch = 8 if viewer.dialect == "sqlite" else 9
    assert len(statements) == batches * in_batch + 1
    assert {row.status for row in await sessions(viewer)} == {SessionStatus.COMPLETED}
    assert len(await changes(viewer)) == 2 * count


async def test_due_sessions_are_found_by_an_index(viewer: Viewer) -> None:
    statements: list[str] = []
    viewer.database.on_statement = statements.append
    await pass_time(viewer, datetime(2000, 1, 1, tzinfo=UTC))
    viewer.database.on_statement = None
    (sql,) = statements
    values: tuple[Any, ...] = (T0, [], BATCH_SESSIONS)

    if viewer.dialect == "sqlite":
        steps = [str(row[3]) for row in await viewer.fetch(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert steps[0] == "SEARCH s USING INDEX session_due (next_transition_at<?)"
        assert not [step for step in steps if "TEMP B-TREE" in step]
        return
    async with viewer.database.transaction() as transaction:
        for way in ("seqscan", "bitmapscan"):
            await transaction.fetch(f"SET LOCAL enable_{way} = off")
        plan = [str(row[0]) for row in await transaction.fetch(f"EXPLAIN {sql}", values)]
    assert [step for step in plan if "session_due" in step]
    assert not [step for step in plan if "Sort" in step]
