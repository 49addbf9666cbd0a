"""Numbers about sessions: exact values on rows made by hand, and the rights to ask for them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from loaders.change import change_position
from loaders.cursor import ChangePosition
from loaders.viewer import Viewer
from models.enums import (
    AssessmentCode,
    ChannelType,
    GoalStatus,
    Scope,
    SentimentLabel,
    SessionStatus,
)
from models.errors import Forbidden
from models.facts import nearest_rank
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of, global_id
from tests.reads.rows import START, Rows, minutes

NUMBERS = """
  totalSessions activeSessions recentSessions completedSessions failedSessions cancelledSessions
  unassignedSessions messages contacts averageDurationSeconds averageFirstResponseSeconds
  responseRate negativeShare missingKnowledgeShare handoffRate goalCompletionRate leads
  opportunities opportunitySuccessScore conversationSuccessScore additionalSecuredRevenue
  topChannel { key label count share value node { id } }
  median: durationSecondsQuantile(q: 0.5)
"""
EMPTY = {
    "totalSessions": 0,
    "activeSessions": 0,
    "recentSessions": 0,
    "completedSessions": 0,
    "failedSessions": 0,
    "cancelledSessions": 0,
    "unassignedSessions": 0,
    "messages": 0,
    "contacts": 0,
    "averageDurationSeconds": None,
    "averageFirstResponseSeconds": None,
    "responseRate": None,
    "negativeShare": None,
    "missingKnowledgeShare": None,
    "handoffRate": None,
    "goalCompletionRate": None,
    "leads": 0,
    "opportunities": 0,
    "opportunitySuccessScore": None,
    "conversationSuccessScore": None,
    "additionalSecuredRevenue": "0",
    "topChannel": None,
    "median": None,
}
TOTAL = "query ($filter: SessionFilter) { sessionMetrics(filter: $filter) { totalSessions } }"


async def metrics(graphql: GraphQL, fields: str = NUMBERS, filter_: str = "") -> dict[str, Any]:
    arguments = f"(filter: {filter_})" if filter_ else ""
    found: dict[str, Any] = data_of(
        await graphql(f"{{ sessionMetrics{arguments} {{ {fields} }} }}")
    )["sessionMetrics"]
    return found


async def test_no_sessions_have_counts_of_zero_and_means_of_nothing(graphql: GraphQL) -> None:
    assert await metrics(graphql) == EMPTY


async def test_every_number_is_as_defined(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    ada, bob = rows.contact("Ada"), rows.contact("Bob")
    agent, goal = rows.agent(), rows.goal("book")
    lead = {"is_lead": True, "is_opportunity": True}
    won = rows.ended(
        ada, length=minutes(1), agent_id=agent.id, message_count=4, contact_message_count=2,
        first_response_ms=1500, sentiment_label=SentimentLabel.NEGATIVE, has_handoff=True,
        auto_assessment=AssessmentCode.NO, human_assessment=AssessmentCode.YES_A, stars=5,
        additional_secured_revenue=Decimal("0.1"), **lead,
    )  # fmt: skip
    lost = rows.ended(
        ada, length=minutes(4), status=SessionStatus.FAILED, agent_id=agent.id, message_count=3,
        contact_message_count=1, first_response_ms=500, sentiment_label=SentimentLabel.POSITIVE,
        auto_assessment=AssessmentCode.NO, stars=2, has_missing_knowledge=True,
        additional_secured_revenue=Decimal("0.2"), channel_type=ChannelType.PHONE, **lead,
    )  # fmt: skip
    rows.ended(
        bob, length=minutes(10), status=SessionStatus.CANCELLED, is_test=True, stars=1,
        auto_assessment=AssessmentCode.NO, additional_secured_revenue=Decimal(1000), **lead,
    )  # fmt: skip
    rows.session(
        bob, is_lead=True, currency="EUR", additional_secured_revenue=Decimal(7),
        started_at=viewer.now() - timedelta(hours=23),
    )  # fmt: skip
    rows.session(bob, is_archived=True)
    rows.outcome(won, goal, status=GoalStatus.COMPLETED)
    rows.outcome(won, rows.goal("upsell"))
    rows.outcome(lost, goal)
    await rows.save()

    assert await metrics(graphql) == {
        "totalSessions": 4,
        "activeSessions": 1,
        "recentSessions": 1,
        "completedSessions": 1,
        "failedSessions": 1,
        "cancelledSessions": 1,
        "unassignedSessions": 2,
        "messages": 7,
        "contacts": 2,
        "averageDurationSeconds": 300.0,
        "averageFirstResponseSeconds": 1.0,
        "responseRate": 0.5,
        "negativeShare": 0.5,
        "missingKnowledgeShare": 0.25,
        "handoffRate": 0.25,
        "goalCompletionRate": 0.5,
        "leads": 3,
        "opportunities": 2,
        "opportunitySuccessScore": 0.5,
        "conversationSuccessScore": 0.7,
        "additionalSecuredRevenue": "0.3",
        "topChannel": {
            "key": "WEB", "label": "Web", "count": 3, "share": 0.75, "value": 3.0, "node": None,
        },
        "median": 240.0,
    }  # fmt: skip
    assert await metrics(graphql, "totalSessions messages", "{status: {eq: FAILED}}") == {
        "totalSessions": 1,
        "messages": 3,
    }
    assert await metrics(graphql, "totalSessions", "{isArchived: true}") == {"totalSessions": 1}


async def test_a_goal_completion_rate_can_be_that_of_one_goal(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    book, cancel = rows.goal("book"), rows.goal("cancel")
    for completed in (True, True, False):
        session = rows.session()
        rows.outcome(
            session, book, status=GoalStatus.COMPLETED if completed else GoalStatus.TRIGGERED
        )
    rows.outcome(session, cancel, status=GoalStatus.COMPLETED)
    rows.session()
    await rows.save()

    fields = """
      any: goalCompletionRate book: goalCompletionRate(goalKey: "book")
      cancel: goalCompletionRate(goalKey: "cancel") none: goalCompletionRate(goalKey: "none")
    """
    assert await metrics(graphql, fields) == {
        "any": 1.0, "book": 2 / 3, "cancel": 1.0, "none": None,
    }  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 10, 100])
async def test_a_quantile_is_that_of_the_nearest_rank(
    viewer: Viewer, graphql: GraphQL, size: int
) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    lengths = [number * number + 1 for number in range(size)]
    for length in lengths:
        rows.ended(contact, length=timedelta(milliseconds=length))
    rows.session(contact)
    await rows.save()
    wanted = [0, 0.01, 0.07, 0.1, 0.29, 0.5, 0.9, 0.95, 0.999, 1]

    fields = " ".join(
        f"q{place}: durationSecondsQuantile(q: {q})" for place, q in enumerate(wanted)
    )
    found = await metrics(graphql, fields)

    # The rank in whole thousandths: 0.07 × 100 is 7, which floating point makes a little more.
    ranks = [max(1, -(-round(q * 1000) * size // 1000)) for q in wanted]
    assert list(found.values()) == [lengths[rank - 1] / 1000 for rank in ranks]
    assert found["q5"] == (nearest_rank(lengths, 0.5) or 0) / 1000


@pytest.mark.parametrize("q", ["-0.1", "1.1"])
async def test_a_quantile_lies_between_nothing_and_all(graphql: GraphQL, q: str) -> None:
    result = await graphql(f"{{ sessionMetrics {{ durationSecondsQuantile(q: {q}) }} }}")

    message = f"`q`: a quantile lies between 0 and 1, not {q}."
    assert errors_of(result) == [("BAD_USER_INPUT", message)]


async def test_agents_and_contacts_and_pages_have_numbers_of_their_own(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    agents = [rows.agent(name) for name in ("One", "Two", "Three")]
    contact = rows.contact("Ada")
    for number, agent in enumerate(agents[:2], start=1):
        for minute in range(number):
            rows.ended(contact, length=minutes(minute + 1), agent_id=agent.id, message_count=5)
    rows.session(rows.contact("Bob"), agent_id=agents[0].id, is_test=True)
    await rows.save()
    fields = "totalSessions messages median: durationSecondsQuantile(q: 0.5) topChannel { count }"
    query = f"""
    query ($contact: ID!) {{
      agents {{
        metrics {{ {fields} }}
        plain: metrics(filter: {{isTest: false}}) {{ {fields} }}
        sessions(first: 1) {{ metrics {{ totalSessions }} }}
      }}
      contact(id: $contact) {{ metrics {{ {fields} }} }}
      sessions(first: 1, filter: {{isTest: false}}) {{ nodes {{ id }} metrics {{ {fields} }} }}
    }}
    """

    found = data_of(await graphql(query, {"contact": global_id(contact)}))

    one, three, two = found["agents"]
    web = {"topChannel": {"count": 1}}
    assert one["metrics"] == {"totalSessions": 2, "messages": 5, "median": 60.0} | {
        "topChannel": {"count": 2}
    }
    assert one["plain"] == {"totalSessions": 1, "messages": 5, "median": 60.0} | web
    assert one["sessions"]["metrics"] == {"totalSessions": 2}
    assert two["metrics"] == {"totalSessions": 2, "messages": 10, "median": 60.0} | {
        "topChannel": {"count": 2}
    }
    assert three["metrics"] == {key: EMPTY[key] for key in one["metrics"]}
    assert three["sessions"]["metrics"] == {"totalSessions": 0}
    assert found["contact"]["metrics"]["totalSessions"] == 3
    assert len(found["sessions"]["nodes"]) == 1
    assert found["sessions"]["metrics"] == {"totalSessions": 3, "messages": 15, "median": 60.0} | {
        "topChannel": {"count": 3}
    }


async def test_amounts_are_added_up_exactly(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    for _ in range(10):
        rows.ended(contact, length=minutes(1), additional_secured_revenue=Decimal("0.1"))
    rows.ended(contact, length=minutes(1), additional_secured_revenue=Decimal("9000000000.0001"))
    await rows.save()

    assert await metrics(graphql, "additionalSecuredRevenue") == {
        "additionalSecuredRevenue": "9000000001.0001"
    }


async def test_the_log_position_is_read_before_the_numbers(
    viewer: Viewer, graphql: GraphQL
) -> None:
    statements: list[str] = []
    viewer.database.on_statement = statements.append

    fields = "goalCompletionRate durationSecondsQuantile(q: 1) contacts topChannel { key } asOf"
    found = await metrics(graphql, fields)

    assert [" FROM head " in sql for sql in statements] == [True, False, False, False, False]
    position = ChangePosition.decode(found["asOf"], viewer.workspace_id)
    assert position.seq == (await change_position(viewer)).seq


async def test_numbers_need_the_right_to_read_them_and_not_that_to_read_sessions(
    viewer: Viewer, graphql: GraphQL
) -> None:
    counting = Viewer(viewer.database, viewer.workspace, "x", frozenset({Scope.METRICS_READ}))
    reading = Viewer(
        viewer.database,
        viewer.workspace,
        "x",
        frozenset({Scope.SESSIONS_READ, Scope.CONTACTS_READ}),
    )
    rows = Rows(viewer)
    rows.session(agent_id=rows.agent().id)
    await rows.save()

    assert data_of(await graphql(TOTAL, by=counting)) == {"sessionMetrics": {"totalSessions": 1}}
    for query in (
        "{ agents { metrics { totalSessions } } }",
        "{ contacts { nodes { metrics { totalSessions } } } }",
        "{ sessions { metrics { totalSessions } } }",
    ):
        assert errors_of(await graphql(query, by=reading)) == [
            ("FORBIDDEN", str(Forbidden(Scope.METRICS_READ)))
        ]


async def test_what_may_not_be_read_may_not_be_counted_by(viewer: Viewer, graphql: GraphQL) -> None:
    counting = Viewer(viewer.database, viewer.workspace, "x", frozenset({Scope.METRICS_READ}))

    by_name = {"filter": {"contact": {"name": {"eq": "Ada"}}}}

    assert errors_of(await graphql(TOTAL, by_name, by=counting)) == [
        ("FORBIDDEN", str(Forbidden(Scope.CONTACTS_READ)))
    ]


async def test_another_workspace_counts_nothing_of_this_one(
    viewer: Viewer, stranger: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    rows.ended(length=minutes(1), started_at=START)
    await rows.save()

    found = data_of(await graphql(f"{{ sessionMetrics {{ {NUMBERS} }} }}", by=stranger))

    assert found["sessionMetrics"] == EMPTY
