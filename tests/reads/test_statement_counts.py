"""How many statements a query takes: a constant, whatever the number of rows."""

from collections.abc import Callable

import pytest

from loaders.viewer import Viewer
from models.enums import ActorType, SessionEventKind
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import data_of, global_id
from tests.reads.rows import START, Rows, minutes

Count = Callable[[], int]

TIMELINE = """
query ($first: Int) {
  sessions(first: $first) {
    nodes {
      id status startedAt duration
      contact { displayName avatarUrl }
      agent { name }
      labels { label { name color } source }
      customFields { key display field { name } }
      summary { text } sentiment { label } quality { css } revenue { leadValue }
    }
    pageInfo { hasNextPage endCursor }
    MORE
  }
}
"""
DETAIL = """
query ($id: ID!) {
  session(id: $id) {
    id status assessment { effective } usage { cost } participants { actorType }
    contact { displayName }
    agent { name }
    labels { label { name } }
    customFields { key value }
    messages(first: 100) { nodes { text sequence attachments { url } } }
    reasoning { model steps { name } journeyBlock { key } }
    goals { goal { name } status }
    journey { block { name } }
    forms { form { name } values }
  }
}
"""
NESTED = """
query {
  contacts {
    nodes {
      handles { address } labels { name } customFields { key }
      sessions(first: 2) {
        totalCount
        range { from total }
        nodes {
          lastMessage { sender { ... on Agent { name } ... on Contact { displayName } } }
          timeline(first: 5) { totalCount nodes { __typename } }
          latestComment { body }
          statusHistory { to }
        }
      }
    }
    totalCount
  }
}
"""


@pytest.fixture
def counted(viewer: Viewer) -> Count:
    """Statements since the last time it was asked."""
    statements: list[str] = []
    viewer.database.on_statement = statements.append

    def count() -> int:
        seen = len(statements)
        statements.clear()
        return seen

    return count


async def make_sessions(viewer: Viewer, count: int) -> list[Session]:
    """Sessions with everything a page and a detail view show."""
    rows = Rows(viewer)
    agent, label, field = rows.agent(), rows.label("billing"), rows.field("seat")
    goal, block, form = rows.goal("book"), rows.block("ask"), rows.form("booking")
    made: list[Session] = []
    for number in range(count):
        contact = rows.contact(f"Contact {number}")
        rows.on_contact(contact, label)
        session = rows.session(
            contact, agent_id=agent.id, last_sequence=4, started_at=START + minutes(number)
        )
        rows.applied(session, label)
        rows.value(session, field, text="12A")
        for sequence in (1, 2, 3, 4):
            answers = {"sender_type": ActorType.AI_AGENT, "agent_id": agent.id}
            message = rows.message(session, sequence, **({} if sequence % 2 else answers))
            rows.trace(message, journey_block_id=block.id)
        rows.event(session, SessionEventKind.STARTED, data={"from": None, "to": "ACTIVE"})
        rows.outcome(session, goal)
        rows.visit(session, block, 1)
        rows.submission(session, form)
        rows.comment(session, "well done")
        made.append(session)
    await rows.save()
    return made


@pytest.mark.parametrize("size", [1, 7, 30])
@pytest.mark.parametrize(
    "asked",
    [
        ("", 5),
        ("edges { cursor }", 5),
        ("changeCursor", 6),
        ("... { changeCursor }", 6),
        ("totalCount", 6),
        ("range { from to total page }", 6),
        ("changeCursor totalCount range { total }", 7),
    ],
)
async def test_a_timeline_page_takes_five_statements_and_one_for_each_extra(
    viewer: Viewer, graphql: GraphQL, counted: Count, size: int, asked: tuple[str, int]
) -> None:
    more, statements = asked
    await make_sessions(viewer, 30)
    counted()

    found = data_of(await graphql(TIMELINE.replace("MORE", more), {"first": size}))

    assert len(found["sessions"]["nodes"]) == size
    assert counted() == statements


async def test_only_a_page_behind_a_cursor_counts_what_precedes_it(
    viewer: Viewer, graphql: GraphQL, counted: Count
) -> None:
    await make_sessions(viewer, 5)
    query = "query ($after: String) { sessions(first: 2, after: $after) { range { from } EXTRA } }"
    first = await graphql(query.replace("EXTRA", "pageInfo { endCursor }"))
    after = data_of(first)["sessions"]["pageInfo"]["endCursor"]
    counted()

    second = data_of(await graphql(query.replace("EXTRA", "totalCount"), {"after": after}))

    assert second == {"sessions": {"range": {"from": 3}, "totalCount": 5}}
    assert counted() == 3


