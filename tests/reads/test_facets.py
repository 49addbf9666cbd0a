"""Facets: every dimension on rows made by hand, what buckets leave out, and rights."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.custom_field import ContactFieldValue
from models.enums import (
    AssessmentCode,
    ChannelType,
    CustomFieldTarget,
    CustomFieldType,
    GoalStatus,
    HandledBy,
    Modality,
    Scope,
    SentimentLabel,
    SessionDimension,
    SessionStatus,
    ValueSource,
)
from models.errors import Forbidden
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of, global_id
from tests.reads.rows import START, Rows, minutes

Shown = list[tuple[str, str, int]]
NO_OPTIONS: list[str] = []


async def facet(graphql: GraphQL, dimension: str, arguments: str = "") -> dict[str, Any]:
    query = f"""{{
      sessionFacets(by: [{dimension}] {arguments}) {{
        dimension buckets {{ key label value count share node {{ id }} }} otherCount missingCount
      }}
    }}"""
    (found,) = data_of(await graphql(query))["sessionFacets"]
    assert found["dimension"] == dimension
    return dict(found)


async def counts(graphql: GraphQL, dimension: str, arguments: str = "") -> tuple[Shown, int]:
    """Key, label and count of each bucket, and the sessions without a value."""
    found = await facet(graphql, dimension, arguments)
    shown = [(one["key"], one["label"], one["count"]) for one in found["buckets"]]
    return shown, found["missingCount"]


def three(rows: Rows, **of_two: Any) -> list[Session]:
    """Two sessions with these values, and one with no more than it must have."""
    return [rows.session(**of_two), rows.session(**of_two), rows.session()]


@pytest.mark.parametrize(
    "case",
    [
        ("STATUS", {"status": SessionStatus.FAILED},
         [("FAILED", "Failed", 2), ("ACTIVE", "Active", 1)], 0),
        ("ACTIVITY", {"activity": "IDLE"}, [("IDLE", "Idle", 2), ("LIVE", "Live", 1)], 0),
        ("END_REASON", {"end_reason": "MAX_DURATION"}, [("MAX_DURATION", "Max duration", 2)], 1),
        ("CHANNEL_TYPE", {"channel_type": ChannelType.WHATSAPP},
         [("WHATSAPP", "WhatsApp", 2), ("WEB", "Web", 1)], 0),
        ("MODALITY", {"modality": Modality.VOICE}, [("VOICE", "Voice", 2), ("TEXT", "Text", 1)], 0),
        ("TOPIC", {"topic": "refund"}, [("refund", "refund", 2)], 1),
        ("SENTIMENT", {"sentiment_label": SentimentLabel.NEUTRAL},
         [("NEUTRAL", "Neutral", 2)], 1),
        ("LENGTH_CLASS", {"duration_ms": 300_000}, [("LONG", "Long", 2)], 1),
        ("LENGTH_CLASS", {"duration_ms": 299_999}, [("REGULAR", "Regular", 2)], 1),
        ("LENGTH_CLASS", {"duration_ms": 59_999}, [("SHORT", "Short", 2)], 1),
        ("HANDLED_BY", {"handled_by": HandledBy.AI_THEN_HUMAN},
         [("AI_THEN_HUMAN", "AI, then human", 2), ("NOBODY", "Nobody", 1)], 0),
        ("ASSESSMENT", {"auto_assessment": AssessmentCode.NO,
                        "human_assessment": AssessmentCode.YES_B}, [("YES_B", "Yes-B", 2)], 1),
        ("SOURCE", {"source": "bot"}, [("bot", "bot", 2), ("test", "test", 1)], 0),
        ("UTM_CAMPAIGN", {"utm_campaign": "spring"}, [("spring", "spring", 2)], 1),
    ],
)  # fmt: skip
async def test_a_plain_value_is_counted(
    viewer: Viewer, graphql: GraphQL, case: tuple[str, dict[str, Any], Shown, int]
) -> None:
    dimension, values, shown, missing = case
    rows = Rows(viewer)
    three(rows, **values)
    await rows.save()

    assert await counts(graphql, dimension) == (shown, missing)


async def test_objects_are_counted_and_shown(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    agent, channel = rows.agent("Robot"), rows.channel("widget")
    goal, block, form = rows.goal("book"), rows.block("ask"), rows.form("booking")
    label = rows.label("billing")
    for session in three(rows, agent_id=agent.id, channel_id=channel.id)[:2]:
        rows.applied(session, label)
        rows.outcome(session, goal)
        rows.visit(session, block, 1)
        rows.visit(session, block, 2)
        rows.submission(session, form)
        rows.submission(session, form)
    await rows.save()

    for dimension, node, key in (
        ("AGENT", agent, global_id(agent)),
        ("CHANNEL", channel, global_id(channel)),
        ("LABEL", label, global_id(label)),
        ("GOAL", goal, "book"),
        ("JOURNEY_BLOCK", block, "ask"),
        ("FORM", form, "booking"),
    ):
        found = await facet(graphql, dimension)
        bucket = {"key": key, "label": node.name, "value": 2.0, "count": 2, "share": 2 / 3}
        assert found["buckets"] == [{**bucket, "node": {"id": global_id(node)}}]
        assert (found["otherCount"], found["missingCount"]) == (0, 1)


async def test_a_session_counts_once_for_each_of_its_values(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    one, two, three = (rows.label(name) for name in ("one", "two", "three"))
    both, single = rows.session(message_count=4), rows.session(message_count=1)
    for session, label in ((both, one), (both, two), (single, one), (single, three)):
        rows.applied(session, label)
    rows.session()
    await rows.save()

    found = await facet(graphql, "LABEL", "limit: 1, measure: MESSAGES")

    assert [
        (one["label"], one["value"], one["count"], one["share"]) for one in found["buckets"]
    ] == [("one", 5.0, 2, 2 / 3)]
    assert (found["otherCount"], found["missingCount"]) == (2, 1)


@pytest.mark.parametrize(
    ("type_", "values", "shown"),
    [
        (CustomFieldType.TEXT, [{"text": "12A"}] * 2 + [{"text": "3"}],
         [("12A", 2), ("3", 1)]),
        (CustomFieldType.NUMBER, [{"number": 10.0}] * 2 + [{"number": 0.1 + 0.2}, {"number": 9.0}],
         [("10", 2), ("0.3", 1), ("9", 1)]),
        (CustomFieldType.BOOLEAN, [{"boolean": False}] * 2 + [{"boolean": True}],
         [("false", 2), ("true", 1)]),
        (CustomFieldType.DATE, [{"date": datetime(2026, 1, 31, tzinfo=UTC)}],
         [("2026-01-31T00:00:00.000Z", 1)]),
        (CustomFieldType.MULTI_SELECT,
         [{"choices": ["a", "b", "a"]}, {"choices": ["b"]}, {"choices": NO_OPTIONS}],
         [("b", 2), ("a", 1)]),
    ],
)  # fmt: skip
async def test_a_custom_field_is_counted_by_its_values(
    viewer: Viewer,
    graphql: GraphQL,
    type_: CustomFieldType,
    values: list[dict[str, Any]],
    shown: list[tuple[str, int]],
) -> None:
    rows = Rows(viewer)
    field, other = rows.field("seat", type=type_), rows.field("other")
    for value in values:
        session = rows.session()
        rows.value(session, field, **value)
        rows.value(session, other, text="x")
    rows.session()
    await rows.save()

    buckets, missing = await counts(graphql, "CUSTOM_FIELD", ', customFieldKey: "seat"')

    assert buckets == [(key, key, count) for key, count in shown]
    assert missing == 1 + sum(value.get("choices") == [] for value in values)


async def test_a_contact_s_field_needs_the_right_to_read_contacts(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    field = rows.field("plan", applies_to=CustomFieldTarget.CONTACT)
    rows.field("pin", is_personal_data=True)
    contact = rows.contact()
    rows.session(contact)
    rows.session(contact)
    rows.session()
    rows.add(
        ContactFieldValue, contact_id=contact.id, field_id=field.id, text="gold",
        source=ValueSource.HUMAN, updated_at=START,
    )  # fmt: skip
    await rows.save()
    counting = Viewer(viewer.database, viewer.workspace, "x", frozenset({Scope.METRICS_READ}))
    query = """query ($key: String) {
      sessionFacets(by: [CUSTOM_FIELD], customFieldKey: $key) { missingCount }
    }"""

    assert await counts(graphql, "CUSTOM_FIELD", ', customFieldKey: "plan"') == (
        [("gold", "gold", 2)],
        1,
    )
    for key, scope in (("plan", Scope.CONTACTS_READ), ("pin", Scope.PII_READ)):
        assert errors_of(await graphql(query, {"key": key}, by=counting)) == [
            ("FORBIDDEN", str(Forbidden(scope)))
        ]


async def test_the_object_of_a_bucket_needs_the_right_to_read_it(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    rows.session(agent_id=rows.agent("Robot").id)
    await rows.save()
    counting = Viewer(viewer.database, viewer.workspace, "x", frozenset({Scope.METRICS_READ}))
    query = "{ sessionFacets(by: [AGENT]) { buckets { FIELDS } } }"

    named = data_of(await graphql(query.replace("FIELDS", "label count"), by=counting))
    refused = await graphql(query.replace("FIELDS", "node { id }"), by=counting)

    assert named == {"sessionFacets": [{"buckets": [{"label": "Robot", "count": 1}]}]}
    assert errors_of(refused) == [("FORBIDDEN", str(Forbidden(Scope.SESSIONS_READ)))]


async def test_hours_and_days_are_those_of_the_clock_on_the_wall(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    for moment in (
        datetime(2026, 3, 8, 6, 59, tzinfo=UTC),  # 01:59, an hour before the clock goes forward
        datetime(2026, 3, 8, 7, tzinfo=UTC),  # 03:00
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # 01:30, and an hour later again
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 4, 59, tzinfo=UTC),  # still Sunday, 23:59
        datetime(2026, 11, 2, 5, tzinfo=UTC),  # Monday
    ):
        rows.session(started_at=moment)
    await rows.save()
    there = ', timezone: "America/New_York"'

    assert await counts(graphql, "HOUR_OF_DAY", there) == (
        [("01", "01:00", 3), ("00", "00:00", 1), ("03", "03:00", 1), ("23", "23:00", 1)],
        0,
    )
    assert await counts(graphql, "DAY_OF_WEEK", there) == (
        [("7", "Sunday", 5), ("1", "Monday", 1)],
        0,
    )
    assert (await counts(graphql, "DAY_OF_WEEK"))[0] == [("7", "Sunday", 4), ("1", "Monday", 2)]


MEASURED = {
    "SESSIONS": (2, 1),
    "ACTIVE_SESSIONS": (0, 1),
    "MESSAGES": (9, 3),
    "CONTACTS": (1, 1),
    "AVG_DURATION": (90, 0),
    "AVG_FIRST_RESPONSE": (2, 0),
    "NEGATIVE_SHARE": (0.5, 0),
    "GOAL_COMPLETION_RATE": (0.5, 0),
    "HANDOFF_RATE": (0.5, 0),
    "OSS": (0.5, 0),
    "CSS": (0.8, 0),
    "ASR": (0.3, 0),
    "LEADS": (2, 0),
    "OPPORTUNITIES": (2, 0),
}


@pytest.mark.parametrize("measure", MEASURED)
async def test_a_bucket_tells_any_measure(viewer: Viewer, graphql: GraphQL, measure: str) -> None:
    rows = Rows(viewer)
    contact, goal = rows.contact(), rows.goal("book")
    shared: dict[str, Any] = {"topic": "a", "is_lead": True, "is_opportunity": True}
    won = rows.ended(
        contact, length=minutes(1), message_count=4, first_response_ms=3000, stars=5,
        sentiment_label=SentimentLabel.NEGATIVE, auto_assessment=AssessmentCode.YES_B,
        additional_secured_revenue=Decimal("0.1"), has_handoff=True, **shared,
    )  # fmt: skip
    lost = rows.ended(
        contact, length=minutes(2), message_count=5, first_response_ms=1000, stars=3,
        sentiment_label=SentimentLabel.POSITIVE, auto_assessment=AssessmentCode.NO,
        additional_secured_revenue=Decimal("0.2"), **shared,
    )  # fmt: skip
    rows.outcome(won, goal, status=GoalStatus.COMPLETED)
    rows.outcome(lost, goal)
    rows.session(contact, topic="b", message_count=3)
    await rows.save()

    found = await facet(graphql, "TOPIC", f"measure: {measure}")

    values = {bucket["key"]: bucket["value"] for bucket in found["buckets"]}
    assert (values["a"], values["b"]) == MEASURED[measure]
    greatest = max(("a", "b"), key=lambda topic: (values[topic], topic == "a"))
    assert found["buckets"][0]["key"] == greatest


async def test_the_greatest_come_first_and_equal_ones_by_key(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    for topic in ("é", "b", "a", "Z", "b", "c c"):
        rows.session(contact, topic=topic)
    rows.session(contact)
    await rows.save()

    found = await facet(graphql, "TOPIC", "limit: 3")

    assert [one["key"] for one in found["buckets"]] == ["b", "Z", "a"]
    assert (found["otherCount"], found["missingCount"]) == (2, 1)


async def test_no_sessions_have_no_buckets(graphql: GraphQL) -> None:
    for dimension in ("STATUS", "LABEL", "AGENT", "HOUR_OF_DAY"):
        found = await facet(graphql, dimension)
        assert (found["buckets"], found["otherCount"], found["missingCount"]) == ([], 0, 0)


async def test_all_dimensions_can_be_asked_for_at_once(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    rows.field("seat")
    rows.session()
    await rows.save()
    query = """query ($by: [SessionDimension!]!) {
      sessionFacets(by: $by, customFieldKey: "seat") { dimension }
    }"""
    every = [dimension.value for dimension in SessionDimension]

    found = data_of(await graphql(query, {"by": every}))

    assert [one["dimension"] for one in found["sessionFacets"]] == every
    assert data_of(await graphql(query, {"by": []})) == {"sessionFacets": []}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("by: [STATUS, STATUS]", "`by`: no dimension stands there twice."),
        ("by: [CUSTOM_FIELD]", "`customFieldKey`: CUSTOM_FIELD needs the key of a field."),
        ('by: [CUSTOM_FIELD], customFieldKey: "x"',
         "`customFieldKey`: there is no custom field 'x'."),
        ("by: [STATUS], limit: 0", "`limit`: it lies between 1 and 1,000, not 0."),
        ("by: [STATUS], limit: 1001", "`limit`: it lies between 1 and 1,000, not 1001."),
        ('by: [STATUS], timezone: "Mars"',
         "`timezone`: 'Mars' is not an IANA time zone, such as Europe/Berlin."),
        ('by: [STATUS], timezone: "../x"',
         "`timezone`: '../x' is not an IANA time zone, such as Europe/Berlin."),
    ],
)  # fmt: skip
async def test_bad_arguments_are_refused(graphql: GraphQL, arguments: str, message: str) -> None:
    result = await graphql(f"{{ sessionFacets({arguments}) {{ otherCount }} }}")

    assert errors_of(result) == [("BAD_USER_INPUT", message)]


async def test_a_value_of_another_workspace_has_no_bucket(
    viewer: Viewer, stranger: Viewer, graphql: GraphQL
) -> None:
    foreign = Rows(stranger)
    label = foreign.label("secret")
    await foreign.save()
    rows = Rows(viewer)
    rows.applied(rows.session(started_at=START + timedelta(days=1)), label)
    await rows.save()

    found = await facet(graphql, "LABEL")

    assert (found["buckets"], found["otherCount"]) == ([], 1)


async def test_a_filter_may_be_as_deep_as_for_a_list(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    rows.session(topic="refund")
    await rows.save()
    deep: dict[str, Any] = {"topic": {"eq": "refund"}}
    for number in range(19):
        deep = {"not": deep} if number % 2 else {"or": [deep, {"isTest": True}], "isDone": False}
    query = """query ($filter: SessionFilter) {
      sessions(filter: $filter) { totalCount }
      sessionMetrics(filter: $filter) { totalSessions durationSecondsQuantile(q: 0.5) }
      sessionFacets(filter: $filter, by: [STATUS, LABEL]) { otherCount }
      sessionTimeSeries(
        filter: $filter, splitBy: TOPIC, measure: ACTIVE_SESSIONS
        window: {from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z"}
      ) { measure }
    }"""

    found = data_of(await graphql(query, {"filter": deep}))

    assert found["sessions"]["totalCount"] == found["sessionMetrics"]["totalSessions"]
