"""The analysis worker: what it writes, what it leaves alone, and what it does when things fail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loaders.transcript import session_text
from loaders.viewer import Viewer
from models.enums import (
    AnalysisStatus,
    AnalyzerKind,
    AssessmentCode,
    SentimentLabel,
    ValueSource,
)
from models.global_id import encode_id
from models.session import Closing, Session
from resolvers.due_analysis import Claim, Conclusion, claim_due, conclude, move_claims
from tests.conftest import GraphQL, data_of
from tests.reads.rows import START, Rows
from tests.workers.analyzers.standin import StandIn, standing_in
from tests.workers.analyzing import (
    BOOKING,
    analyze,
    count,
    ingested,
    let_others_rest,
    only_session,
    outside,
    said,
    table_field,
    write,
)
from tests.workers.sweeping import changes, events, set_settings
from workers.analysis import LEASE, AnalysisWorker
from workers.analyzers.breaker import COOL_DOWN, FAILURES, Breakers
from workers.analyzers.outgoing import Services
from workers.transcripts import transcript_of

FOUND = """{ sessions { nodes {
  analysisStatus analysisError topic
  summary { text source provider model } highlights { text message { text } }
  sentiment { label score source provider }
  assessment { auto effective expectedResult actualResult }
  lead { isLead isOpportunity exclusion source }
  labels { label { name } source } customFields { key display source }
  knowledgeGaps { question } hasMissingKnowledge } } }"""
REANALYZE = """mutation($input: SessionReanalyzeInput!) { sessionReanalyze(input: $input) {
  session { analysisStatus analysisError } userErrors { code message field } } }"""
LEAD_GOAL = [
    {"kind": "GOAL_TRIGGERED", "goalKey": "booking", "at": "2026-01-01T12:00:01Z"},
    {"kind": "GOAL_COMPLETED", "goalKey": "booking", "at": "2026-01-01T12:00:02Z"},
]


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with standing_in() as running:
        yield running


async def bind(viewer: Viewer, *bindings: tuple[str, str, Any]) -> None:
    """Analyzers of the workspace: kind, provider, options; a provider of "" is disabled."""
    await set_settings(
        viewer,
        analyzers=[
            {"kind": kind, "provider": provider or "builtin", "enabled": bool(provider),
             "options": options}
            for kind, provider, options in bindings
        ],
    )  # fmt: skip


async def found(graphql: GraphQL) -> dict[str, Any]:
    (session,) = data_of(await graphql(FOUND))["sessions"]["nodes"]
    return dict(session)


async def kinds_of_events(viewer: Viewer) -> list[str]:
    return [event.kind.value for event in await events(viewer)]


async def test_an_ended_session_is_analyzed_in_one_change(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    rows.label("Parking", auto_apply=True)
    rows.label("Table")
    table_field(rows)
    await rows.save()
    await ingested(viewer, said(*BOOKING, events=LEAD_GOAL))

    await analyze(viewer)

    session = await found(graphql)
    assert session == {
        "analysisStatus": "COMPLETE",
        "analysisError": None,
        "topic": "booking",
        "summary": {
            "text": "Contact: I want to book a table for two, this is great! Agent: Your table has"
            " been reserved. Reached: booking.",
            "source": "BUILTIN",
            "provider": "builtin",
            "model": "1",
        },
        "highlights": [
            {"text": text, "message": {"text": text}} for text in (BOOKING[0], BOOKING[1])
        ],
        "sentiment": {
            "label": "NEUTRAL", "score": 0.2196, "source": "BUILTIN", "provider": "builtin",
        },
        "assessment": {
            "auto": "YES_B",
            "effective": "YES_B",
            "expectedResult": "booking",
            "actualResult": "Reached: booking.",
        },
        "lead": {
            "isLead": True, "isOpportunity": True, "exclusion": None, "source": "BUILTIN",
        },
        "labels": [{"label": {"name": "Parking"}, "source": "BUILTIN"}],
        "customFields": [{"key": "size", "display": "2", "source": "BUILTIN"}],
        "knowledgeGaps": [{"question": "Do you have parking?"}],
        "hasMissingKnowledge": True,
    }  # fmt: skip
    created, analyzed = await changes(viewer)
    assert (created.kind, analyzed.kind, analyzed.actor) == ("CREATED", "UPDATED", "analysis")
    assert "analysis_status" in analyzed.fields
    assert (await kinds_of_events(viewer)).count("ANALYSIS_COMPLETED") == 1
    row = await only_session(viewer)
    assert (row.analysis_due_at, row.last_activity_at) == (
        None, datetime(2026, 1, 1, 12, 0, 3, tzinfo=UTC),
    )  # fmt: skip


async def test_open_sessions_and_those_that_came_with_an_analysis_are_left_alone(
    viewer: Viewer,
) -> None:
    opened = said(*BOOKING, start={"externalId": "open"})
    del opened["end"]
    told = said(*BOOKING, start={"externalId": "told"}, analysis={"summary": "Told."})
    await ingested(viewer, opened, told)

    await analyze(viewer)

    assert len(await changes(viewer)) == 2


async def test_a_person_s_values_are_never_overwritten(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    table_field(rows)
    await rows.save()
    await ingested(viewer, said(*BOOKING, start={"customFields": [{"key": "size", "value": 7}]}))
    human = ValueSource.HUMAN
    values = {
        "summary_text": "Mine", "summary_source": human, "summary_at": START,
        "sentiment_label": SentimentLabel.NEGATIVE, "sentiment_source": human,
        "topic": "Mine", "topic_source": human,
        "lead_source": human, "lead_value": Decimal(3),
        "expected_result": "Mine", "result_source": human,
        "human_assessment": AssessmentCode.NO, "assessed_by": "me",
    }  # fmt: skip
    session = await only_session(viewer)
    await write(viewer, session, **values)
    async with viewer.database.transaction() as transaction:
        await transaction.execute_many(
            'UPDATE "session_field_value" SET source = ? WHERE session_id = ?',
            [(human.value, session.id)],
        )

    await analyze(viewer)
    first = await only_session(viewer)
    data_of(await graphql(REANALYZE, {"input": {"id": encode_id("Session", session.id)}}))
    await analyze(viewer)

    again = await only_session(viewer)
    for row in (first, again):
        assert row.analysis_status is AnalysisStatus.COMPLETE
        assert {name: getattr(row, name) for name in values} == values
        assert (row.auto_assessment, row.is_lead, row.actual_result) == ("NO", False, None)
    fields = (await found(graphql))["customFields"]
    assert fields == [{"key": "size", "display": "7", "source": "HUMAN"}]


async def test_what_the_producer_stated_stays_until_somebody_asks_for_an_analysis(
    viewer: Viewer, graphql: GraphQL
) -> None:
    await ingested(viewer, said(*BOOKING, start={"topic": "Stated"}, events=LEAD_GOAL))
    session = await only_session(viewer)
    api = {"summary_text": "Stated", "summary_source": ValueSource.API}
    await write(viewer, session, **api, summary_at=datetime.now(UTC))

    await analyze(viewer)
    before = await found(graphql)
    given = {"id": encode_id("Session", session.id), "kinds": ["TOPIC"]}
    asked = data_of(await graphql(REANALYZE, {"input": given}))["sessionReanalyze"]
    await analyze(viewer)
    after = await found(graphql)

    assert (before["topic"], before["summary"]["text"]) == ("Stated", "Stated")
    assert before["sentiment"]["label"] == "NEUTRAL"
    assert asked == {
        "session": {"analysisStatus": "PENDING", "analysisError": None}, "userErrors": [],
    }  # fmt: skip
    assert (after["topic"], after["summary"]["text"]) == ("booking", "Stated")
    assert after["analysisStatus"] == "COMPLETE"
    assert (await kinds_of_events(viewer)).count("ANALYSIS_COMPLETED") == 2


async def test_where_nothing_is_enabled_the_analysis_is_skipped(
    viewer: Viewer, graphql: GraphQL
) -> None:
    await bind(viewer, *((kind.value, "", None) for kind in AnalyzerKind))
    await ingested(viewer, said(*BOOKING))

    await analyze(viewer)

    session = await found(graphql)
    assert (session["analysisStatus"], session["summary"]) == ("SKIPPED", None)
    assert "ANALYSIS_COMPLETED" not in await kinds_of_events(viewer)


async def test_a_provider_s_findings_say_where_they_are_from(
    viewer: Viewer, graphql: GraphQL, server: StandIn
) -> None:
    options = {"url": server.url("/good")}
    await bind(viewer, ("SUMMARY", "http", options), ("SENTIMENT", "http", options))
    await ingested(viewer, said(*BOOKING, start={"topic": "Tables"}))

    async with outside() as services:
        await analyze(viewer, services)

    session = await found(graphql)
    assert session["summary"] == {
        "text": "All is well.", "source": "PROVIDER", "provider": "stand-in", "model": "m-1",
    }  # fmt: skip
    assert session["sentiment"]["source"] == "PROVIDER"
    assert session["lead"]["source"] == "BUILTIN"
    assert session["labels"] == []
    assert server.asked == {"/good": 1}
    assert server.bodies[0]["topics"] == ["Tables"]


async def test_a_failure_leaves_its_reason_and_what_others_found_and_can_be_run_again(
    viewer: Viewer, graphql: GraphQL, server: StandIn
) -> None:
    await bind(viewer, ("SUMMARY", "http", {"url": server.url("/switched")}))
    await ingested(viewer, said(*BOOKING))

    async with outside() as services:
        await analyze(viewer, services)
        failed = await found(graphql)
        server.is_well = True
        session = await only_session(viewer)
        given = {"id": encode_id("Session", session.id), "kinds": ["SUMMARY"]}
        asked = data_of(await graphql(REANALYZE, {"input": given}))["sessionReanalyze"]
        await analyze(viewer, services)

    mended = await found(graphql)
    assert (failed["analysisStatus"], failed["summary"]) == ("FAILED", None)
    assert failed["analysisError"] == (
        "http: The analyzer answered with status 500. It was tried 3 times."
    )
    assert failed["sentiment"]["label"] == "NEUTRAL"
    assert asked["session"] == {"analysisStatus": "PENDING", "analysisError": None}
    assert (mended["analysisStatus"], mended["analysisError"]) == ("COMPLETE", None)
    assert mended["summary"]["text"] == "All is well."
    assert (await kinds_of_events(viewer)).count("ANALYSIS_COMPLETED") == 1


async def test_sessions_wait_while_a_service_is_left_alone(viewer: Viewer, server: StandIn) -> None:
    url = server.url("/broken")
    await bind(viewer, ("SUMMARY", "http", {"url": url}))
    await ingested(viewer, said(*BOOKING))
    breakers = Breakers()
    for _ in range(FAILURES):
        breakers.of(viewer.workspace_id, url).failed()

    async with Services(may_be_private=True, breakers=breakers) as services:
        await analyze(viewer, services)

    session = await only_session(viewer)
    assert session.analysis_status is AnalysisStatus.PENDING
    assert session.analysis_due_at is not None
    left = session.analysis_due_at - datetime.now(UTC)
    assert timedelta(seconds=COOL_DOWN - 20) < left <= timedelta(seconds=COOL_DOWN)
    assert server.asked == {}
    assert len(await changes(viewer)) == 1


async def test_findings_that_do_not_fit_a_field_fail_with_their_path(
    viewer: Viewer, graphql: GraphQL, server: StandIn
) -> None:
    rows = Rows(viewer)
    table_field(rows)
    await rows.save()
    await bind(viewer, ("CUSTOM_FIELDS", "http", {"url": server.url("/misfit")}))
    await ingested(viewer, said(*BOOKING))

    async with outside() as services:
        await analyze(viewer, services)

    session = await found(graphql)
    assert (session["analysisStatus"], session["customFields"]) == ("FAILED", [])
    assert session["analysisError"] == (
        "The findings do not fit: The custom field size is NUMBER and expects a number."
        " (customFields.0.value)."
    )
    assert session["summary"]["source"] == "BUILTIN"


async def claimed(viewer: Viewer) -> Claim:
    await let_others_rest(viewer)
    now = datetime.now(UTC).replace(microsecond=0)
    (claim,) = await claim_due(viewer.database, now, now + LEASE, 10)
    return claim


@pytest.mark.parametrize("event", ["recorded", "asked anew", "reopened", "ran out", "deleted"])
async def test_what_is_found_about_a_session_that_moved_on_is_not_written(
    viewer: Viewer, event: str
) -> None:
    await ingested(viewer, said(*BOOKING))
    claim = await claimed(viewer)
    session = await only_session(viewer)

    await move_on(viewer, session, claim, event)
    before = len(await changes(viewer))
    written = await conclude(viewer, claim, Conclusion(AnalysisStatus.COMPLETE))

    assert not written
    assert len(await changes(viewer)) == before
    assert await count(viewer, "session_event", "kind = ?", "ANALYSIS_COMPLETED") == 0


async def move_on(viewer: Viewer, session: Session, claim: Claim, event: str) -> None:
    if event == "recorded":
        await write(viewer, session, analysis_status=AnalysisStatus.COMPLETE, analysis_due_at=None)
    elif event == "asked anew":
        await write(viewer, session, analysis_due_at=claim.until - LEASE)
    elif event == "reopened":
        session.reopen()
        await write(viewer, session, ended_at=None, analysis_due_at=None)
    elif event == "ran out":
        again = await claim_due(
            viewer.database, claim.until, claim.until + LEASE + timedelta(seconds=1), 10
        )
        assert [other.session_id for other in again] == [claim.session_id]
    else:
        async with viewer.database.transaction() as transaction:
            await transaction.delete(Session, [session.id])


async def test_a_reopened_session_is_analyzed_anew_at_its_next_close(
    viewer: Viewer, graphql: GraphQL
) -> None:
    await ingested(viewer, said(*BOOKING))
    await analyze(viewer)
    session = await only_session(viewer)
    session.reopen()
    names = ("status", "activity", "ended_at", "analysis_status", "analysis_due_at")
    await write(viewer, session, **{name: getattr(session, name) for name in names})
    session.end(Closing(session.status.COMPLETED, datetime.now(UTC).replace(microsecond=0)))
    await write(viewer, session, **{name: getattr(session, name) for name in names})

    pending = await found(graphql)
    await analyze(viewer)

    assert pending["analysisStatus"] == "PENDING"
    assert (await found(graphql))["analysisStatus"] == "COMPLETE"
    assert (await kinds_of_events(viewer)).count("ANALYSIS_COMPLETED") == 2


async def test_a_claim_is_another_s_only_when_it_has_run_out(viewer: Viewer) -> None:
    await ingested(viewer, said(*BOOKING))
    claim = await claimed(viewer)
    database = viewer.database

    early = await claim_due(database, claim.until - timedelta(seconds=1), claim.until, 10)
    later = claim.until + LEASE
    await move_claims(database, [claim], later)
    renewed = await claim_due(database, later - timedelta(seconds=1), later, 10)
    late = await claim_due(database, later, later + LEASE, 10)

    assert (early, renewed) == ([], [])
    assert [other.session_id for other in late] == [claim.session_id]


async def test_several_workers_share_the_work_and_repeat_nothing(viewer: Viewer) -> None:
    await ingested(viewer, *(said(*BOOKING, start={"externalId": f"s-{n}"}) for n in range(40)))
    await let_others_rest(viewer)
    workers = [
        AnalysisWorker(viewer.database, viewer.on_commit, Services(), at_once=3) for _ in range(3)
    ]

    await asyncio.gather(*(worker.settle() for worker in workers))

    assert await count(viewer, "session", "analysis_status = ?", "COMPLETE") == 40
    assert await count(viewer, "session_event", "kind = ?", "ANALYSIS_COMPLETED") == 40
    assert [change.seq for change in await changes(viewer)] == list(range(1, 81))


async def test_a_worker_that_stops_gives_back_what_it_was_working_on(
    viewer: Viewer, server: StandIn
) -> None:
    await bind(viewer, ("SUMMARY", "http", {"url": server.url("/slow"), "timeoutSeconds": 60}))
    await ingested(viewer, said(*BOOKING))
    await let_others_rest(viewer)
    services = Services(may_be_private=True)

    async with AnalysisWorker(viewer.database, viewer.on_commit, services, at_once=2):
        async with asyncio.timeout(30):
            while not server.asked:  # noqa: ASYNC110  # asked by a real request
                await asyncio.sleep(0.01)
        held = await only_session(viewer)
    given_back = await only_session(viewer)

    assert held.analysis_due_at is not None
    assert held.analysis_due_at > datetime.now(UTC) + LEASE / 3
    assert given_back.analysis_due_at is not None
    assert given_back.analysis_due_at <= datetime.now(UTC)
    assert given_back.analysis_status is AnalysisStatus.PENDING


async def test_a_long_analysis_keeps_its_claim(
    viewer: Viewer, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.analysis._RENEWED_AFTER", timedelta(seconds=0.1))
    await bind(viewer, ("SUMMARY", "http", {"url": server.url("/held"), "timeoutSeconds": 90}))
    await ingested(viewer, said(*BOOKING))
    await let_others_rest(viewer)

    async with outside() as services:
        worker = AnalysisWorker(viewer.database, viewer.on_commit, services, at_once=2)
        working = asyncio.create_task(worker.settle())
        seen: set[datetime | None] = set()
        async with asyncio.timeout(60):
            while len(seen) < 5:
                seen.add((await only_session(viewer)).analysis_due_at)
                await asyncio.sleep(0.02)
        server.is_well = True
        await working

    session = await only_session(viewer)
    assert (session.analysis_status, session.summary_text) == ("COMPLETE", "All is well.")
    assert server.asked == {"/held": 1}


async def test_a_transcript_has_what_was_said_in_the_order_of_the_timeline(
    viewer: Viewer,
) -> None:
    late = said("third", "fourth", "first")
    late["messages"][2]["sentAt"] = "2026-01-01T12:00:00.500Z"
    late["messages"][0]["sentAt"] = "2026-01-01T12:00:00.700Z"
    steps: list[dict[str, Any]] = [{"kind": "RETRIEVAL", "name": "kb", "sources": []}]
    late["messages"][1]["reasoning"] = {"steps": steps}
    late["events"] = [
        *LEAD_GOAL,
        {"kind": "JOURNEY_BLOCK_ENTERED", "journeyBlockKey": "start"},
        {"kind": "HANDOFF_ACCEPTED", "actorType": "HUMAN_AGENT"},
    ]
    await ingested(viewer, late)
    text = await session_text(viewer, (await only_session(viewer)).id)
    assert text is not None

    transcript = await transcript_of(viewer, text, with_topics=False)

    assert [turn.text for turn in transcript.turns] == ["first", "third", "fourth"]
    assert [turn.has_empty_retrieval for turn in transcript.turns] == [False, False, True]
    assert [(goal.key, goal.is_completed) for goal in transcript.goals] == [("booking", True)]
    assert (transcript.blocks, transcript.was_handed_over) == (("start",), True)
    assert transcript.is_reachable


async def test_nothing_is_written_about_a_workspace_of_others(
    viewer: Viewer, stranger: Viewer
) -> None:
    await ingested(viewer, said(*BOOKING))
    claim = await claimed(viewer)

    assert await session_text(stranger, claim.session_id) is None
    assert not await conclude(stranger, claim, Conclusion(AnalysisStatus.COMPLETE))
