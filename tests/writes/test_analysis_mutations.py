"""sessionAnalysisRecord and sessionReanalyze, as clients call them."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import Scope
from models.global_id import encode_id
from tests.conftest import GraphQL, data_of
from tests.reads.rows import Rows
from tests.workers.analyzing import BOOKING, ingested, only_session, said, table_field
from tests.workers.sweeping import changes, set_settings
from tests.writes.client import error
from tests.writes.rows import row_counts

RECORD = """mutation($input: SessionAnalysisRecordInput!) { sessionAnalysisRecord(input: $input) {
  session { analysisStatus topic summary { text source provider } sentiment { label }
    lead { isLead isOpportunity exclusion } labels { label { name } source }
    highlights { text message { sequence } } knowledgeGaps { question }
    events(filter: {kinds: [ANALYSIS_COMPLETED]}) { nodes { data } } }
  isReplay userErrors { code message field } changeCursor } }"""
REANALYZE = """mutation($input: SessionReanalyzeInput!) { sessionReanalyze(input: $input) {
  session { analysisStatus } isReplay userErrors { code message field } changeCursor } }"""
EXTERNAL = {"external": {"source": "test", "externalId": "s-1"}}
ANALYSIS = {
    "provider": "acme",
    "summary": "A table was booked.",
    "highlights": [BOOKING[1]],
    "sentiment": "POSITIVE",
    "topic": "Tables",
    "labels": ["Booking"],
    "isLead": True,
    "knowledgeGaps": [BOOKING[2]],
}


async def payload(graphql: GraphQL, document: str, given: Any, **more: Any) -> dict[str, Any]:
    answer = data_of(await graphql(document, {"input": given}, **more))
    return dict(next(iter(answer.values())))


def recording(**analysis: Any) -> dict[str, Any]:
    return {"session": EXTERNAL, "analysis": analysis}


async def test_a_producer_records_its_findings_and_the_session_is_not_analyzed(
    viewer: Viewer, graphql: GraphQL
) -> None:
    await ingested(viewer, said(*BOOKING))

    first = await payload(graphql, RECORD, recording(**ANALYSIS))
    version = (await only_session(viewer)).version
    again = await payload(graphql, RECORD, recording(**ANALYSIS))

    assert first["userErrors"] == []
    assert (first["isReplay"], again["isReplay"]) == (False, True)
    assert first["session"] == again["session"] == {
        "analysisStatus": "COMPLETE",
        "topic": "Tables",
        "summary": {"text": "A table was booked.", "source": "API", "provider": "acme"},
        "sentiment": {"label": "POSITIVE"},
        "lead": {"isLead": True, "isOpportunity": True, "exclusion": None},
        "labels": [{"label": {"name": "Booking"}, "source": "API"}],
        "highlights": [{"text": BOOKING[1], "message": {"sequence": 2}}],
        "knowledgeGaps": [{"question": BOOKING[2]}],
        "events": {"nodes": [{"data": {"provider": "acme"}}]},
    }  # fmt: skip
    row = await only_session(viewer)
    assert (row.version, row.analysis_due_at) == (version, None)
    assert len(await changes(viewer)) == 2


async def test_a_lead_that_left_no_address_is_no_opportunity(
    viewer: Viewer, graphql: GraphQL
) -> None:
    nameless = {"contact": {"externalId": "c-2"}}
    await ingested(viewer, said(*BOOKING, start=nameless))

    answer = await payload(graphql, RECORD, recording(isLead=True))

    assert answer["session"]["lead"] == {
        "isLead": True, "isOpportunity": False, "exclusion": "NO_CONTACT_INFO",
    }  # fmt: skip


async def test_an_open_session_takes_findings_too(viewer: Viewer, graphql: GraphQL) -> None:
    opened = said(*BOOKING)
    del opened["end"]
    await ingested(viewer, opened)

    answer = await payload(graphql, RECORD, recording(topic="Tables"))

    assert (answer["session"]["topic"], answer["userErrors"]) == ("Tables", [])


async def test_what_cannot_be_recorded_is_told_and_changes_nothing(
    viewer: Viewer, graphql: GraphQL, stranger: Viewer
) -> None:
    rows = Rows(viewer)
    table_field(rows)
    await rows.save()
    await ingested(viewer, said(*BOOKING))
    before = await row_counts(viewer)
    analysis = ("input", "analysis")
    nothing = error("NOT_FOUND", "There is no such session.", "input", "session")
    cases: list[tuple[Any, Any]] = [
        ({"session": {"external": {"externalId": "x"}}, "analysis": {}}, nothing),
        ({"session": {"id": encode_id("Session", 1)}, "analysis": {}}, nothing),
        (
            recording(customFields=[{"key": "size", "value": "two"}]),
            error(
                "INVALID", "The custom field size is NUMBER and expects a number.",
                *analysis, "customFields", "0", "value",
            ),
        ),
        (
            recording(sentimentScore=2.0),
            error(
                "INVALID", "Input should be less than or equal to 1", *analysis, "sentimentScore"
            ),
        ),
        (
            recording(labels=["ab"]),
            error(
                "INVALID", "String should have at least 3 characters", *analysis, "labels", "0"
            ),
        ),
        (
            recording(summary="x" * 10_001),
            error("TOO_LONG", "String should have at most 10000 characters", *analysis, "summary"),
        ),
    ]  # fmt: skip

    for given, expected in cases:
        answer = await payload(graphql, RECORD, given)
        assert (answer["userErrors"], answer["session"]) == ([expected], None)
        assert answer["changeCursor"] is None
    foreign = await payload(graphql, RECORD, recording(**ANALYSIS), by=stranger)

    assert foreign["userErrors"] == [nothing]
    assert await row_counts(viewer) == before


async def test_an_analysis_is_asked_for_in_one_change(viewer: Viewer, graphql: GraphQL) -> None:
    await ingested(viewer, said(*BOOKING, analysis={"summary": "Told."}))
    session = await only_session(viewer)
    given = {"id": encode_id("Session", session.id), "kinds": ["SENTIMENT", "SUMMARY"]}

    answer = await payload(graphql, REANALYZE, given)
    more = await payload(graphql, REANALYZE, {**given, "kinds": ["LEAD"]})

    assert (answer["session"], answer["userErrors"]) == ({"analysisStatus": "PENDING"}, [])
    assert more["userErrors"] == []
    row = await only_session(viewer)
    assert row.analysis_kinds == ["SUMMARY", "SENTIMENT", "LEAD"]
    assert row.analysis_due_at is not None
    assert row.version == session.version + 2
    assert (await changes(viewer))[1].fields == ["analysis_status", "updated_at", "version"]


async def test_asking_before_the_first_analysis_asks_for_all_of_it(
    viewer: Viewer, graphql: GraphQL
) -> None:
    await ingested(viewer, said(*BOOKING))
    session = await only_session(viewer)

    await payload(
        graphql, REANALYZE, {"id": encode_id("Session", session.id), "kinds": ["SUMMARY"]}
    )

    assert (await only_session(viewer)).analysis_kinds == [
        "SUMMARY", "SENTIMENT", "TOPIC", "LABELS", "CUSTOM_FIELDS", "ASSESSMENT", "LEAD",
        "KNOWLEDGE_GAPS",
    ]  # fmt: skip


async def test_what_cannot_be_analyzed_anew_is_told_and_changes_nothing(
    viewer: Viewer, graphql: GraphQL, stranger: Viewer
) -> None:
    off = [{"kind": "LEAD", "provider": "builtin", "enabled": False}]
    await set_settings(viewer, analyzers=off)
    opened = said(*BOOKING)
    del opened["end"]
    await ingested(viewer, opened)
    key = encode_id("Session", (await only_session(viewer)).id)
    before = await row_counts(viewer)
    disabled = "No analyzer of these kinds is enabled in this workspace."
    nothing = error("NOT_FOUND", "There is no such session.", "input", "id")
    cases: list[tuple[Any, Any]] = [
        (
            {"id": key},
            error(
                "INVALID_TRANSITION", "The session has not ended yet: it is analyzed when it ends.",
                "input", "id",
            ),
        ),
        ({"id": key, "kinds": ["LEAD"]}, error("INVALID", disabled, "input", "kinds")),
        ({"id": key, "kinds": []}, error("INVALID", disabled, "input", "kinds")),
        ({"id": encode_id("Session", 1)}, nothing),
        (
            {"id": "nonsense"},
            error("INVALID", "'nonsense' is not an id of this API.", "input", "id"),
        ),
    ]  # fmt: skip

    for given, expected in cases:
        answer = await payload(graphql, REANALYZE, given)
        assert (answer["userErrors"], answer["session"]) == ([expected], None)
    foreign = await payload(graphql, REANALYZE, {"id": key}, by=stranger)

    assert foreign["userErrors"] == [nothing]
    assert await row_counts(viewer) == before


@pytest.mark.parametrize(
    ("document", "given", "scope"),
    [
        (RECORD, recording(), Scope.INGEST),
        (REANALYZE, {"id": encode_id("Session", 1)}, Scope.REVIEW),
    ],
)
async def test_each_needs_its_scope(
    viewer: Viewer, graphql: GraphQL, document: str, given: Any, scope: Scope
) -> None:
    others = frozenset(Scope) - {scope, Scope.ADMIN}
    unable = Viewer(viewer.database, viewer.workspace, "unable", others)

    result = await graphql(document, {"input": given}, by=unable)

    assert [str(e.message) for e in result.errors or ()] == [f"This needs the scope {scope}."]
