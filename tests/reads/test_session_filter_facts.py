"""What filters on a session's analysis, review, revenue and origin find."""

from datetime import timedelta
from decimal import Decimal

import pytest

from loaders.viewer import Viewer
from models.enums import (
    AssessmentCode,
    HandledBy,
    SentimentLabel,
    SessionEndReason,
    SessionStatus,
)
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import global_id
from tests.reads.finding import Find, assert_found, assert_refused, finder
from tests.reads.rows import Rows, minutes


@pytest.fixture
async def sessions(viewer: Viewer) -> dict[str, Session]:
    """`a` is open and has nothing; `b` to `d` ended after half a minute, two and ten."""
    rows = Rows(viewer)
    made = {
        "a": rows.session(),
        "b": rows.ended(
            length=timedelta(seconds=30),
            channel_id=rows.channel("main").id,
            summary_text="Asked for a REFUND",
            sentiment_label=SentimentLabel.NEGATIVE,
            auto_assessment=AssessmentCode.NO,
            human_assessment=AssessmentCode.YES_A,
            stars=5,
            is_lead=True,
            is_opportunity=True,
            additional_secured_revenue=Decimal("12.5"),
            utm_source="newsletter",
            utm_campaign="spring",
            handled_by=HandledBy.AI_ONLY,
        ),
        "c": rows.ended(
            length=minutes(2),
            status=SessionStatus.FAILED,
            end_reason=SessionEndReason.ERROR,
            sentiment_label=SentimentLabel.NEUTRAL,
            auto_assessment=AssessmentCode.YES_B,
            stars=2,
            is_lead=True,
            additional_secured_revenue=Decimal(0),
            utm_source="ads",
            contact_message_count=2,
            handled_by=HandledBy.AI_THEN_HUMAN,
        ),
        "d": rows.ended(length=minutes(10), additional_secured_revenue=Decimal("-0.0001")),
    }
    for name, session in made.items():
        session.external_id = name
    await rows.save()
    return made


@pytest.fixture
def find(sessions: dict[str, Session], graphql: GraphQL) -> Find:
    return finder(graphql)


async def test_ends_and_channels(find: Find) -> None:
    await assert_found(
        find,
        {
            "c": [{"endReason": {"eq": "ERROR"}}],
            "bd": [
                {"endReason": {"in": ["CONTACT_ENDED"]}},
                {"not": {"endReason": {"eq": "ERROR"}}},
            ],
            "a": [{"endReason": {"isNull": True}}],
            "bcd": [{"channelType": {"eq": "WEB"}, "endReason": {"isNull": False}}],
            "acd": [{"channelId": {"isNull": True}}],
            "b": [{"channelId": {"isNull": False}}],
        },
    )


async def test_length_class_follows_the_settings_and_is_missing_while_open(find: Find) -> None:
    await assert_found(
        find,
        {
            "b": [{"lengthClass": {"eq": "SHORT"}}],
            "c": [{"lengthClass": {"eq": "REGULAR"}}],
            "d": [
                {"lengthClass": {"eq": "LONG"}},
                {"not": {"lengthClass": {"in": ["SHORT", "REGULAR"]}}},
            ],
            "bd": [{"lengthClass": {"in": ["SHORT", "LONG", "LONG"]}}],
            "": [{"lengthClass": {"in": []}}, {"lengthClass": {"eq": "SHORT", "in": ["LONG"]}}],
            "bcd": [{"not": {"lengthClass": {"in": []}}}],
        },
    )


async def test_a_window_finds_what_was_open_in_it_ends_included(find: Find) -> None:
    def window(first: str, last: str) -> dict[str, dict[str, str]]:
        day = "2026-03-01T"
        return {"activeDuring": {"from": f"{day}{first}Z", "to": f"{day}{last}Z"}}

    await assert_found(
        find,
        {
            "abcd": [window("11:00:00", "12:00:00"), window("12:00:30", "12:00:30")],
            "acd": [window("12:00:30.001", "12:02:00")],
            "ad": [window("12:05:00", "12:06:00")],
            "a": [window("13:00:00", "14:00:00")],
            "": [window("10:00:00", "11:59:59.999")],
            "bcd": [{"not": window("13:00:00", "14:00:00")}],
        },
    )


