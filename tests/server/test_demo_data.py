"""The demo workspace shows everything an ingest can carry; each claim here is an exact one."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, cast

import orjson
import pytest

from models.enums import (
    ActorType,
    AssessmentCode,
    ChannelType,
    DeliveryStatus,
    HandledBy,
    JourneyExitKind,
    MessageContentType,
    Modality,
    OpportunityExclusion,
    ReasoningStepKind,
    SentimentLabel,
    SessionEndReason,
    SessionEventKind,
    SessionStatus,
)
from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput

Document = dict[str, Any]

ANCHOR = datetime(2026, 1, 31, 12, tzinfo=UTC)
LINES = (files("server.demo") / "sessions.ndjson").read_bytes().splitlines()
SESSIONS: list[Document] = [orjson.loads(line) for line in LINES]
MESSAGES: list[Document] = [m for s in SESSIONS for m in s.get("messages", [])]
EVENTS: list[Document] = [e for s in SESSIONS for e in s.get("events", [])]
STEPS: list[Document] = [t for m in MESSAGES for t in m.get("reasoning", {}).get("steps", [])]
ANALYSES: list[Document] = [s["analysis"] for s in SESSIONS if "analysis" in s]
OPEN = [s for s in SESSIONS if "end" not in s]
ENDED = [s for s in SESSIONS if "end" in s]

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DATE = re.compile(r"\b(19|20)\d\d-\d\d-\d\d")
SHIFTED_KEYS = {"startedAt", "endedAt", "sentAt", "at"}
"""Where instants stand; the loader moves these and must not miss one."""


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string below the value, with the key it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            yield from strings(item, name)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from strings(item, key)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def started(session: Document) -> datetime:
    return instant(session["start"]["startedAt"])


def length(session: Document) -> timedelta:
    return instant(session["end"]["endedAt"]) - started(session)


def sent(session: Document) -> list[datetime]:
    return [instant(message["sentAt"]) for message in session.get("messages", [])]


def silence(session: Document) -> timedelta:
    return ANCHOR - max(sent(session))


def handled_by(session: Document) -> HandledBy:
    agents = {"AI_AGENT", "HUMAN_AGENT"}
    joined = [
        (event["at"], event["agent"]["kind"])
        for event in session.get("events", [])
        if event["kind"] in {"HANDOFF_ACCEPTED", "AGENT_JOINED"}
    ]
    spoke = [(m["sentAt"], m["senderType"]) for m in session.get("messages", [])]
    kinds = [kind for _, kind in sorted(joined + spoke) if kind in agents]
    if not kinds:
        return HandledBy.NOBODY
    first = "AI" if kinds[0] == "AI_AGENT" else "HUMAN"
    if len(set(kinds)) == 1:
        return HandledBy[f"{first}_ONLY"]
    return HandledBy[f"{first}_THEN_{'HUMAN' if first == 'AI' else 'AI'}"]


def contact_key(session: Document) -> str:
    contact = session["start"]["contact"]
    return str(contact.get("externalId") or contact["handle"]["address"])


@pytest.mark.parametrize("line", LINES, ids=[s["start"]["externalId"] for s in SESSIONS])
def test_every_line_is_a_valid_ingest_document(line: bytes) -> None:
    session = parsed(SessionIngestInput, line)

    assert session.start.source == "demo"


def test_the_file_is_small_and_its_sessions_are_numbered_by_start() -> None:
    assert sum(len(line) + 1 for line in LINES) < 250_000
    assert [s["start"]["externalId"] for s in SESSIONS] == [f"demo-{n:03d}" for n in range(1, 61)]
    assert sorted(SESSIONS, key=started) == SESSIONS


def test_external_ids_are_unique() -> None:
    for items in (MESSAGES, EVENTS):
        ids = [item["externalId"] for item in items]

        assert len(set(ids)) == len(ids)


def test_every_status_and_end_reason_occurs() -> None:
    statuses = Counter(s["end"]["status"] if "end" in s else "ACTIVE" for s in SESSIONS)

    assert statuses == {"ACTIVE": 8, "COMPLETED": 45, "FAILED": 4, "CANCELLED": 3}
    assert set(statuses) == set(SessionStatus)
    assert {s["end"]["endReason"] for s in ENDED} == set(SessionEndReason)


def test_failures_say_why_and_cancellations_say_by_whom() -> None:
    failed = [s["end"] for s in ENDED if s["end"]["status"] == "FAILED"]
    cancelled = Counter(s["end"]["endReason"] for s in ENDED if s["end"]["status"] == "CANCELLED")

    assert {end["errorCode"] for end in failed} == {
        "PAYMENT_GATEWAY_TIMEOUT", "APP_CRASHED", "CARRIER_REJECTED", "STREAM_CLOSED",
    }  # fmt: skip
    assert all(end["errorMessage"] for end in failed)
    assert cancelled == {"CONTACT_CANCELLED": 2, "AGENT_CANCELLED": 1}


def test_every_channel_and_modality_occurs() -> None:
    starts = [s["start"] for s in SESSIONS]

    assert {start["channelType"] for start in starts} == set(ChannelType)
    assert Counter(start["modality"] for start in starts) == {"TEXT": 48, "VOICE": 10, "VIDEO": 2}
    assert {start["modality"] for start in starts} == set(Modality)


def test_calls_carry_offsets_and_recordings() -> None:
    calls = [s for s in SESSIONS if s["start"]["modality"] != "TEXT"]

    for call in calls:
        offsets = [m["offsetMs"] for m in call["messages"]]
        assert offsets == [(at - started(call)) // timedelta(milliseconds=1) for at in sent(call)]
    assert sum("recordings" in call.get("end", {}) for call in calls) == 9


def test_every_way_of_handling_occurs() -> None:
    assert Counter(map(handled_by, SESSIONS)) == {
        HandledBy.AI_ONLY: 36,
        HandledBy.HUMAN_ONLY: 11,
        HandledBy.AI_THEN_HUMAN: 7,
        HandledBy.HUMAN_THEN_AI: 3,
        HandledBy.NOBODY: 3,
    }


def test_every_kind_of_event_a_producer_records_here_occurs() -> None:
    kinds = {event["kind"] for event in EVENTS}

    assert kinds == {
        SessionEventKind.CONNECTED,
        SessionEventKind.DISCONNECTED,
        SessionEventKind.ERROR,
        SessionEventKind.HANDOFF_REQUESTED,
        SessionEventKind.HANDOFF_ACCEPTED,
        SessionEventKind.HANDED_BACK,
        SessionEventKind.AGENT_JOINED,
        SessionEventKind.AGENT_LEFT,
        SessionEventKind.JOURNEY_BLOCK_ENTERED,
        SessionEventKind.JOURNEY_BLOCK_EXITED,
        SessionEventKind.GOAL_TRIGGERED,
        SessionEventKind.GOAL_COMPLETED,
        SessionEventKind.FORM_SUBMITTED,
        SessionEventKind.LABEL_ADDED,
        SessionEventKind.CUSTOM,
    }


def test_handoffs_name_the_agent_who_asks_takes_over_or_hands_back() -> None:
    handoffs = [e for e in EVENTS if e["kind"].startswith("HAND")]

    assert Counter((e["kind"], e["agent"]["kind"]) for e in handoffs) == {
        ("HANDOFF_REQUESTED", "AI_AGENT"): 9,
        ("HANDOFF_REQUESTED", "HUMAN_AGENT"): 1,
        ("HANDOFF_ACCEPTED", "HUMAN_AGENT"): 8,
        ("HANDED_BACK", "HUMAN_AGENT"): 3,
    }


def test_journey_blocks_are_entered_before_they_are_left_in_every_way() -> None:
    exits = [e for e in EVENTS if e["kind"] == "JOURNEY_BLOCK_EXITED"]

    assert {e["exitKind"] for e in exits} == set(JourneyExitKind)
    for session in SESSIONS:
        inside: list[str] = []
        for event in session.get("events", []):
            if event["kind"] == "JOURNEY_BLOCK_ENTERED":
                inside.append(event["journeyBlockKey"])
            elif event["kind"] == "JOURNEY_BLOCK_EXITED":
                inside.remove(event["journeyBlockKey"])
        assert not inside or session in OPEN


def test_goals_are_reached_and_missed_and_forms_hold_values() -> None:
    def goals(kind: str) -> set[tuple[str, str]]:
        return {
            (session["start"]["externalId"], event["goalKey"])
            for session in SESSIONS
            for event in session.get("events", [])
            if event["kind"] == kind
        }

    forms = {e["formKey"]: e["data"] for e in EVENTS if e["kind"] == "FORM_SUBMITTED"}

    assert goals("GOAL_COMPLETED") < goals("GOAL_TRIGGERED")
    assert (len(goals("GOAL_TRIGGERED")), len(goals("GOAL_COMPLETED"))) == (21, 12)
    assert set(forms) == {
        "contact_details", "fit_report", "rental_request", "stolen_report", "test_ride",
        "warranty_claim", "workshop_booking",
    }  # fmt: skip
    assert all(len(values) >= 3 for values in forms.values())


def test_reasoning_shows_every_kind_of_step() -> None:
    conditions = [c for step in STEPS for c in step.get("conditions", [])]
    calls = [step for step in STEPS if step["kind"] == "TOOL_CALL"]
    searches = [step for step in STEPS if step["kind"] == "RETRIEVAL"]

    assert {step["kind"] for step in STEPS} == set(ReasoningStepKind)
    assert {condition["met"] for condition in conditions} == {True, False}
    assert all("input" in call and ("output" in call) != ("error" in call) for call in calls)
    assert sum("error" in call for call in calls) == 5
    assert sum(not search["sources"] for search in searches) == 2


def test_an_answer_is_thought_about_after_the_question_and_before_it_is_given() -> None:
    for session in SESSIONS:
        before = started(session)
        for message in session.get("messages", []):
            if "reasoning" in message:
                trace = message["reasoning"]
                spent = timedelta(milliseconds=trace["durationMs"])
                assert before <= instant(trace["startedAt"])
                assert instant(trace["startedAt"]) + spent == instant(message["sentAt"])
            before = instant(message["sentAt"])


def test_what_the_agents_did_not_know_is_marked() -> None:
    gaps = [
        session["start"]["externalId"]
        for session in SESSIONS
        if session.get("analysis", {}).get("knowledgeGaps")
    ]
    marked = {m["externalId"][:8] for m in MESSAGES if m.get("isMissingKnowledge")}

    assert len(gaps) == 3
    assert marked == set(gaps)


def test_messages_are_of_every_kind() -> None:
    kinds = {m.get("contentType", "TEXT") for m in MESSAGES}
    deliveries = {m["deliveryStatus"] for m in MESSAGES if "deliveryStatus" in m}

    assert kinds == set(MessageContentType)
    assert deliveries == set(DeliveryStatus)
    assert {m["senderType"] for m in MESSAGES} == set(ActorType)
    assert all(m.get("text") or m.get("payload") or m.get("attachments") for m in MESSAGES)
    assert sum("attachments" in m for m in MESSAGES) == 11


def test_replies_point_to_an_earlier_message_of_their_session() -> None:
    replies = 0
    for session in SESSIONS:
        seen: set[str] = set()
        for message in session.get("messages", []):
            if "replyToExternalId" in message:
                assert message["replyToExternalId"] in seen
                replies += 1
            seen.add(message["externalId"])

    assert replies == 4


def test_sessions_are_of_every_size() -> None:
    counts = Counter(len(s.get("messages", [])) for s in SESSIONS)
    longest = max((m.get("text", "") for m in MESSAGES), key=len)

    assert (counts[0], counts[1], max(counts)) == (1, 1, 40)
    assert 2_000 < len(longest.encode()) < 5_000
    talk = [s for s in ENDED if s["start"]["modality"] == "VOICE" and len(s["messages"]) > 20]
    assert [length(call) > timedelta(minutes=20) for call in talk] == [True]


def test_one_message_arrived_late() -> None:
    late = [s["start"]["externalId"] for s in SESSIONS if sent(s) != sorted(sent(s))]

    assert late == ["demo-028"]


def test_findings_cover_every_outcome() -> None:
    leads = Counter(
        (a["isLead"], a.get("isOpportunity"), a.get("exclusion")) for a in ANALYSES if "isLead" in a
    )

    assert {a["sentiment"] for a in ANALYSES} == set(SentimentLabel)
    assert {a["assessment"] for a in ANALYSES if "assessment" in a} == set(AssessmentCode)
    assert leads == {
        (True, True, None): 15,
        (True, False, OpportunityExclusion.REFUSED): 2,
        (True, False, OpportunityExclusion.UNAVAILABLE): 1,
        (True, False, OpportunityExclusion.NO_CONTACT_INFO): 2,
        (False, None, None): 1,
    }
    assert all("leadValue" in a for a in ANALYSES if a.get("isLead"))
    assert len(ANALYSES) == 46
    assert all(a["summary"] for a in ANALYSES)


def test_highlights_quote_their_session() -> None:
    quoted = 0
    for session in SESSIONS:
        said = [m.get("text", "") for m in session.get("messages", [])]
        for highlight in session.get("analysis", {}).get("highlights", []):
            assert any(highlight in text for text in said)
            quoted += 1

    assert quoted == 46


def test_tests_campaigns_and_scores_are_present() -> None:
    starts = [s["start"] for s in SESSIONS]

    assert sum(start.get("isTest", False) for start in starts) == 2
    assert sum("utm" in start for start in starts) == 8
    assert {score["name"] for a in ANALYSES for score in a.get("scores", [])} == {
        "csat", "effort", "talk_ratio", "tone",
    }  # fmt: skip
    assert sum("closeAfter" in start for start in starts) == 1


def test_custom_fields_hold_text_as_undeclared_fields_must() -> None:
    fields = [
        field
        for session in SESSIONS
        for owner in (
            session["start"],
            session["start"]["contact"].get("attributes", {}),
            session.get("analysis", {}),
        )
        for field in owner.get("customFields", [])
    ]

    assert len({field["key"] for field in fields}) == 11
    assert {type(field["value"]) for field in fields} == {str}


def test_the_shop_speaks_fifteen_languages() -> None:
    locales = {s["start"]["metadata"]["locale"] for s in SESSIONS}

    assert {locale.split("-")[0] for locale in locales} == {
        "ar", "de", "en", "es", "fr", "hi", "it", "ja", "nl", "pl", "pt", "sv", "tr", "uk", "zh",
    }  # fmt: skip


def test_contacts_come_back_and_change_channels() -> None:
    channels: dict[str, list[str]] = {}
    for session in SESSIONS:
        channels.setdefault(contact_key(session), []).append(session["start"]["channelType"])

    assert sum(len(visits) > 1 for visits in channels.values()) == 13
    assert set(channels["c-emily"]) == {"EMAIL", "WEB", "WHATSAPP"}
    assert sum(len(set(visits)) > 1 for visits in channels.values()) == 8


def test_a_contact_and_an_agent_are_described_the_same_everywhere() -> None:
    contacts: dict[str, Document] = {}
    agents: dict[str, str] = {}
    for session in SESSIONS:
        attributes = session["start"]["contact"].get("attributes", {})
        assert contacts.setdefault(contact_key(session), attributes) == attributes
        named = [session["start"], *session.get("messages", []), *session.get("events", [])]
        for agent in (item["agent"] for item in named if "agent" in item):
            label = f"{agent['name']}, {agent['kind']}"
            assert agents.setdefault(agent["externalId"], label) == label

    assert Counter(label.split(", ")[1] for label in agents.values()) == {
        "AI_AGENT": 3,
        "HUMAN_AGENT": 5,
    }


def test_a_message_comes_from_an_agent_of_its_kind() -> None:
    for session in SESSIONS:
        for message in session.get("messages", []):
            if message["senderType"] in {"AI_AGENT", "HUMAN_AGENT"}:
                speaker = message.get("agent") or session["start"]["agent"]
                assert speaker["kind"] == message["senderType"]


def test_handles_belong_to_the_channel_and_to_one_contact() -> None:
    owners: dict[tuple[str, str], str] = {}
    for session in SESSIONS:
        start = session["start"]
        handle = start["contact"].get("handle")
        if handle is not None:
            assert handle["channelType"] == start["channelType"]
            key = handle["channelType"], handle["address"]
            assert owners.setdefault(key, contact_key(session)) == contact_key(session)

    assert {channel for channel, _ in owners} == {
        "EMAIL", "INSTAGRAM", "PHONE", "SIP", "SMS", "TELEGRAM", "WHATSAPP",
    }  # fmt: skip


def test_a_thread_stays_with_one_contact_and_channel() -> None:
    threads: dict[str, set[tuple[str, str]]] = {}
    for session in SESSIONS:
        thread = session["start"].get("conversationExternalId")
        if thread is not None:
            pair = contact_key(session), session["start"]["channelType"]
            threads.setdefault(thread, set()).add(pair)

    assert [len(pairs) for pairs in threads.values()] == [1] * 19
    assert sum("conversationExternalId" in s["start"] for s in SESSIONS) == 21


def test_addresses_are_reserved_ones() -> None:
    texts = [text for session in SESSIONS for _, text in strings(session)]
    mail = {domain for text in texts for domain in re.findall(r"@([\w.-]+\.[a-z]{2,})\b", text)}
    hosts = {host for text in texts for host in re.findall(r"https?://([^/\s]+)", text)}
    phones = [number for text in texts for number in re.findall(r"\+\d{8,}", text)]

    assert mail - {"otterbrook.cycles"} == {"example.com", "example.org"}
    assert hosts == {"example.com"}
    assert all(re.fullmatch(r"\+1555\d{7}", number) for number in phones)


def test_instants_stand_only_where_the_loader_moves_them() -> None:
    for session in SESSIONS:
        for key, text in strings(session):
            if key in SHIFTED_KEYS:
                assert INSTANT.fullmatch(text)
            else:
                assert not DATE.search(text)


def test_everything_happened_between_its_start_and_its_end_and_before_the_anchor() -> None:
    for session in SESSIONS:
        end = instant(session["end"]["endedAt"]) if "end" in session else ANCHOR
        happened = [*sent(session), *(instant(e["at"]) for e in session.get("events", []))]

        assert end <= ANCHOR
        assert all(started(session) <= at <= end for at in happened)


def test_most_sessions_began_in_the_last_two_weeks_and_some_just_now() -> None:
    ages = [ANCHOR - started(session) for session in SESSIONS]

    assert sum(age > timedelta(days=14) for age in ages) == 4
    assert sum(age <= timedelta(hours=2) for age in ages) == 11
    assert max(ages) < timedelta(days=90)


def test_six_open_sessions_are_alive_and_two_are_idle() -> None:
    minutes = sorted(silence(session) / timedelta(minutes=1) for session in OPEN)

    assert all(1 <= alive <= 8 for alive in minutes[:6])
    assert all(20 <= idle <= 40 for idle in minutes[6:])
    assert len(minutes) == 8


def test_idle_sessions_are_not_closed_by_their_channel_at_once() -> None:
    idle = [s["start"] for s in OPEN if silence(s) > timedelta(minutes=10)]

    assert [(start["channelType"], start.get("closeAfter")) for start in idle] == [
        ("WEB", "PT2H"),
        ("WHATSAPP", None),
    ]
