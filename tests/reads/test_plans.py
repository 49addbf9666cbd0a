"""How SQLite, which has no statistics to guess with, finds the rows of a page."""

import re

import pytest

from loaders.viewer import Viewer
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
