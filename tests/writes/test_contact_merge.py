"""Contacts that are made one: what moves, what stays, and that old names go on leading there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.contact import Contact
from models.enums import ChannelType, CustomFieldTarget, Scope
from models.global_id import encode_id
from tests.conftest import GraphQL, data_of
from tests.reads.client import errors_of, global_id
from tests.reads.rows import START, Rows
from tests.writes import client
from tests.writes.client import APPEND, INGEST, MERGE, UPSERT, append, error
from tests.writes.merging import merge, merged
from tests.writes.rows import contact_rows, told_changes

LATER = START + timedelta(hours=1)
NAMED = """query ($id: ID!, $ids: [ID!]!) {
  node(id: $id) { id ... on Contact { name } }
  contact(id: $id) { id sessions { totalCount } }
  byFilter: sessions(filter: {contact: {id: {eq: $id}}}) { totalCount }
  byList: sessions(filter: {contact: {id: {in: $ids}}}) { totalCount }
  others: sessions(filter: {contact: {id: {neq: $id}}}) { totalCount }
  none: sessions(filter: {contact: {id: {notIn: $ids}}}) { totalCount }
  contacts(filter: {id: {eq: $id}}) { nodes { id } totalCount }
}"""


@pytest.fixture
def rows(viewer: Viewer) -> Rows:
    return Rows(viewer)


async def test_the_winner_keeps_what_it_has_and_takes_what_it_lacks(
    graphql: GraphQL, rows: Rows
) -> None:
    winner = rows.contact(
        "Ada", company="Engines", metadata={"a": 1, "b": 1}, created_at=LATER,
        last_seen_at=START, is_blocked=False,
    )  # fmt: skip
    first = rows.contact(
        "Augusta", external_id="c-1", email="ada@example.com", metadata={"b": 2, "c": 2},
        last_seen_at=LATER, is_blocked=True,
    )  # fmt: skip
    second = rows.contact(
        None, external_id="c-2", email="second@example.com", phone="+15550102", source="crm",
        location={"city": "London"}, avatar_url="https://example.com/2.png",
        metadata={"c": 3, "d": 3}, created_at=START - timedelta(days=1),
    )  # fmt: skip
    await rows.save()

    contact = await merged(graphql, winner, first, second)

    assert contact["metadata"] == {"a": 1, "b": 1, "c": 2, "d": 3}
    assert {name: contact[name] for name in (
        "name", "company", "externalId", "email", "phone", "source", "location", "avatarUrl",
        "isBlocked", "createdAt", "lastSeenAt",
    )} == {
        "name": "Ada", "company": "Engines", "externalId": "c-1", "email": "ada@example.com",
        "phone": "+15550102", "source": "crm", "location": {"city": "London"},
        "avatarUrl": "https://example.com/2.png", "isBlocked": False,
        "createdAt": "2026-02-28T12:00:00.000Z", "lastSeenAt": "2026-03-01T13:00:00.000Z",
    }  # fmt: skip


async def test_handles_move_labels_are_united_and_values_fill_gaps(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    winner, first, second = rows.contact("A"), rows.contact("B"), rows.contact("C")
    rows.handle(winner, ChannelType.EMAIL, "a@example.com")
    rows.handle(first, ChannelType.WHATSAPP, "+15550101")
    rows.handle(second, ChannelType.PHONE, "+15550101")
    vip, press, staff = rows.label("vip"), rows.label("press"), rows.label("staff")
    for contact, label in (
        (winner, vip), (first, vip), (first, press), (second, press), (second, staff),
    ):  # fmt: skip
        rows.on_contact(contact, label)
    seat, size, team = (
        rows.field(key, applies_to=CustomFieldTarget.CONTACT) for key in ("seat", "size", "team")
    )
    for contact, field, text in (
        (winner, seat, "1A"), (first, seat, "2B"), (first, size, "M"), (second, size, "L"),
        (second, team, "red"),
    ):  # fmt: skip
        rows.contact_value(contact, field, text=text)
    await rows.save()

    shown = await merged(graphql, winner, first, second)

    assert shown["handles"] == [
        {"channelType": "EMAIL", "address": "a@example.com"},
        {"channelType": "PHONE", "address": "+15550101"},
        {"channelType": "WHATSAPP", "address": "+15550101"},
    ]
    assert [label["name"] for label in shown["labels"]] == ["vip", "press", "staff"]
    assert {value["key"]: value["value"] for value in shown["customFields"]} == {
        "seat": "1A", "size": "M", "team": "red",
    }  # fmt: skip
    counts = (await contact_rows(viewer))[-1]
    assert isinstance(counts, dict)
    assert (counts["contact_label"], counts["contact_field_value"]) == (3, 3)


async def test_sessions_move_with_a_new_version_and_every_read_follows(
    graphql: GraphQL, rows: Rows
) -> None:
    winner, loser = rows.contact("Ada"), rows.contact("Zoe", external_id="c-9")
    kept, moved = rows.session(winner), rows.session(loser, version=7)
    other = rows.session(rows.contact("Other"))
    await rows.save()

    await merged(graphql, winner, loser)

    query = """query ($kept: ID!, $moved: ID!) {
      kept: session(id: $kept) { version contact { id } }
      moved: session(id: $moved) { version contact { id name } conversation { contact { id } } }
      found: sessions(filter: {search: {query: "ada", in: [CONTACT_NAME]}}) { nodes { id } }
      lost: sessions(filter: {search: {query: "zoe", in: [CONTACT_NAME]}}) { totalCount }
      byName: sessions(filter: {contact: {name: {eq: "Ada"}}}) { totalCount }
      contacts { totalCount nodes { name metrics { totalSessions } sessions { totalCount } } }
      sessionMetrics { contacts }
    }"""
    data = data_of(await graphql(query, {"kept": global_id(kept), "moved": global_id(moved)}))
    ada = global_id(winner)
    assert data["kept"] == {"version": 1, "contact": {"id": ada}}
    assert data["moved"] == {
        "version": 8,
        "contact": {"id": ada, "name": "Ada"},
        "conversation": {"contact": {"id": ada}},
    }
    assert {node["id"] for node in data["found"]["nodes"]} == {global_id(kept), global_id(moved)}
    assert (data["lost"], data["byName"]) == ({"totalCount": 0}, {"totalCount": 2})
    shown = {
        node["name"]: (node["metrics"]["totalSessions"], node["sessions"]["totalCount"])
        for node in data["contacts"]["nodes"]
    }
    assert shown == {"Ada": (2, 2), "Other": (1, 1)}
    assert (data["contacts"]["totalCount"], data["sessionMetrics"]["contacts"]) == (2, 2)
    assert other.version == 1


async def test_the_ids_of_losers_find_the_winner_also_after_a_chain(
    graphql: GraphQL, rows: Rows
) -> None:
    a, b, c = rows.contact("A"), rows.contact("B"), rows.contact("C")
    for contact in (a, b, c):
        rows.session(contact)
    rows.session(rows.contact("Other"))
    await rows.save()

    await merged(graphql, b, a)
    await merged(graphql, c, b)

    for contact in (a, b, c):
        named = {"id": global_id(contact), "ids": [global_id(contact)]}
        data = data_of(await graphql(NAMED, named))
        assert data["node"] == {"id": global_id(c), "name": "C"}
        assert data["contact"] == {"id": global_id(c), "sessions": {"totalCount": 3}}
        assert (data["byFilter"], data["byList"]) == ({"totalCount": 3}, {"totalCount": 3})
        assert (data["others"], data["none"]) == ({"totalCount": 1}, {"totalCount": 1})
        assert data["contacts"] == {"nodes": [{"id": global_id(c)}], "totalCount": 1}


async def test_an_id_of_nobody_still_differs_from_everybody(graphql: GraphQL, rows: Rows) -> None:
    rows.session(rows.contact("A"))
    await rows.save()
    nobody = encode_id("Contact", 1)

    data = data_of(await graphql(NAMED, {"id": nobody, "ids": [nobody]}))

    assert (data["node"], data["contact"]) == (None, None)
    assert (data["byFilter"], data["byList"]) == ({"totalCount": 0}, {"totalCount": 0})
    assert (data["others"], data["none"]) == ({"totalCount": 1}, {"totalCount": 1})


async def test_every_write_by_a_name_of_the_loser_reaches_the_winner(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    winner = rows.contact("Ada", external_id="c-1")
    loser = rows.contact("Zoe", external_id="c-2")
    rows.handle(loser, ChannelType.WEB, "zoe")
    await rows.save()
    await merged(graphql, winner, loser)
    names: list[dict[str, Any]] = [
        {"id": global_id(loser)},
        {"externalId": "c-2"},
        {"handle": {"channelType": "WEB", "address": "zoe"}},
        {"id": global_id(winner), "externalId": "c-2"},
        {"id": global_id(loser), "externalId": "c-1"},
    ]

    for number, name in enumerate(names):
        given = {"input": {"contact": name, "channelType": "WEB"}}
        started = data_of(await graphql(client.START, given))["sessionStart"]
        appended = data_of(await graphql(APPEND, append(contact=name)))["messageAppend"]
        upserted = data_of(await graphql(UPSERT, {"input": {"contact": name}}))["contactUpsert"]
        start = {"externalId": f"s-{number}", "channelType": "WEB", "contact": name}
        ingest = {"input": {"sessions": [{"start": start}]}}
        ingested = data_of(await graphql(INGEST, ingest))["sessionIngest"]
        assert [p["userErrors"] for p in (started, appended, upserted)] == [[], [], []]
        assert ingested["created"] == 1
        assert upserted["contact"]["id"] == global_id(winner)

    counts = await viewer.fetch(
        "SELECT contact_id, COUNT(*) FROM session WHERE workspace_id = ? GROUP BY contact_id",
        (viewer.workspace_id,),
    )
    assert [tuple(row) for row in counts] == [(winner.id, 10)]
    shown = await graphql("query ($id: ID!) { contact(id: $id) { externalId } }", names[0])
    assert data_of(shown)["contact"] == {"externalId": "c-1"}


async def test_a_start_that_was_sent_under_the_losers_name_stays_a_repeat(
    graphql: GraphQL, rows: Rows
) -> None:
    winner, loser = rows.contact("Ada", external_id="c-1"), rows.contact("B", external_id="c-2")
    await rows.save()
    sent = client.start(externalId="s-1", contact={"externalId": "c-2"})
    first = data_of(await graphql(client.START, sent))["sessionStart"]

    await merged(graphql, winner, loser)

    again = data_of(await graphql(client.START, sent))["sessionStart"]
    assert (again["isReplay"], again["userErrors"]) == (True, [])
    assert again["session"]["id"] == first["session"]["id"]


async def test_cursors_of_the_losers_lists_hold_on_in_the_winners(
    graphql: GraphQL, rows: Rows
) -> None:
    winner, loser = rows.contact("A"), rows.contact("B")
    times = [START - timedelta(minutes=n) for n in range(6)]
    sessions = [rows.session((winner, loser)[n % 2], started_at=at) for n, at in enumerate(times)]
    await rows.save()
    query = """query ($id: ID!, $after: String) { contact(id: $id) {
      sessions(first: 1, after: $after) { nodes { id } pageInfo { endCursor } }
      conversations(first: 1) { pageInfo { endCursor } } } }"""
    page = data_of(await graphql(query, {"id": global_id(loser)}))["contact"]["sessions"]
    assert page["nodes"] == [{"id": global_id(sessions[1])}]

    await merged(graphql, winner, loser)

    for contact in (loser, winner):
        given = {"id": global_id(contact), "after": page["pageInfo"]["endCursor"]}
        following = data_of(await graphql(query, given))["contact"]["sessions"]
        assert following["nodes"] == [{"id": global_id(sessions[2])}]
    other = await graphql(query, {"id": global_id(winner), "after": "bm9uc2Vuc2U"})
    assert [code for code, _ in errors_of(other)] == ["INVALID_CURSOR"]


async def test_two_open_sessions_stay_open_and_messages_go_where_something_happened_last(
    graphql: GraphQL, rows: Rows
) -> None:
    winner, loser = rows.contact("A", external_id="c-1"), rows.contact("B")
    rows.session(winner, last_activity_at=START)
    newest = rows.session(loser, last_activity_at=LATER)
    await rows.save()
    await merged(graphql, winner, loser)

    answer = data_of(await graphql(APPEND, append(contact={"externalId": "c-1"})))["messageAppend"]

    assert (answer["session"]["id"], answer["sessionOpened"]) == (global_id(newest), False)
    open_sessions = data_of(await graphql("{ sessions(filter: {isOpen: true}) { totalCount } }"))
    assert open_sessions["sessions"]["totalCount"] == 2


async def test_merging_once_more_changes_nothing(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    winner, first, second = rows.contact("A"), rows.contact("B"), rows.contact("C")
    rows.session(first)
    await rows.save()
    done = await merge(graphql, winner, first, first, second)
    before = await contact_rows(viewer)

    again = await merge(graphql, winner, second, first, second)

    assert again == {**done, "isReplay": True, "changeCursor": None}
    assert await contact_rows(viewer) == before


async def test_what_cannot_be_merged_changes_nothing_and_is_told_with_its_path(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer, rows: Rows
) -> None:
    a, b, c = rows.contact("A"), rows.contact("B"), rows.contact("C")
    for contact in (a, b, c):
        rows.session(contact)
    await rows.save()
    foreign = Rows(stranger)
    eve = foreign.contact("Eve")
    await foreign.save()
    await merged(graphql, b, a)
    before = await contact_rows(viewer)
    nobody = encode_id("Contact", 1)

    first = ("loserIds", "0")
    refused: list[tuple[tuple[Contact | str, ...], list[tuple[str, tuple[str, ...]]]]] = [
        ((c, c), [("CONFLICT", first)]),
        ((a, b), [("CONFLICT", first)]),
        ((a, a), [("CONFLICT", first)]),
        ((c, nobody), [("NOT_FOUND", first)]),
        ((c, eve), [("NOT_FOUND", first)]),
        ((eve, c), [("NOT_FOUND", ("winnerId",))]),
        ((nobody, c), [("NOT_FOUND", ("winnerId",))]),
        ((c, b, eve, c), [("NOT_FOUND", ("loserIds", "1")), ("CONFLICT", ("loserIds", "2"))]),
        ((c, "nonsense"), [("INVALID", first)]),
        (("nonsense", c), [("INVALID", ("winnerId",))]),
        ((c, encode_id("Session", a.id)), [("INVALID", first)]),
        ((c,), [("INVALID", ("loserIds",))]),
        ((c, *[b] * 101), [("TOO_MANY", ("loserIds",))]),
    ]
    for parties, errors in refused:
        payload = await merge(graphql, *parties)
        told = [(one["code"], tuple(one["field"])) for one in payload["userErrors"]]
        assert told == [(code, ("input", *path)) for code, path in errors]
        assert (payload["contact"], payload["changeCursor"]) == (None, None)
        assert payload["isReplay"] is False

    assert await contact_rows(viewer) == before
    itself = await merge(graphql, c, c)
    message = "A contact cannot be merged into itself."
    assert itself["userErrors"] == [error("CONFLICT", message, "input", *first)]


async def test_merging_needs_its_scope(graphql: GraphQL, viewer: Viewer, rows: Rows) -> None:
    winner, loser = rows.contact("A"), rows.contact("B")
    await rows.save()
    others = frozenset(Scope) - {Scope.CONTACTS_WRITE, Scope.ADMIN}
    before = await contact_rows(viewer)

    given = {"winnerId": global_id(winner), "loserIds": [global_id(loser)]}
    refused = await graphql(MERGE, {"input": given}, by=replace(viewer, scopes=others))

    assert [e.message for e in refused.errors or ()] == ["This needs the scope CONTACTS_WRITE."]
    assert await contact_rows(viewer) == before


async def test_a_merged_contact_stands_for_its_winner_in_the_next_merge(
    graphql: GraphQL, rows: Rows
) -> None:
    a, b, c, d = (rows.contact(name) for name in "ABCD")
    for contact in (a, b, c, d):
        rows.session(contact)
    await rows.save()
    await merged(graphql, b, a)

    by_loser = await merge(graphql, c, a)
    by_winner = await merge(graphql, a, d)

    assert by_loser["contact"]["id"] == by_winner["contact"]["id"] == global_id(c)
    for contact in (a, b, c, d):
        data = data_of(await graphql(NAMED, {"id": global_id(contact), "ids": []}))
        assert data["contact"] == {"id": global_id(c), "sessions": {"totalCount": 4}}


async def test_the_metadata_of_a_merged_contact_stays_within_what_can_be_written(
    graphql: GraphQL, rows: Rows
) -> None:
    winner = rows.contact("A", metadata={"a": "x" * 60_000})
    large = rows.contact("B", metadata={"b": "y" * 6_000})
    small = rows.contact("C", metadata={"c": 1})
    await rows.save()

    contact = await merged(graphql, winner, large, small)

    assert contact["metadata"].keys() == {"a", "c"}


async def test_the_log_tells_of_each_moved_session_and_of_the_contacts(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    winner, loser = rows.contact("A"), rows.contact("B", external_id="c-2")
    into, from_ = rows.conversation(winner), rows.conversation(loser)
    session = rows.session(loser, conversation_id=from_.id)
    await rows.save()

    await merged(graphql, winner, loser)

    of_session, of_loser, of_winner = await told_changes(viewer)
    assert of_session == (
        "SESSION",
        session.id,
        "UPDATED",
        ["contact_id", "conversation_id", "updated_at", "version"],
        {"contact_id": loser.id, "conversation_id": from_.id},
        {"contact_id": winner.id, "conversation_id": into.id},
    )
    assert of_loser == (
        "CONTACT",
        loser.id,
        "UPDATED",
        ["external_id", "merged_into_id", "updated_at"],
        {"external_id": "c-2", "merged_into_id": None},
        {"external_id": None, "merged_into_id": winner.id},
    )
    assert of_winner == (
        "CONTACT",
        winner.id,
        "UPDATED",
        ["external_id", "merged", "updated_at"],
        {"external_id": None, "merged": None},
        {"external_id": "c-2", "merged": [global_id(loser)]},
    )


async def test_the_audit_trail_shows_a_merge_and_hides_addresses_without_the_scope(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    winner, loser = rows.contact("A"), rows.contact("B", email="b@example.com")
    rows.handle(loser, ChannelType.EMAIL, "b@example.com")
    rows.on_contact(loser, rows.label("vip"))
    await rows.save()
    await merged(graphql, winner, loser)
    query = """query ($id: ID!) { auditEntries(filter: {entityId: $id}) { nodes {
      action changes { field before after } } } }"""
    reader = replace(viewer, scopes=frozenset({Scope.AUDIT_READ}))

    async def trail(contact: Contact) -> list[tuple[str, Any, Any]]:
        data = data_of(await graphql(query, {"id": global_id(contact)}, by=reader))
        (entry,) = data["auditEntries"]["nodes"]
        assert entry["action"] == "CONTACT_UPDATED"
        return [(one["field"], one["before"], one["after"]) for one in entry["changes"]]

    assert await trail(loser) == [("mergedInto", None, global_id(winner))]
    assert await trail(winner) == [
        ("email", None, "***"),
        ("handles", "***", "***"),
        ("labels.vip", False, True),
        ("merged", None, [global_id(loser)]),
    ]
