"""How the databases find the rows of a page.

SQLite has no statistics to guess with; PostgreSQL is kept from reading whole tables, which it would
do with the few rows of a test.
"""

import re
from typing import Any

import orjson
import pytest

from loaders.batch import order_by
from loaders.prepared_filter import prepared
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.global_id import encode_id
from schema.inputs.document import parsed
from schema.inputs.session_filter import SessionFilter
from tests.conftest import GraphQL
from tests.reads.client import data_of, global_id
from tests.reads.rows import Rows

EVERYTHING = """
query ($id: ID!) {
  nodes(ids: [$id]) { id }
  sessions(first: 10) {
    nodes {
      contact {
        handles { address } labels { name } customFields { key } conversations { nodes { id } }
        sessions(first: 2) { totalCount nodes { id } }
      }
      agent { sessions(first: 2) { totalCount nodes { id } } }
      conversation { messages(first: 2) { totalCount nodes { sender { __typename } } } }
      labels { label { name } } customFields { key } goals { status } journey { sequence }
      forms { values } knowledgeGaps { question } scores { name } handoffs { kind }
      statusHistory { to } comments { totalCount nodes { body } } latestComment { body }
      messages(first: 2) { totalCount nodes { reasoning { model } replyTo { id } } }
      timeline(first: 2) { totalCount nodes { __typename } } lastMessage { text }
      events { nodes { agent { name } } } reasoning { model journeyBlock { key } }
    }
  }
}
"""
WHOLE_TABLE = re.compile(r"SCAN (?!json_each|k |CONSTANT)\S+")
WHOLE_WORKSPACE = re.compile(r"SEARCH [tr] USING .*\(workspace_id=\?\)")


async def test_no_relation_reads_more_than_its_parents_rows(
    viewer: Viewer, graphql: GraphQL
) -> None:
    if viewer.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by its statistics")
    rows = Rows(viewer)
    for name in ("One", "Two", "Three"):
        session = rows.session(agent_id=rows.agent(name).id, last_sequence=1)
        rows.message(session, 1)
    await rows.save()
    statements: list[str] = []
    viewer.database.on_statement = statements.append
    data_of(await graphql(EVERYTHING, {"id": global_id(session)}))
    viewer.database.on_statement = None

    plans = {
        sql: [
            str(step[3])
            for step in await viewer.fetch(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))
        ]
        for sql in statements
    }

    wasteful = [
        (sql, step)
        for sql, steps in plans.items()
        for step in steps
        if WHOLE_TABLE.match(step) or WHOLE_WORKSPACE.match(step)
    ]
    assert len(plans) > 25
    assert wasteful == []


DAY = "2026-03-01T00:00:00Z"
COMMON: dict[str, tuple[dict[str, Any], str]] = {
    "everything": ({}, "session_listed"),
    "status": ({"status": {"eq": "FAILED"}}, "workspace_id=? AND status=?"),
    "isOpen": ({"isOpen": True}, "session_listed"),
    "activity": ({"activity": {"eq": "LIVE"}, "isOpen": True}, "session_listed"),
    "channelType": ({"channelType": {"eq": "SMS"}}, "workspace_id=? AND channel_type=?"),
    "startedAt": ({"startedAt": {"gte": DAY, "lt": DAY}}, "started_at>? AND started_at<?"),
    "last": ({"startedAt": {"last": "PT24H"}}, "workspace_id=? AND started_at>?"),
    "agent": ({"agent": {"id": {"eq": encode_id("Agent", 1)}}}, "workspace_id=? AND agent_id=?"),
    "contact": (
        {"contact": {"id": {"eq": encode_id("Contact", 1)}}}, "workspace_id=? AND contact_id=?",
    ),
    "label": ({"labels": {"some": {"name": {"eq": "VIP"}}}}, "label_id=?"),
    "topic": ({"topic": {"eq": "Billing"}}, "workspace_id=? AND topic=?"),
    "customField": (
        {"customFields": [{"key": "plan", "text": {"eq": "Pro"}}]}, "field_id=?",
    ),
    "goal": ({"goals": {"some": {"key": "book"}}}, "goal_id=?"),
    "event": (
        {"events": {"some": {"kind": "HANDOFF_ACCEPTED"}}}, "workspace_id=? AND kind=?",
    ),
    "score": ({"scores": {"some": {"name": "csat"}}}, "workspace_id=? AND name=?"),
    "isTodo": ({"isTodo": True}, "session_todo"),
    "updatedAt": ({"updatedAt": {"gte": DAY}}, "workspace_id=?"),
}  # fmt: skip
"""A filter, and what SQLite's plan says about the index that serves it."""


@pytest.mark.parametrize("name", COMMON)
async def test_a_page_of_a_common_filter_is_found_by_an_index(viewer: Viewer, name: str) -> None:
    filter, served_by = COMMON[name]
    rows = Rows(viewer)
    rows.field("plan")
    await rows.save()

    plan = await plan_of(viewer, filter)

    if viewer.dialect == "sqlite":
        assert [step for step in plan if WHOLE_TABLE.match(step)] == []
        assert any(served_by in step for step in plan), plan
    else:
        assert [step for step in plan if "Seq Scan" in step] == []


async def plan_of(viewer: Viewer, filter: dict[str, Any]) -> list[str]:
    """The steps of reading a page."""
    wanted = await prepared(viewer, parsed(SessionFilter, orjson.dumps(filter)))
    listed = sessions_of(viewer, wanted)
    sql = (
        f"SELECT s.id FROM {listed.table.source} WHERE {listed.where.sql}"
        f" ORDER BY {order_by(listed)} LIMIT 50"
    )
    values = listed.where.bound(viewer.now())
    if viewer.dialect == "sqlite":
        steps = await viewer.fetch(f"EXPLAIN QUERY PLAN {sql}", values)
        return [str(step[3]) for step in steps]
    async with viewer.database.transaction() as transaction:
        await transaction.fetch("SET LOCAL enable_seqscan = off")
        return [str(step[0]) for step in await transaction.fetch(f"EXPLAIN {sql}", values)]
