"""Merges beside other writers, and what they cost: both orders end right."""

import asyncio

import pytest

import resolvers.contact_merging
from loaders.viewer import Viewer
from models.contact import Contact
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.writes.client import APPEND, append
from tests.writes.merging import merge

ROUNDS = 3


@pytest.fixture
def rows(viewer: Viewer) -> Rows:
    return Rows(viewer)


async def standing(graphql: GraphQL, *contacts: Contact) -> list[str]:
    """Whom the ids find."""
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    data = data_of(await graphql(query, {"ids": [global_id(one) for one in contacts]}))
    return [node["id"] for node in data["nodes"]]


async def owners(viewer: Viewer) -> set[int]:
    """The contacts that have sessions."""
    sql = "SELECT DISTINCT contact_id FROM session WHERE workspace_id = ?"
    return {key for (key,) in await viewer.fetch(sql, (viewer.workspace_id,))}


async def test_of_two_merges_into_each_other_one_is_a_conflict(
    graphql: GraphQL, rows: Rows
) -> None:
    for _ in range(ROUNDS):
        a, b = rows.contact("A"), rows.contact("B")
        await rows.save()

        payloads = await asyncio.gather(merge(graphql, a, b), merge(graphql, b, a))

        codes = [[error["code"] for error in payload["userErrors"]] for payload in payloads]
        assert sorted(codes) == [[], ["CONFLICT"]]
        winner = a if codes[0] == [] else b
        assert await standing(graphql, a, b) == [global_id(winner)] * 2