async def test_a_window_that_ends_before_it_begins_is_refused(graphql: GraphQL) -> None:
    window = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}
    await assert_refused(
        graphql,
        {
            "filter.not.activeDuring.to: A window does not end before it begins.": {
                "not": {"activeDuring": window}
            }
        },
    )


async def test_analysis(find: Find) -> None:
    await assert_found(
        find,
        {
            "b": [
                {"summary": {"contains": "refund"}},
                {"sentiment": {"eq": "NEGATIVE"}},
                {"not": {"sentiment": {"neq": "NEGATIVE"}}},
                {"handledBy": {"eq": "AI_ONLY"}},
            ],
            "c": [{"sentiment": {"neq": "NEGATIVE"}}, {"contactMessageCount": {"gte": 1}}],
            "bc": [
                {"sentiment": {"in": ["NEGATIVE", "NEUTRAL"]}},
                {"handledBy": {"in": ["AI_ONLY", "AI_THEN_HUMAN"]}},
            ],
            "ad": [{"sentiment": {"isNull": True}}],
            "acd": [{"summary": {"isNull": True}}],
            "": [{"not": {"summary": {"contains": "refund"}}}],
        },
    )


async def test_the_assessment_that_counts_is_a_humans_else_the_automatic_one(find: Find) -> None:
    await assert_found(
        find,
        {
            "b": [
                {"autoAssessment": {"eq": "NO"}},
                {"humanAssessment": {"eq": "YES_A"}},
                {"assessment": {"eq": "YES_A"}},
                {"humanAssessment": {"isNull": False}},
            ],
            "c": [{"assessment": {"eq": "YES_B"}}, {"not": {"assessment": {"eq": "YES_A"}}}],
            "bc": [{"assessment": {"in": ["YES_A", "YES_B"]}}],
            "ad": [{"assessment": {"isNull": True}}],
            "": [{"assessment": {"eq": "NO"}}],
        },
    )


async def test_quality_and_revenue(find: Find) -> None:
    await assert_found(
        find,
        {
            "bc": [{"isLead": True}, {"qualityStars": {"gte": 1}}],
            "b": [
                {"isOpportunity": True},
                {"qualityStars": {"eq": 5}},
                {"additionalSecuredRevenue": {"gt": "0"}},
                {"additionalSecuredRevenue": {"eq": "12.50"}},
            ],
            "c": [
                {"not": {"qualityStars": {"in": [5]}}},
                {"isLead": True, "isOpportunity": False},
                {"additionalSecuredRevenue": {"gte": "0", "lt": "12.5"}},
            ],
            "d": [{"additionalSecuredRevenue": {"lt": "0"}}],
            "a": [{"additionalSecuredRevenue": {"isNull": True}}],
            "cd": [{"additionalSecuredRevenue": {"lte": "0"}}],
        },
    )


async def test_campaigns(find: Find) -> None:
    await assert_found(
        find,
        {
            "b": [
                {"utm": {"source": {"startsWith": "NEWS"}}},
                {"utm": {"source": {"neq": "ads"}, "campaign": {"eq": "spring"}}},
            ],
            "bc": [{"utm": {"source": {"isNull": False}, "medium": {"isNull": True}}}],
            "abcd": [{"utm": {"term": {"isNull": True}, "content": {"isNull": True}}}],
            "": [{"not": {"utm": {"medium": {"eq": "x"}}}}],
        },
    )


async def test_ids_of_channels(viewer: Viewer, find: Find) -> None:
    rows = Rows(viewer)
    channel = rows.channel("other")
    rows.session(external_id="e", channel_id=channel.id)
    await rows.save()

    assert await find({"channelId": {"eq": global_id(channel)}}) == "e"
    assert await find({"channelId": {"neq": global_id(channel)}}) == "b"
