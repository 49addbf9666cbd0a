"""The timeline: messages and events interleaved, walked in pages either way."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import ActorType, SessionEventKind
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of, global_id
from tests.reads.rows import Rows, minutes

TIMELINE = """
query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  session(id: $id) {
    timeline(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { ... on Message { text } ... on SessionEvent { name } } }
      nodes { __typename }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
    }
  }
}
"""
IN_ORDER = ["began", "joined", "m1", "m2", "asked", "m4", "m3", "left"]


@pytest.fixture
async def session(viewer: Viewer) -> Session:
    """Eight items, four of them at the same instant, and one message that came late."""
    rows = Rows(viewer)
    session = rows.session()
    start = session.started_at
    rows.message(session, 1, text="m1", sent_at=start)
    rows.message(session, 2, text="m2", sent_at=start)
    rows.message(session, 3, text="m3", sent_at=start + minutes(9))
    rows.message(session, 4, text="m4", sent_at=start + minutes(2))
    for name, at in (("began", 0), ("joined", 0), ("asked", 1), ("left", 10)):
        rows.event(session, SessionEventKind.CUSTOM, name=name, at=start + minutes(at))
    other = rows.session()
    rows.message(other, 1, text="elsewhere")
    await rows.save()
    return session


async def timeline(graphql: GraphQL, session: Session, **page: Any) -> dict[str, Any]:
    """One page of it, with its items by name."""
    answer = data_of(await graphql(TIMELINE, {"id": global_id(session), **page}))
    found: dict[str, Any] = answer["session"]["timeline"]
    nodes = [edge["node"] for edge in found["edges"]]
    return {**found, "names": [node.get("text") or node["name"] for node in nodes]}


async def test_items_are_in_order_of_time_then_events_then_arrival(
    graphql: GraphQL, session: Session
) -> None:
    found = await timeline(graphql, session)

    assert found["names"] == IN_ORDER
    assert found["totalCount"] == 8
    assert [node["__typename"] for node in found["nodes"][:3]] == [
        "SessionEvent",
        "SessionEvent",
        "Message",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100])
async def test_walks_of_every_size_yield_each_item_once(
    graphql: GraphQL, session: Session, size: int
) -> None:
    forwards: list[str] = []
    arguments: dict[str, Any] = {"first": size}
    while True:
        page = await timeline(graphql, session, **arguments)
        forwards += page["names"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        arguments["after"] = page["pageInfo"]["endCursor"]
    backwards: list[str] = []
    arguments = {"last": size}
    while True:
        page = await timeline(graphql, session, **arguments)
        backwards = page["names"] + backwards
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        arguments["before"] = page["pageInfo"]["startCursor"]

    assert (forwards, backwards) == (IN_ORDER, IN_ORDER)


async def test_every_item_can_be_continued_from(graphql: GraphQL, session: Session) -> None:
    cursors = [edge["cursor"] for edge in (await timeline(graphql, session))["edges"]]

    after = [(await timeline(graphql, session, after=cursor))["names"] for cursor in cursors]
    before = [(await timeline(graphql, session, before=cursor))["names"] for cursor in cursors]

    assert after == [IN_ORDER[place + 1 :] for place in range(8)]
    assert before == [IN_ORDER[:place] for place in range(8)]


async def test_a_cursor_of_another_sessions_timeline_is_refused(
    graphql: GraphQL, viewer: Viewer, session: Session
) -> None:
    rows = Rows(viewer)
    other = rows.session()
    await rows.save()
    cursor = (await timeline(graphql, session))["pageInfo"]["endCursor"]

    result = await graphql(TIMELINE, {"id": global_id(other), "after": cursor})

    assert [code for code, _message in errors_of(result)] == ["INVALID_CURSOR"]


async def test_a_deleted_message_keeps_its_place_and_shows_nothing(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    session = rows.session()
    rows.message(
        session,
        1,
        text="secret",
        payload={"secret": 1},
        attachments=[{"url": "https://files.example.com/secret.png"}],
        deleted_at=session.started_at,
    )
    await rows.save()
    query = """
    query ($id: ID!) {
      session(id: $id) {
        timeline {
          totalCount
          nodes { ... on Message { sequence text payload attachments { url } deletedAt } }
        }
        messages(filter: {text: {contains: "secret"}}) { totalCount }
      }
    }
    """

    found = data_of(await graphql(query, {"id": global_id(session)}))["session"]

    assert found == {
        "timeline": {
            "totalCount": 1,
            "nodes": [
                {
                    "sequence": 1,
                    "text": None,
                    "payload": None,
                    "attachments": [],
                    "deletedAt": "2026-03-01T12:00:00.000Z",
                }
            ],
        },
        "messages": {"totalCount": 0},
    }


async def test_status_history_and_handoffs_are_read_from_the_events(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    session = rows.session()
    start = session.started_at
    rows.event(
        session, SessionEventKind.STARTED, data={"from": None, "to": "ACTIVE", "reason": None}
    )
    rows.event(session, SessionEventKind.HANDOFF_REQUESTED, at=start + minutes(1))
    rows.event(
        session,
        SessionEventKind.ENDED,
        at=start + minutes(2),
        actor_type=ActorType.CONTACT,
        data={"from": "ACTIVE", "to": "COMPLETED", "reason": "CONTACT_ENDED"},
    )
    rows.event(session, SessionEventKind.ENDED, at=start + minutes(3), data={"to": "nonsense"})
    rows.event(session, SessionEventKind.ENDED, at=start + minutes(3), data="a producer's own")
    await rows.save()
    query = """
    query ($id: ID!) {
      session(id: $id) { statusHistory { from to reason at actorType } handoffs { kind } }
    }
    """

    found = data_of(await graphql(query, {"id": global_id(session)}))["session"]

    assert found == {
        "statusHistory": [
            {
                "from": None,
                "to": "ACTIVE",
                "reason": None,
                "at": "2026-03-01T12:00:00.000Z",
                "actorType": "SYSTEM",
            },
            {
                "from": "ACTIVE",
                "to": "COMPLETED",
                "reason": "CONTACT_ENDED",
                "at": "2026-03-01T12:02:00.000Z",
                "actorType": "CONTACT",
            },
        ],
        "handoffs": [{"kind": "HANDOFF_REQUESTED"}],
    }


async def test_events_and_messages_can_be_filtered(graphql: GraphQL, session: Session) -> None:
    query = """
    query ($id: ID!) {
      session(id: $id) {
        late: events(filter: {at: {gt: "2026-03-01T12:00:00Z"}}) { nodes { name } }
        none: events(filter: {kinds: []}) { totalCount }
        custom: events(first: 1, filter: {kinds: [CUSTOM]}) { totalCount nodes { name } }
        third: messages(filter: {text: {eq: "m3"}, senderType: CONTACT}) { nodes { sequence } }
        agents: messages(filter: {senderType: AI_AGENT}) { totalCount }
      }
    }
    """

    found = data_of(await graphql(query, {"id": global_id(session)}))["session"]

    assert found == {
        "late": {"nodes": [{"name": "asked"}, {"name": "left"}]},
        "none": {"totalCount": 0},
        "custom": {"totalCount": 4, "nodes": [{"name": "began"}]},
        "third": {"nodes": [{"sequence": 3}]},
        "agents": {"totalCount": 0},
    }