async def test_the_change_log_is_read_before_the_rows(viewer: Viewer, graphql: GraphQL) -> None:
    await make_sessions(viewer, 1)
    statements: list[str] = []
    viewer.database.on_statement = statements.append

    await graphql("{ sessions { nodes { id } changeCursor } }")

    assert [" FROM head " in statement for statement in statements] == [True, False]


async def test_a_detail_view_takes_ten_statements(
    viewer: Viewer, graphql: GraphQL, counted: Count
) -> None:
    session = (await make_sessions(viewer, 2))[0]
    counted()

    found = data_of(await graphql(DETAIL, {"id": global_id(session)}))["session"]

    assert len(found["messages"]["nodes"]) == 4
    assert [trace["journeyBlock"]["key"] for trace in found["reasoning"]] == ["ask"] * 4
    assert counted() == 10


async def test_nested_pages_and_lists_take_the_same_number_for_few_parents_and_for_many(
    viewer: Viewer, graphql: GraphQL, counted: Count
) -> None:
    await make_sessions(viewer, 1)
    await make_more(viewer, 1)
    counted()
    data_of(await graphql(NESTED))
    few = counted()
    await make_more(viewer, 8)
    counted()

    found = data_of(await graphql(NESTED))

    assert found["contacts"]["totalCount"] == 10
    assert [c["sessions"]["totalCount"] for c in found["contacts"]["nodes"]] == [1] * 10
    assert counted() == few == 16


async def make_more(viewer: Viewer, count: int) -> None:
    """More contacts with a session and a message each."""
    rows = Rows(viewer)
    for _ in range(count):
        session = rows.session(last_sequence=1)
        rows.message(session, 1)
        rows.comment(session, "hm")
    await rows.save()


NUMBERS = """
  totalSessions recentSessions messages contacts averageDurationSeconds leads
  additionalSecuredRevenue
"""
EXTRAS = """
  goalCompletionRate topChannel { key } asOf
  median: durationSecondsQuantile(q: 0.5) most: durationSecondsQuantile(q: 0.95)
"""


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        (f"{{ sessionMetrics {{ {NUMBERS} }} }}", 1),
        (f"{{ sessionMetrics {{ {NUMBERS} {EXTRAS} }} }}", 5),
        (f"{{ agents {{ metrics {{ {NUMBERS} }} }} }}", 2),
        (f"{{ agents {{ metrics(filter: {{isTest: false}}) {{ {NUMBERS} }} }} }}", 2),
        (f"{{ contacts {{ nodes {{ metrics {{ {NUMBERS} {EXTRAS} }} }} }} }}", 6),
        (f"{{ sessions {{ metrics {{ {NUMBERS} }} }} }}", 2),
        ("{ sessionFacets(by: [STATUS, CHANNEL_TYPE, TOPIC, HANDLED_BY]) { otherCount } }", 1),
        ("{ sessionFacets(by: [STATUS, LABEL, AGENT]) { buckets { label } } }", 3),
    ],
)
async def test_numbers_take_as_many_statements_for_few_as_for_many(
    viewer: Viewer, graphql: GraphQL, counted: Count, query: str, statements: int
) -> None:
    await make_sessions(viewer, 1)
    counted()
    data_of(await graphql(query))
    few = counted()
    await make_sessions_of_others(viewer, 8)
    counted()

    data_of(await graphql(query))

    assert counted() == few == statements


async def make_sessions_of_others(viewer: Viewer, count: int) -> None:
    """More sessions, each with a contact and an agent of its own."""
    rows = Rows(viewer)
    for number in range(count):
        rows.ended(agent_id=rows.agent(f"Agent {number}").id, length=minutes(number))
    await rows.save()


@pytest.mark.parametrize(
    ("split", "statements"), [("", 1), ("splitBy: TOPIC", 1), ("splitBy: AGENT", 2)]
)
async def test_a_time_series_takes_one_statement_and_one_for_what_it_is_split_by(
    viewer: Viewer, graphql: GraphQL, counted: Count, split: str, statements: int
) -> None:
    await make_sessions(viewer, 3)
    counted()

    query = f"""{{
      sessionTimeSeries(
        window: {{from: "2026-02-01T00:00:00Z", to: "2026-04-01T00:00:00Z"}} {split}
      ) {{ series {{ points {{ value }} }} }}
    }}"""
    data_of(await graphql(query))

    assert counted() == statements
