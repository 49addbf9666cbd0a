"""What becomes of the conversations of contacts that are made one."""

from datetime import timedelta

import pytest

from loaders.viewer import Viewer
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import START, Rows
from tests.writes.merging import merged

LATER = START + timedelta(hours=1)


@pytest.fixture
def rows(viewer: Viewer) -> Rows:
    return Rows(viewer)


async def test_conversations_without_a_thread_are_joined_and_others_move(
    graphql: GraphQL, rows: Rows
) -> None:
    winner, first, second = rows.contact("A"), rows.contact("B"), rows.contact("C")
    line = rows.channel("line")
    own = rows.conversation(winner, created_at=LATER, last_message_at=START)
    joined = rows.conversation(first, last_message_at=LATER)
    moved = rows.conversation(first, channel_id=line.id)
    into_moved = rows.conversation(second, channel_id=line.id)
    thread = rows.conversation(second, external_id="t-1")
    threads = (own, joined, moved, into_moved, thread)
    contacts = (winner, first, first, second, second)
    sessions = [
        rows.session(contact, conversation_id=one.id, channel_id=one.channel_id)
        for contact, one in zip(contacts, threads, strict=True)
    ]
    await rows.save()

    await merged(graphql, winner, first, second)

    query = """query ($id: ID!) { contact(id: $id) { conversations { nodes {
      id createdAt lastMessageAt sessions { nodes { id } } } } } }"""
    nodes = data_of(await graphql(query, {"id": global_id(winner)}))["contact"]["conversations"][
        "nodes"
    ]
    held = {node["id"]: {one["id"] for one in node["sessions"]["nodes"]} for node in nodes}
    ids = [global_id(session) for session in sessions]
    assert held == {
        global_id(own): {ids[0], ids[1]},
        global_id(moved): {ids[2], ids[3]},
        global_id(thread): {ids[4]},
    }
    (shown,) = (node for node in nodes if node["id"] == global_id(own))
    assert shown["createdAt"] == "2026-03-01T12:00:00.000Z"
    assert shown["lastMessageAt"] == "2026-03-01T13:00:00.000Z"
    by_id = """query ($id: ID!) {
      node(id: $id) { id } conversation(id: $id) { id contact { id } }
      sessions(filter: {conversationId: {in: [$id]}}) { totalCount } }"""
    for old, new in ((joined, own), (into_moved, moved), (thread, thread)):
        data = data_of(await graphql(by_id, {"id": global_id(old)}))
        assert data["node"] == {"id": global_id(new)}
        assert data["conversation"] == {
            "id": global_id(new), "contact": {"id": global_id(winner)},
        }  # fmt: skip
        assert data["sessions"]["totalCount"] == len(held[global_id(new)])


async def test_a_joined_conversation_is_found_through_a_chain_of_merges(
    graphql: GraphQL, rows: Rows
) -> None:
    contacts = [rows.contact(name) for name in "ABC"]
    threads = [rows.conversation(contact) for contact in contacts]
    for contact, one in zip(contacts, threads, strict=True):
        rows.session(contact, conversation_id=one.id)
    await rows.save()

    await merged(graphql, contacts[1], contacts[0])
    await merged(graphql, contacts[2], contacts[1])

    query = "query ($id: ID!) { conversation(id: $id) { id sessions { totalCount } } }"
    for one in threads:
        found = data_of(await graphql(query, {"id": global_id(one)}))["conversation"]
        assert found == {"id": global_id(threads[2]), "sessions": {"totalCount": 3}}