async def test_a_chain_ends_at_its_end_in_either_order(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    for _ in range(ROUNDS):
        a, b, c = rows.contact("A"), rows.contact("B"), rows.contact("C")
        sessions = [rows.session(contact) for contact in (a, b, c)]
        await rows.save()

        payloads = await asyncio.gather(merge(graphql, b, a), merge(graphql, c, b))

        assert [payload["userErrors"] for payload in payloads] == [[], []]
        assert await standing(graphql, a, b, c) == [global_id(c)] * 3
        own = {session.id for session in sessions}
        sql = "SELECT id FROM session WHERE workspace_id = ? AND contact_id = ?"
        found = await viewer.fetch(sql, (viewer.workspace_id, c.id))
        assert {key for (key,) in found} == own


async def test_the_same_merge_many_times_at_once_is_made_once(graphql: GraphQL, rows: Rows) -> None:
    winner, loser = rows.contact("A"), rows.contact("B")
    rows.session(loser)
    await rows.save()

    payloads = await asyncio.gather(*(merge(graphql, winner, loser) for _ in range(4)))

    assert [payload["userErrors"] for payload in payloads] == [[]] * 4
    assert sorted(payload["isReplay"] for payload in payloads) == [False, True, True, True]


async def test_messages_that_arrive_meanwhile_are_the_winners_afterwards(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    for number in range(ROUNDS):
        winner = rows.contact("A", external_id=f"w-{number}")
        loser = rows.contact("B", external_id=f"l-{number}")
        session = rows.session(loser)
        rows.session(winner)
        await rows.save()
        named = append(contact={"externalId": f"l-{number}"})
        other = append(contact={"externalId": f"l-{number}"}, channelType="SMS")
        addressed = {
            "session": {"id": global_id(session)},
            "messages": [{"senderType": "CONTACT", "text": "hi"}],
        }

        messages = [named, {"input": addressed}, other, named]
        merging = asyncio.ensure_future(merge(graphql, winner, loser))
        results = await asyncio.gather(*(graphql(APPEND, one) for one in messages))

        assert (await merging)["userErrors"] == []
        appended = [data_of(result)["messageAppend"] for result in results]
        assert [payload["userErrors"] for payload in appended] == [[]] * 4
        assert loser.id not in await owners(viewer)
        query = """query ($id: ID!) { contact(id: $id) {
          lastSeenAt sessions { nodes { messageCount lastActivityAt } } } }"""
        contact = data_of(await graphql(query, {"id": global_id(loser)}))["contact"]
        assert sum(node["messageCount"] for node in contact["sessions"]["nodes"]) == 4
        seen = max(node["lastActivityAt"] for node in contact["sessions"]["nodes"])
        assert contact["lastSeenAt"] == seen


async def test_who_names_the_session_and_who_names_the_contact_do_not_wait_for_each_other(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    session = rows.session(rows.contact("A", external_id="c-1"))
    await rows.save()
    addressed = {"session": {"id": global_id(session)}, "messages": [{"senderType": "SYSTEM"}]}
    routed = append(contact={"externalId": "c-1"})
    statements: list[str] = []
    viewer.database.on_statement = statements.append

    results = await asyncio.gather(
        *(graphql(APPEND, one) for one in [routed, {"input": addressed}] * 6)
    )

    viewer.database.on_statement = None
    answers = [data_of(result)["messageAppend"]["session"] for result in results]
    assert {answer["id"] for answer in answers} == {global_id(session)}
    assert max(answer["messageCount"] for answer in answers) == 12
    said = [sql for sql in statements if sql.startswith('INSERT INTO "message"')]
    assert len(said) == 12  # whoever has to start again says it once more


async def test_new_contacts_and_handles_meanwhile_lead_to_the_winner(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    winner, loser = rows.contact("A"), rows.contact("B", external_id="l")
    await rows.save()
    handle = {"channelType": "WHATSAPP", "address": "+15550100"}

    merging = asyncio.ensure_future(merge(graphql, winner, loser))
    appended = await graphql(APPEND, append(contact={"externalId": "l", "handle": handle}))
    payload = await merging
    again = await graphql(APPEND, append(contact={"handle": handle}))

    assert payload["userErrors"] == []
    for result in (appended, again):
        assert data_of(result)["messageAppend"]["userErrors"] == []
    assert await owners(viewer) == {winner.id}
    sql = "SELECT contact_id, address FROM contact_handle WHERE workspace_id = ?"
    found = await viewer.fetch(sql, (viewer.workspace_id,))
    assert [tuple(row) for row in found] == [(winner.id, "+15550100")]


async def test_a_merge_takes_as_many_statements_for_many_sessions_as_for_one(
    graphql: GraphQL, viewer: Viewer, rows: Rows
) -> None:
    counts: list[int] = []
    for count in (1, 150):
        winner, loser = rows.contact("A"), rows.contact("B")
        into, thread = rows.conversation(winner), rows.conversation(loser)
        for _ in range(count):
            rows.session(loser, conversation_id=thread.id)
        rows.session(winner, conversation_id=into.id)
        await rows.save()
        statements: list[str] = []
        viewer.database.on_statement = statements.append

        payload = await merge(graphql, winner, loser)

        viewer.database.on_statement = None
        assert payload["userErrors"] == []
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert counts[0] <= 45


async def test_of_too_many_sessions_the_log_does_not_tell_one_by_one(
    graphql: GraphQL, viewer: Viewer, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.contact_merging, "MOST_TOLD", 3)
    told: list[tuple[int, bool]] = []
    for count in (3, 4):
        winner, loser = rows.contact("A"), rows.contact("B")
        for _ in range(count):
            rows.session(loser)
        await rows.save()
        assert (await merge(graphql, winner, loser))["userErrors"] == []

        own = "SELECT fields FROM change WHERE workspace_id = ? AND "
        of_sessions = await viewer.fetch(
            own + "session_id IN (SELECT id FROM session WHERE contact_id = ?)",
            (viewer.workspace_id, winner.id),
        )
        (of_winner,) = await viewer.fetch(own + "entity_id = ?", (viewer.workspace_id, winner.id))
        told.append((len(of_sessions), '"sessions"' in of_winner[0]))
        versions = await viewer.fetch(
            "SELECT DISTINCT version FROM session WHERE contact_id = ?", (winner.id,)
        )
        assert [tuple(row) for row in versions] == [(2,)]

    assert told == [(3, False), (0, True)]
