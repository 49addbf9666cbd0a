"""The audit trail: who changed what, from what to what, and when."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import Scope
from schema.node import global_id
from tests.conftest import GraphQL, data_of
from tests.reads.client import errors_of
from tests.writes.reviewed import World, updated

ENTRY = "action actor entityId entityType requestId changes { field before after }"
TRAIL = f"""query($filter: AuditFilter, $first: Int, $after: String) {{
  auditEntries(filter: $filter, first: $first, after: $after) {{
    nodes {{ id {ENTRY} changeCursor }} totalCount pageInfo {{ endCursor hasNextPage }} }} }}"""


@pytest.fixture
async def world(viewer: Viewer) -> World:
    made = World(viewer)
    await made.rows.save()
    return made


async def trail(graphql: GraphQL, **variables: Any) -> dict[str, Any]:
    page: dict[str, Any] = data_of(await graphql(TRAIL, variables))["auditEntries"]
    return page


async def test_a_write_says_who_changed_what_from_what_to_what(
    graphql: GraphQL, world: World
) -> None:
    agent = global_id(world.agent)
    await updated(graphql, world, topic="Refund", agentId=agent, addLabels=["Urgent"])
    await updated(graphql, world, topic="Delivery", qualityStars=5)

    second, first = (await trail(graphql))["nodes"]
    assert {name: first[name] for name in ("action", "actor", "entityId", "entityType")} == {
        "action": "SESSION_UPDATED",
        "actor": "tester",
        "entityId": world.id,
        "entityType": "Session",
    }
    assert first["changes"] == [
        {"field": "agent", "before": None, "after": agent},
        {"field": "labels.Urgent", "before": False, "after": True},
        {"field": "topic", "before": None, "after": "Refund"},
    ]
    assert second["changes"] == [
        {"field": "ratedBy", "before": None, "after": "tester"},
        {"field": "stars", "before": None, "after": 5},
        {"field": "topic", "before": "Refund", "after": "Delivery"},
    ]


async def test_the_trail_is_paged_and_filtered(graphql: GraphQL, world: World) -> None:
    for topic in ("a", "b", "c"):
        await updated(graphql, world, topic=topic)

    first = await trail(graphql, first=2)
    rest = await trail(graphql, first=2, after=first["pageInfo"]["endCursor"])
    assert [entry["changes"][0]["after"] for entry in first["nodes"] + rest["nodes"]] == [
        "c", "b", "a",
    ]  # fmt: skip
    assert (first["totalCount"], rest["pageInfo"]["hasNextPage"]) == (3, False)

    counts = {
        name: (await trail(graphql, filter=filter))["totalCount"]
        for name, filter in {
            "session": {"entityId": world.id},
            "other": {"entityId": global_id(world.other)},
            "actor": {"actor": {"eq": "tester"}},
            "action": {"action": {"in": ["SESSION_CREATED"]}},
            "recent": {"at": {"last": "PT1H"}},
        }.items()
    }
    assert counts == {"session": 3, "other": 0, "actor": 3, "action": 0, "recent": 3}


async def test_a_session_has_its_own_trail(graphql: GraphQL, world: World) -> None:
    await updated(graphql, world, topic="Refund")
    query = f"query($id: ID!) {{ session(id: $id) {{ audit {{ nodes {{ {ENTRY} }} }} }} }}"

    for id_, count in ((world.id, 1), (global_id(world.other), 0)):
        nodes = data_of(await graphql(query, {"id": id_}))["session"]["audit"]["nodes"]
        assert len(nodes) == count


async def test_an_entry_is_a_node(graphql: GraphQL, world: World) -> None:
    await updated(graphql, world, topic="Refund")
    (entry,) = (await trail(graphql))["nodes"]

    query = f"query($id: ID!) {{ node(id: $id) {{ id ... on AuditEntry {{ {ENTRY} }} }} }}"
    node = data_of(await graphql(query, {"id": entry["id"]}))["node"]

    assert node == {name: entry[name] for name in node}


async def test_what_a_key_may_not_read_it_sees_only_as_changed(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    message = world.rows.message(world.session, 1, text="secret")
    await world.rows.save()
    update = """mutation($id: ID!) { messageUpdate(input: {id: $id, text: "corrected"}) {
      userErrors { code } } }"""
    data_of(await graphql(update, {"id": global_id(message)}))
    scopes = frozenset({Scope.AUDIT_READ})
    auditor = Viewer(viewer.database, viewer.workspace, "auditor", scopes)

    answer = data_of(await graphql(TRAIL, {}, by=auditor))["auditEntries"]["nodes"][0]
    assert {"field": "messages.1.text", "before": "***", "after": "***"} in answer["changes"]


async def test_wrong_ids_and_strangers_find_nothing(
    graphql: GraphQL, world: World, stranger: Viewer
) -> None:
    await updated(graphql, world, topic="Refund")

    answer = await graphql(TRAIL, {"filter": {"entityId": "x"}})
    assert errors_of(answer) == [("BAD_USER_INPUT", "'x' is not an id of this API.")]
    theirs = data_of(await graphql(TRAIL, {}, by=stranger))["auditEntries"]
    assert theirs["totalCount"] == 0
