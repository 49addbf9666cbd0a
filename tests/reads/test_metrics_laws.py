"""What holds between metrics, facets, series and lists, whatever the sessions and the filter."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest

from loaders.viewer import Viewer
from models.enums import (
    AssessmentCode,
    ChannelType,
    ImportConflict,
    SentimentLabel,
    SessionDimension,
    SessionStatus,
)
from models.session import Session
from resolvers.ingest import ingest
from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput
from tests.conftest import GraphQL
from tests.reads.client import data_of
from tests.reads.rows import START, Rows

MANY = {"LABEL", "GOAL", "JOURNEY_BLOCK", "FORM"}
SINGLE = [name for name in SessionDimension if name not in {*MANY, "CUSTOM_FIELD"}]
LAWS = """
query ($filter: SessionFilter, $limit: Int) {
  sessions(filter: $filter, first: 1) { totalCount metrics { ...Numbers } }
  sessionMetrics(filter: $filter) { ...Numbers }
  single: sessionFacets(filter: $filter, limit: $limit, by: [SINGLE]) { ...Counts }
  many: sessionFacets(filter: $filter, limit: $limit, by: [MANY]) { ...Counts }
  days: sessionTimeSeries(
    filter: $filter, timezone: "America/New_York", granularity: DAY
    window: {from: "2026-02-01T00:00:00Z", to: "2026-04-01T00:00:00Z"}
  ) { series { points { value } } }
  channels: sessionTimeSeries(
    filter: $filter, timezone: "Asia/Kathmandu", granularity: WEEK, splitBy: CHANNEL_TYPE, limit: 50
    window: {from: "2026-02-01T00:00:00Z", to: "2026-04-01T00:00:00Z"}
  ) { series { key points { value } } }
}
fragment Numbers on SessionMetrics {
  totalSessions activeSessions messages contacts averageDurationSeconds negativeShare leads
  opportunitySuccessScore conversationSuccessScore additionalSecuredRevenue
}
fragment Counts on Facet { dimension buckets { key count share } otherCount missingCount }
""".replace("SINGLE", " ".join(SINGLE)).replace("MANY", " ".join(sorted(MANY)))

Chosen = Callable[[Session], bool]
FILTERS: list[tuple[str, dict[str, Any] | None, Chosen]] = [
    ("all", None, lambda s: not s.is_archived),
    ("archived", {"isArchived": True}, lambda s: s.is_archived),
    ("open", {"isOpen": True}, lambda s: not s.is_archived and s.ended_at is None),
    ("no tests", {"isTest": False}, lambda s: not s.is_archived and not s.is_test),
    (
        "failed or by telephone",
        {"or": [{"status": {"eq": "FAILED"}}, {"channelType": {"eq": "PHONE"}}]},
        lambda s: (
            not s.is_archived
            and (s.status is SessionStatus.FAILED or s.channel_type is ChannelType.PHONE)
        ),
    ),
    ("nothing", {"source": {"eq": "nowhere"}}, lambda _s: False),
]


async def make_any(viewer: Viewer, random: Random) -> list[Session]:
    """Sixty sessions of four weeks with whatever there is."""
    rows = Rows(viewer)
    contacts = [rows.contact(f"Contact {number}") for number in range(9)]
    agents = [rows.agent(name).id for name in ("One", "Two")]
    labels, goals = [rows.label(name) for name in ("red", "blue")], [rows.goal("book")]
    block, form = rows.block("ask"), rows.form("booking")
    made: list[Session] = []
    for _ in range(60):
        values: dict[str, Any] = {
            "started_at": START + timedelta(minutes=random.randrange(40_000)),
            "agent_id": random.choice([*agents, None]),
            "channel_type": random.choice([ChannelType.WEB, ChannelType.PHONE, ChannelType.SMS]),
            "topic": random.choice(["refund", "greeting", None]),
            "sentiment_label": random.choice([*SentimentLabel, None]),
            "auto_assessment": random.choice([*AssessmentCode, None]),
            "stars": random.choice([1, 4, 5, None]),
            "message_count": random.randrange(9),
            "additional_secured_revenue": random.choice([Decimal("0.1"), Decimal("12.34"), None]),
            **{
                name: random.random() < 0.3
                for name in ("is_test", "is_archived", "is_lead", "is_opportunity")
            },
        }
        contact = random.choice(contacts)
        if random.random() < 0.2:
            session = rows.session(contact, **values)
        else:
            status = random.choice([SessionStatus.COMPLETED, SessionStatus.FAILED])
            length = timedelta(seconds=random.randrange(600))
            session = rows.ended(contact, length=length, status=status, **values)
        for label in random.sample(labels, random.randrange(3)):
            rows.applied(session, label)
        if random.random() < 0.5:
            rows.outcome(session, goals[0])
            rows.visit(session, block, 1)
            rows.visit(session, block, 2)
            rows.submission(session, form)
        made.append(session)
    await rows.save()
    return made


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def numbers_of(sessions: Sequence[Session]) -> dict[str, Any]:
    """The same numbers, in plain Python from the rows."""
    real = [session for session in sessions if not session.is_test]
    judged = [s.assessment for s in real if s.is_opportunity and s.assessment is not None]
    sentiments = [s.sentiment_label for s in sessions if s.sentiment_label is not None]
    secured = sum((s.additional_secured_revenue or Decimal(0) for s in real), Decimal(0))
    return {
        "totalSessions": len(sessions),
        "activeSessions": sum(s.ended_at is None for s in sessions),
        "messages": sum(s.message_count for s in sessions),
        "contacts": len({s.contact_id for s in sessions}),
        "averageDurationSeconds": mean(
            [s.duration_ms / 1000 for s in sessions if s.duration_ms is not None]
        ),
        "negativeShare": mean([label is SentimentLabel.NEGATIVE for label in sentiments]),
        "leads": sum(s.is_lead for s in real),
        "opportunitySuccessScore": mean([code is not AssessmentCode.NO for code in judged]),
        "conversationSuccessScore": mean([0.2 * s.stars for s in real if s.stars is not None]),
        "additionalSecuredRevenue": secured,
    }


def rounded(numbers: dict[str, Any]) -> dict[str, Any]:
    """Means added up in another order differ in their last digit."""
    return {
        name: round(number, 9) if isinstance(number, float) else number
        for name, number in numbers.items()
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_lists_metrics_facets_and_series_agree(
    viewer: Viewer, graphql: GraphQL, seed: int
) -> None:
    sessions = await make_any(viewer, Random(seed))

    for name, filter_, is_chosen in FILTERS:
        chosen = [session for session in sessions if is_chosen(session)]
        for limit in (1, 2, 100):
            found = data_of(await graphql(LAWS, {"filter": filter_, "limit": limit}))

            total = found["sessions"]["totalCount"]
            assert total == len(chosen), name
            for metrics in (found["sessionMetrics"], found["sessions"]["metrics"]):
                secured = Decimal(metrics["additionalSecuredRevenue"])
                told = {**metrics, "additionalSecuredRevenue": secured}
                assert rounded(told) == rounded(numbers_of(chosen))
            check_facets(found["single"], total, limit)
            check_many(found["many"], total)
            assert sum(p["value"] for p in found["days"]["series"][0]["points"]) == total
            split = {
                series["key"]: sum(point["value"] for point in series["points"])
                for series in found["channels"]["series"]
            }
            assert split == Counter(session.channel_type for session in chosen)


def check_facets(facets: list[dict[str, Any]], total: int, limit: int) -> None:
    """Every session is in one bucket, in others, or without a value."""
    assert [facet["dimension"] for facet in facets] == SINGLE
    for facet in facets:
        shown = [bucket["count"] for bucket in facet["buckets"]]
        assert sum(shown) + facet["otherCount"] + facet["missingCount"] == total, facet
        assert len(shown) <= limit
        assert shown == sorted(shown, reverse=True)
        assert all(b["share"] == b["count"] / total for b in facet["buckets"])


def check_many(facets: list[dict[str, Any]], total: int) -> None:
    """A bucket has no more sessions than there are, and each of them has a value or none."""
    for facet in facets:
        present = total - facet["missingCount"]
        counted = sum(bucket["count"] for bucket in facet["buckets"]) + facet["otherCount"]
        assert present <= counted or not facet["buckets"]
        assert all(bucket["count"] <= present for bucket in facet["buckets"])


async def test_facets_of_real_sessions_are_what_their_documents_say(
    viewer: Viewer, graphql: GraphQL, corpus: list[bytes]
) -> None:
    documents = [parsed(SessionIngestInput, line) for line in corpus]
    await ingest(viewer, documents, ImportConflict.SKIP)
    starts = [orjson.loads(line)["start"] for line in corpus]
    ends = [orjson.loads(line).get("end") for line in corpus]
    labels = [start.get("labels", []) for start in starts]
    query = """{
      sessionFacets(by: [CHANNEL_TYPE, STATUS, LABEL, TOPIC, AGENT], limit: 1000) {
        buckets { label key count } otherCount missingCount
      }
      sessionMetrics { totalSessions messages }
    }"""

    found = data_of(await graphql(query))

    channels, statuses, tags, topics, agents = found["sessionFacets"]

    def counted(facet: dict[str, Any], name: str) -> dict[str, int]:
        return {bucket[name]: bucket["count"] for bucket in facet["buckets"]}

    assert counted(channels, "key") == Counter(start["channelType"] for start in starts)
    assert counted(statuses, "key") == Counter(end["status"] if end else "ACTIVE" for end in ends)
    assert counted(tags, "label") == Counter(name for names in labels for name in set(names))
    assert tags["missingCount"] == sum(not names for names in labels)
    assert counted(topics, "key") == Counter(start["topic"] for start in starts)
    assert counted(agents, "label") == Counter(start["agent"]["name"] for start in starts)
    assert found["sessionMetrics"] == {
        "totalSessions": 500,
        "messages": sum(len(orjson.loads(line)["messages"]) for line in corpus),
    }
