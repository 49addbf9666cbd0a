"""What happens to a live list, asked for page by page: kinds, touched fields, positions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLObjectType

import loaders.session_changes
from loaders.cursor import ChangePosition
from loaders.viewer import Viewer
from models.change import ChangeKind
from models.contact import Contact
from models.enums import Scope, SessionEventKind
from models.record import columns
from models.session import UNSEEN, Session
from models.session_fields import changed_fields
from subscriptions import changelog
from tests.architecture.declared import printed
from tests.conftest import GraphQL, data_of
from tests.reads.client import errors_of, global_id
from tests.reads.rows import START, Rows
from tests.writes import client

CHANGES = """
query ($after: ChangeCursor!, $filter: SessionFilter, $first: Int = 500) {
  sessionChanges(after: $after, filter: $filter, first: $first) {
    changes {
      cursor kind sessionId changedFields at actorType
      session { topic status contact { name } agent { name } labels { label { name } } }
    }
    endCursor hasMore resyncRequired
  }
}
"""
PLAIN = """
query ($after: ChangeCursor!, $filter: SessionFilter) {
  sessionChanges(after: $after, filter: $filter) { changes { kind } resyncRequired }
}
"""


@dataclass
class Log:
    """The changes after a remembered position."""

    graphql: GraphQL
    position: str = ""

    async def mark(self) -> None:
        """From here on."""
        self.position = data_of(await self.graphql("{ changeCursor }"))["changeCursor"]

    async def page(self, **arguments: Any) -> dict[str, Any]:
        """As the twin answers."""
        arguments.setdefault("after", self.position)
        page: dict[str, Any] = data_of(await self.graphql(CHANGES, arguments))["sessionChanges"]
        return page

    async def kinds(self, filter: dict[str, Any] | None = None) -> list[str]:
        """In order."""
        return [one["kind"] for one in (await self.page(filter=filter))["changes"]]


@pytest.fixture
async def log(graphql: GraphQL) -> Log:
    made = Log(graphql)
    await made.mark()
    return made


Write = Callable[..., Awaitable[str]]


@pytest.fixture
def opened(graphql: GraphQL) -> Write:
    async def write(**parts: Any) -> str:
        session: str = data_of(await graphql(client.START, client.start(**parts)))["sessionStart"][
            "session"
        ]["id"]
        return session

    return write


async def end(graphql: GraphQL, session: str) -> None:
    data_of(await graphql(client.END, {"input": {"session": {"id": session}}}))


async def record(viewer: Viewer, row: Session | Contact, *fields: str) -> None:
    """A change that no mutation makes yet."""
    async with changelog.transaction(viewer) as changes:
        if isinstance(row, Session):
            changes.session(row, ChangeKind.UPDATED, fields)
        else:
            changes.entity(row, ChangeKind.UPDATED, fields)


OPEN = {"isOpen": True}


async def test_a_new_session_enters_the_lists_it_matches_and_is_silent_in_others(
    log: Log, opened: Write
) -> None:
    session = await opened(topic="Refund")

    [entered] = (await log.page(filter={"topic": {"eq": "Refund"}}))["changes"]
    assert entered["kind"] == "ENTERED"
    assert entered["sessionId"] == session
    assert entered["changedFields"] == []
    assert entered["actorType"] == "SYSTEM"
    assert entered["session"]["topic"] == "Refund"
    assert await log.kinds({"topic": {"eq": "Delivery"}}) == []


async def test_a_session_leaves_when_what_the_filter_reads_no_longer_holds(
    log: Log, opened: Write, graphql: GraphQL
) -> None:
    session = await opened()
    await log.mark()
    await end(graphql, session)

    [left] = (await log.page(filter=OPEN))["changes"]
    assert (left["kind"], left["session"]) == ("LEFT", None)
    assert {"status", "endedAt", "activity", "endReason"} <= set(left["changedFields"])
    assert await log.kinds({"isOpen": False}) == ["ENTERED"]
    assert await log.kinds({"topic": {"isNull": True}}) == ["UPDATED"]
    assert await log.kinds({"topic": {"eq": "Refund"}}) == []


async def test_kinds_are_judged_on_the_session_as_it_is_now(
    log: Log, opened: Write, graphql: GraphQL
) -> None:
    session = await opened()
    await end(graphql, session)

    assert await log.kinds(OPEN) == ["LEFT"]
    assert await log.kinds() == ["ENTERED", "UPDATED"]


async def test_archived_sessions_leave_lists_that_do_not_name_them(
    log: Log, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    session = rows.session(rows.contact(), is_archived=True)
    await rows.save()
    await record(viewer, session, "is_archived")

    assert await log.kinds() == ["LEFT"]
    assert await log.kinds({"isArchived": True}) == ["ENTERED"]


async def test_a_deleted_session_is_told_to_every_list(log: Log, viewer: Viewer) -> None:
    rows = Rows(viewer)
    session = rows.session(rows.contact())
    await rows.save()
    await record(viewer, session, "topic")
    async with changelog.transaction(viewer) as changes:
        await changes.transaction.execute_many(
            'DELETE FROM "session" WHERE id = ?', [(session.id,)]
        )
        changes.session(session, ChangeKind.DELETED, ())

    page = await log.page(filter={"topic": {"eq": "Refund"}})
    left, deleted = page["changes"]
    assert left["kind"] == "LEFT"
    assert (deleted["kind"], deleted["sessionId"]) == ("DELETED", global_id(session))
    assert deleted["session"] is None


async def test_a_renamed_contact_touches_the_lists_that_read_or_show_the_name(
    log: Log, viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    contact = rows.contact("Ada")
    sessions = [rows.session(contact), rows.session(contact)]
    await rows.save()
    await record(viewer, contact, "name")

    named = (await log.page(filter={"contact": {"name": {"eq": "Ada"}}}))["changes"]
    assert [one["kind"] for one in named] == ["ENTERED", "ENTERED"]
    assert {one["sessionId"] for one in named} == {global_id(session) for session in sessions}
    assert [one["changedFields"] for one in named] == [["contact"], ["contact"]]
    assert await log.kinds({"contact": {"name": {"eq": "Bob"}}}) == ["LEFT", "LEFT"]
    assert await log.kinds(OPEN) == ["UPDATED", "UPDATED"]
    for filter in (OPEN, {"contact": {"email": {"isNull": True}}}):
        plain = data_of(await graphql(PLAIN, {"after": log.position, "filter": filter}))
        assert plain["sessionChanges"]["changes"] == []


async def test_a_session_tells_of_others_of_its_contact_where_the_filter_reads_its_activity(
    log: Log, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    contact = rows.contact("Ada", last_seen_at=START)
    first, second = rows.session(contact), rows.session(contact)
    rows.session(rows.contact("Bob"))
    await rows.save()
    await record(viewer, first, "last_activity_at")

    seen = {"contact": {"lastSeenAt": {"isNull": False}}}
    page = await log.page(filter=seen)
    assert [(one["kind"], one["sessionId"]) for one in page["changes"]] == [
        ("ENTERED", global_id(second)), ("ENTERED", global_id(first)),
    ]  # fmt: skip
    assert await log.kinds() == ["UPDATED"]


async def test_a_new_session_makes_others_of_its_contact_leave_lists_of_the_long_unseen(
    log: Log, viewer: Viewer, opened: Write
) -> None:
    rows = Rows(viewer)
    contact = rows.contact("Ada", external_id="c-1", last_seen_at=START)
    old = rows.session(contact)
    await rows.save()
    await opened()

    unseen = {"not": {"contact": {"lastSeenAt": {"last": "PT1H"}}}}
    page = await log.page(filter=unseen)
    assert [(one["kind"], one["sessionId"]) for one in page["changes"]] == [
        ("LEFT", global_id(old))
    ]


async def test_who_stops_between_two_items_of_one_change_gets_all_of_them_again(
    log: Log, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    session = rows.session(contact)
    rows.session(contact)
    await rows.save()
    await record(viewer, session, "topic")
    await record(viewer, contact, "name")

    one, first, second = (await log.page())["changes"]
    assert len((await log.page(after=one["cursor"]))["changes"]) == 2
    assert len((await log.page(after=first["cursor"]))["changes"]) == 2
    assert (await log.page(after=second["cursor"]))["changes"] == []


async def test_a_contact_of_very_many_sessions_asks_for_a_new_list(
    log: Log, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaders.session_changes, "MAX_RELATED", 2)
    rows = Rows(viewer)
    contact = rows.contact()
    for _ in range(3):
        rows.session(contact)
    await rows.save()
    await record(viewer, contact, "name")

    page = await log.page()
    assert (page["changes"], page["resyncRequired"], page["hasMore"]) == ([], True, False)
    assert (await log.page(after=page["endCursor"]))["changes"] == []
    assert await log.kinds({"topic": {"isNull": True}}) == []


async def test_changed_settings_ask_for_a_new_list(log: Log, viewer: Viewer) -> None:
    async with changelog.transaction(viewer) as changes:
        changes.entity(viewer.workspace, ChangeKind.UPDATED, ("settings",))

    assert (await log.page())["resyncRequired"]


async def test_a_list_is_read_again_when_its_saved_view_changes(log: Log, viewer: Viewer) -> None:
    rows = Rows(viewer)
    view, other = rows.view({"isTest": True}), rows.view({"isTest": True})
    await rows.save()
    async with changelog.transaction(viewer) as changes:
        changes.entity(view, ChangeKind.UPDATED, ("filter",))

    assert (await log.page(filter={"savedViewId": global_id(view)}))["resyncRequired"]
    assert not (await log.page(filter={"savedViewId": global_id(other)}))["resyncRequired"]


AGING: list[tuple[dict[str, Any], set[str]]] = [
    ({"startedAt": {"last": "PT1H"}}, {"edge"}),
    ({"or": [{"startedAt": {"last": "PT1H"}}, {"topic": {"eq": "kept"}}]}, {"edge"}),
    ({"contact": {"lastSeenAt": {"last": "PT1H"}}}, {"edge", "kept"}),
    ({"events": {"some": {"at": {"last": "PT1H"}}}}, {"edge"}),
    ({"startedAt": {"last": "PT1H"}, "status": {"eq": "FAILED"}}, set()),
    ({"startedAt": {"last": "PT2H"}}, set()),
]


@pytest.mark.parametrize(("filter", "left"), AGING)
async def test_sessions_leave_by_time_alone(
    log: Log, viewer: Viewer, filter: dict[str, Any], left: set[str]
) -> None:
    now = viewer.now()
    edge, old, young = now - timedelta(minutes=61), now - timedelta(days=2), now
    rows = Rows(viewer)
    sessions = {
        name: rows.session(rows.contact(last_seen_at=seen), topic=name, started_at=at)
        for name, at, seen in (
            ("edge", edge, edge), ("kept", edge, edge), ("old", old, old), ("young", young, young),
        )
    }  # fmt: skip
    for name in ("edge", "young"):
        rows.event(sessions[name], SessionEventKind.CUSTOM)
    if "or" not in filter and "startedAt" in filter:
        sessions["kept"].started_at = young
    await rows.save()
    names = {global_id(row): name for name, row in sessions.items()}
    seq = ChangePosition.decode(log.position, viewer.workspace_id).seq
    before = ChangePosition(viewer.workspace_id, seq, now - timedelta(minutes=5))

    page = await log.page(after=before.encode(), filter=filter)
    assert {(one["kind"], names[one["sessionId"]]) for one in page["changes"]} == {
        ("LEFT", name) for name in left
    }
    assert (await log.page(after=page["endCursor"], filter=filter))["changes"] == []


async def test_what_was_excluded_for_being_recent_enters_by_time_alone(
    log: Log, viewer: Viewer
) -> None:
    now = viewer.now()
    rows = Rows(viewer)
    session = rows.session(started_at=now - timedelta(minutes=61))
    rows.session(started_at=now)
    await rows.save()
    seq = ChangePosition.decode(log.position, viewer.workspace_id).seq
    before = ChangePosition(viewer.workspace_id, seq, now - timedelta(minutes=5)).encode()

    [entered] = (await log.page(after=before, filter={"not": {"startedAt": {"last": "PT1H"}}}))[
        "changes"
    ]
    assert (entered["kind"], entered["sessionId"]) == ("ENTERED", global_id(session))
    assert (entered["changedFields"], entered["session"]["status"]) == ([], "ACTIVE")


async def test_pages_walk_the_log_whether_or_not_anything_concerns_the_list(
    log: Log, opened: Write
) -> None:
    for number in range(5):
        await opened(externalId=str(number), topic="Refund" if number == 3 else None)

    seen, cursor, more = list[str](), log.position, True
    while more:
        page = await log.page(after=cursor, first=2, filter={"topic": {"eq": "Refund"}})
        seen += [one["kind"] for one in page["changes"]]
        cursor, more = page["endCursor"], page["hasMore"]
    assert seen == ["ENTERED"]


@pytest.mark.parametrize("first", [0, 1001, -1])
async def test_a_page_has_a_size(graphql: GraphQL, log: Log, first: int) -> None:
    answer = await graphql(CHANGES, {"after": log.position, "first": first})

    message = f"`first`: it lies between 1 and 1,000, not {first}."
    assert errors_of(answer) == [("BAD_USER_INPUT", message)]


async def test_cursors_of_elsewhere_and_of_the_future_are_refused(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    foreign = ChangePosition(stranger.workspace_id, 0, viewer.now())
    future = ChangePosition(viewer.workspace_id, 10**6, viewer.now())

    for position, message in (
        (foreign, "The change cursor is malformed or of another workspace."),
        (future, "The change cursor is ahead of the change log."),
    ):
        answer = await graphql(CHANGES, {"after": position.encode()})
        assert errors_of(answer) == [("INVALID_CURSOR", message)]


async def test_an_expired_cursor_asks_for_a_new_list(
    log: Log, opened: Write, viewer: Viewer
) -> None:
    await opened(externalId="a")
    async with viewer.database.transaction() as transaction:
        await transaction.execute_many(
            "UPDATE head SET trimmed_to = seq WHERE id = ?", [(viewer.workspace_id,)]
        )

    page = await log.page()
    assert (page["resyncRequired"], page["changes"]) == (True, [])
    assert not (await log.page(after=page["endCursor"]))["resyncRequired"]


async def test_a_list_needs_the_scopes_of_what_its_filter_reads(
    graphql: GraphQL, viewer: Viewer, log: Log
) -> None:
    reader = replace(viewer, scopes=frozenset({Scope.SESSIONS_READ}))
    nobody = replace(viewer, scopes=frozenset({Scope.METRICS_READ}))
    by_name = {"after": log.position, "filter": {"contact": {"name": {"eq": "Ada"}}}}

    assert errors_of(await graphql(PLAIN, by_name, by=reader)) == [
        ("FORBIDDEN", "This needs the scope CONTACTS_READ.")
    ]
    assert errors_of(await graphql(PLAIN, {"after": log.position}, by=nobody)) == [
        ("FORBIDDEN", "This needs the scope SESSIONS_READ.")
    ]


async def test_another_workspace_never_hears_of_it(
    graphql: GraphQL, opened: Write, stranger: Viewer
) -> None:
    after = data_of(await graphql("{ changeCursor }", by=stranger))["changeCursor"]
    await opened()

    answer = data_of(await graphql(CHANGES, {"after": after}, by=stranger))
    assert answer["sessionChanges"]["changes"] == []


async def test_every_part_of_a_session_that_changes_has_a_name_in_the_schema() -> None:
    parts = {
        "messages", "events", "goals", "journey", "forms", "labels", "custom_fields", "scores",
        "comments", "knowledge_gaps", "contact_id", "agent_id", "channel_id", "conversation_id",
    }  # fmt: skip
    session = printed().type_map["Session"]
    assert isinstance(session, GraphQLObjectType)

    told = {*columns(Session), *parts} - {"workspace_id"} - UNSEEN
    assert set(changed_fields(told)) - set(session.fields) == set()
