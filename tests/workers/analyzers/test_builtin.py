"""The built-in analyzers: exact findings for small sessions, and the same bytes every time."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.analyzer_options import BUILTIN, options_of
from models.enums import (
    ActorType,
    AnalyzerKind,
    ChannelType,
    CustomFieldType,
    SessionEndReason,
    SessionStatus,
)
from schema.inputs.document import validated
from schema.inputs.json import as_json
from tests.workers.analyzers.sessions import T0, found, session, turns
from workers.analyzers.builtin.run import find
from workers.analyzers.transcript import (
    FieldChoice,
    GoalOutcome,
    LabelChoice,
    Transcript,
    Turn,
)
from workers.analyzers.words import is_english, sentences, shortened

BOOKING = session(
    "Hi there!",
    "> Hello, how can I help?",
    "I'd like to book a table for two people in Oakland tomorrow evening.",
    "> Shall I book a table at Sino in Oakland for 2 people?",
    "Yes, perfect.",
    "> Your table at Sino has been reserved. Have a nice day!",
)


def test_a_summary_has_request_commitment_and_outcome() -> None:
    findings = found(AnalyzerKind.SUMMARY, BOOKING)

    assert findings.summary == (
        "Contact: I'd like to book a table for two people in Oakland tomorrow evening."
        " Agent: Your table at Sino has been reserved. Completed."
    )
    assert findings.highlights == [
        "I'd like to book a table for two people in Oakland tomorrow evening.",
        "Your table at Sino has been reserved.",
    ]
    assert (findings.provider, findings.model) == ("builtin", "1")


def test_a_summary_never_exceeds_its_length_and_is_cut_between_words() -> None:
    long = "I want " + " ".join(f"word{n}" for n in range(200)) + "."
    findings = found(AnalyzerKind.SUMMARY, session(long, f"> I have booked it. {long}"))
    short = found(AnalyzerKind.SUMMARY, BOOKING, maxLength=80, highlights=1)

    assert findings.summary == (
        "Contact: I want word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 word10 word11"
        " word12 word13 word14 word15 word16 word17 word18 word19 word20 word21 word22 word23"
        " word24 word25 word26 word27 word28 word29 word30 word31 word32… Agent: I have booked it."
        " Completed."
    )
    assert short.summary == (
        "Contact: I'd like to book a table… Agent: Your table at Sino has… Completed."
    )
    assert short.highlights == [
        "I'd like to book a table for two people in Oakland tomorrow evening."
    ]


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"status": SessionStatus.FAILED, "error_code": "E42"}, "Failed: E42."),
        (
            {
                "status": SessionStatus.CANCELLED,
                "end_reason": SessionEndReason.CONTACT_CANCELLED,
            },
            "Cancelled by the contact.",
        ),
        (
            {"was_handed_over": True, "goals": (GoalOutcome("b", "Book", is_completed=False),)},
            "Handed over to a person. Not reached: Book.",
        ),
        ({"goals": (GoalOutcome("b", "Book", is_completed=True),)}, "Reached: Book."),
        ({}, "Nobody answered."),
    ],
)
def test_the_outcome_ends_the_summary(facts: dict[str, Any], outcome: str) -> None:
    findings = found(AnalyzerKind.SUMMARY, session("My parcel is late.", **facts))

    assert findings.summary == f"Contact: My parcel is late. {outcome}"


def test_nothing_said_is_nothing_summed_up() -> None:
    findings = found(AnalyzerKind.SUMMARY, session("", ">  "))

    assert (findings.summary, findings.highlights) == (None, None)


@pytest.mark.parametrize(
    ("said", "label", "score"),
    [
        (["This is terrible, I am very disappointed."], "NEGATIVE", -0.2525),
        (["This is wonderful, I am very happy with it!"], "POSITIVE", 0.2798),
        (["The room was not good."], "NEGATIVE", -0.1137),
        (["The room was good."], "NEUTRAL", 0.1468),
        (["I would like a table for two, please.", "Yes, thanks."], "NEUTRAL", 0.0),
        (["I love it.", "It is good.", "I hate it now, this is awful."], "NEGATIVE", -0.0777),
    ],
)
def test_sentiment_knows_negation_and_counts_the_end_double(
    said: list[str], label: str, score: float
) -> None:
    findings = found(AnalyzerKind.SENTIMENT, session(*said))

    assert (findings.sentiment, findings.sentiment_score) == (label, score)


@pytest.mark.parametrize(
    "said",
    [
        "Das ist furchtbar, ich bin sehr enttäuscht von Ihrem Service.",
        "Esto es terrible, estoy muy decepcionado con el servicio.",
        "これはひどい。",
        "+++ 123 ???",
        "",
    ],
)
def test_what_is_not_english_has_no_sentiment(said: str) -> None:
    findings = found(AnalyzerKind.SENTIMENT, session(said, "> This is terrible and I hate it."))

    assert (findings.sentiment, findings.sentiment_score) == (None, None)


def test_words_of_the_trade_change_the_sentiment() -> None:
    complaint = session("The parcel was dented when it came to me.")

    plain = found(AnalyzerKind.SENTIMENT, complaint)
    told = found(AnalyzerKind.SENTIMENT, complaint, words={"Dented": -3})

    assert (plain.sentiment, told.sentiment) == ("NEUTRAL", "NEGATIVE")


def test_the_topic_follows_rules_then_goals_then_blocks() -> None:
    rules = [
        {"topic": "Refunds", "keywords": ["refund", "money back"]},
        {"topic": "Delivery", "keywords": ["parcel", "courier"]},
    ]
    said = session("My parcel is lost. The courier lost the parcel, I want my money back.")
    reached = GoalOutcome("book", "Booking", is_completed=True)
    missed = GoalOutcome("upsell", "Upsell", is_completed=False)
    travelled = session("Hi", blocks=("Start", "Seats"))
    aimed = session("Hi", blocks=("Start",), goals=(reached, missed))

    assert found(AnalyzerKind.TOPIC, said, rules=rules).topic == "Delivery"
    assert found(AnalyzerKind.TOPIC, said).topic is None
    assert found(AnalyzerKind.TOPIC, travelled, rules=rules).topic == "Seats"
    assert found(AnalyzerKind.TOPIC, aimed).topic == "Booking"


def test_labels_follow_rules_names_and_descriptions() -> None:
    labels = (
        LabelChoice("Refund"),
        LabelChoice("late-delivery"),
        LabelChoice("Damaged", "The parcel arrived broken or with missing parts"),
        LabelChoice("VIP", "Customer of the gold plan"),
    )
    said = session(
        "My parcel arrived with two broken parts.", "I speak of a late delivery too.", labels=labels
    )
    rules = [{"label": "vip", "keywords": ["two broken parts"]}]

    assert found(AnalyzerKind.LABELS, said).labels == ["late-delivery", "Damaged"]
    assert found(AnalyzerKind.LABELS, said, rules=rules).labels == [
        "late-delivery", "Damaged", "VIP",
    ]  # fmt: skip


def test_custom_fields_are_found_by_type() -> None:
    fields = (
        FieldChoice("email", "E-mail", CustomFieldType.EMAIL),
        FieldChoice("phone", "Phone", CustomFieldType.PHONE),
        FieldChoice("site", "Site", CustomFieldType.URL),
        FieldChoice("seats", "Number of seats", CustomFieldType.NUMBER),
        FieldChoice("arrival", "Arrival", CustomFieldType.DATE),
        FieldChoice("order_number", "Order number", CustomFieldType.TEXT),
        FieldChoice("size", "Size", CustomFieldType.SELECT, options=("Small", "Large")),
        FieldChoice("extras", "Extras", CustomFieldType.MULTI_SELECT, options=("Wifi", "Pool")),
        FieldChoice("smoker", "Smoker", CustomFieldType.BOOLEAN),
        FieldChoice("budget", "Budget", CustomFieldType.NUMBER),
    )
    said = session(
        "I am ada@example.com, no: ada.l@example.org. Call +1 (555) 010-0199.",
        "> Your number is 555 000 1111?",
        "See https://example.com/a?b=1, my order number is #A-1001.",
        "I need 3 seats, no, two seats. My arrival is on February 5th.",
        "A large one with pool and wifi. My budget is 1,250.50 dollars.",
        fields=fields,
    )

    findings = found(AnalyzerKind.CUSTOM_FIELDS, said)

    assert {v.key: v.value for v in findings.custom_fields or ()} == {
        "email": "ada.l@example.org",
        "phone": "+1 (555) 010-0199",
        "site": "https://example.com/a?b=1",
        "seats": 3.0,
        "arrival": "2027-02-05",
        "order_number": "A-1001",
        "size": "Large",
        "extras": ["Wifi", "Pool"],
        "budget": 1250.5,
    }


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("I arrive on 2026-05-02.", "2026-05-02"),
        ("I arrive on the 2nd of May.", "2026-05-02"),
        ("I arrive on May 2, 2027.", "2027-05-02"),
        ("I arrive tomorrow.", "2026-03-02"),
        ("I arrive on February 30th.", None),
        ("I leave on May 2.", None),
    ],
)
def test_dates_are_read_and_days_that_are_none_are_not(said: str, day: str | None) -> None:
    field = FieldChoice("arrival", "Arrival", CustomFieldType.DATE)
    rules = [{"key": "arrival", "keywords": ["arrive"]}]

    findings = found(AnalyzerKind.CUSTOM_FIELDS, session(said, fields=(field,)), fields=rules)

    values: list[object] = [value.value for value in findings.custom_fields or ()]
    assert values == ([day] if day else [])


def completed(*, is_completed: bool) -> dict[str, Any]:
    return {"goals": (GoalOutcome("book", "Book", is_completed=is_completed, value=Decimal(50)),)}


@pytest.mark.parametrize(
    ("said", "facts", "code"),
    [
        (["Book it", "> Sure."], completed(is_completed=True), "YES_A"),
        (["Book it", "> Something went wrong."], completed(is_completed=True), "YES_B"),
        (["Book it", "> Sure."], completed(is_completed=False), None),
        (["Book it", "> I couldn't do it."], completed(is_completed=False), "NO"),
        (["Book it", "> I couldn't do it.", "> It has been booked."], {}, "YES_B"),
        (["Book it", "> It has been booked."], {}, "YES_A"),
        (["Book it"], {}, "NO"),
        (["Book it", "> Sure."], {"status": SessionStatus.FAILED}, "NO"),
        (["Book it", "> Sure."], {"was_handed_over": True}, "YES_B"),
        (["> Hello"], {}, None),
    ],
)
def test_assessments(said: list[str], facts: dict[str, Any], code: str | None) -> None:
    assert found(AnalyzerKind.ASSESSMENT, session(*said, **facts)).assessment == code


def test_an_assessment_says_what_was_expected_and_what_came_out() -> None:
    findings = found(
        AnalyzerKind.ASSESSMENT, session("Book it", "> Sure.", **completed(is_completed=True))
    )

    assert (findings.expected_result, findings.actual_result) == ("Book", "Reached: Book.")


@pytest.mark.parametrize(
    ("said", "facts", "lead"),
    [
        (["How much is a ticket?"], {}, (True, None, None)),
        (["I want to buy it. Never mind, too expensive."], {}, (True, "REFUSED", None)),
        (["I want to buy it", "> It is sold out."], {}, (True, "UNAVAILABLE", None)),
        (["Never mind"], completed(is_completed=True), (True, None, Decimal(50))),
        (["What is my balance?"], {}, (False, None, None)),
        (["> Buy now!"], {}, (None, None, None)),
    ],
)
def test_leads(said: list[str], facts: dict[str, Any], lead: tuple[Any, ...]) -> None:
    findings = found(AnalyzerKind.LEAD, session(*said, **facts))

    assert (findings.is_lead, findings.exclusion, findings.lead_value) == lead


def test_gaps_are_the_questions_before_an_answer_that_knows_nothing() -> None:
    said = list(
        turns(
            "Do you ship to Malta?",
            "> I'm not sure about that.",
            "And to Gozo?",
            "> Yes.",
            "What is the tax?",
            "> It depends.",
            "Do you ship to Malta?",
            "> I don't have information about Malta.",
            "Wie hoch ist die Steuer?",
            "> Das weiß ich leider nicht.",
        )
    )
    said[5] = Turn(ActorType.AI_AGENT, "It depends.", T0, has_empty_retrieval=True)
    asked = session(turns=tuple(said))

    assert found(AnalyzerKind.KNOWLEDGE_GAPS, asked).knowledge_gaps == [
        "Do you ship to Malta?", "What is the tax?",
    ]  # fmt: skip
    assert found(
        AnalyzerKind.KNOWLEDGE_GAPS, asked, phrases=["weiß ich leider nicht"], useDefaults=False
    ).knowledge_gaps == ["What is the tax?", "Wie hoch ist die Steuer?"]


def test_sentences_words_and_cuts() -> None:
    assert sentences("Hi! How are you?\n\n...\nFine.") == ["Hi!", "How are you?", "Fine."]
    assert shortened("  a \n b  ", 10) == "a b"
    assert shortened("one two three", 9) == "one two…"
    assert is_english(["What is the price of the ticket?"])
    assert not is_english(["Was kostet die Fahrkarte?"])


NEARLY_ENGLISH = st.text(
    alphabet=st.one_of(
        st.sampled_from(list("aeioustn '.!?\n,0123456789@+-/#:")),
        st.characters(exclude_characters="\0", codec="utf-8"),
    )
)
ODD_PHRASES = (
    "I want to book a table", "I don't know.", "has been booked", "never mind", "2026-02-30",
    "+1 555 0100 199", "a@b.co", "https://x", "February 31st", "not good", "1,000,000.5",
)  # fmt: skip
PHRASES = st.sampled_from(ODD_PHRASES)
TEXTS = st.lists(st.one_of(NEARLY_ENGLISH, PHRASES), max_size=6).map(" ".join)
FIELDS = tuple(
    FieldChoice(type_.value.lower(), "Table", type_, options=("not good", "x"))
    for type_ in CustomFieldType
)
OPTIONS = {kind: options_of(kind, BUILTIN, None) for kind in AnalyzerKind}


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    said = draw(st.lists(st.tuples(st.sampled_from(ActorType), TEXTS, st.booleans()), max_size=12))
    return Transcript(
        session_id="s",
        source="test",
        channel_type=draw(st.sampled_from(ChannelType)),
        started_at=draw(st.sampled_from([T0, T0 + timedelta(days=364)])),
        status=draw(st.sampled_from(SessionStatus)),
        turns=tuple(
            Turn(who, text, T0, is_missing_knowledge=flag, has_empty_retrieval=not flag)
            for who, text, flag in said
        ),
        goals=tuple(
            GoalOutcome(name, name, is_completed=done)
            for name, done in draw(st.lists(st.tuples(TEXTS, st.booleans()), max_size=3))
        ),
        blocks=tuple(draw(st.lists(TEXTS, max_size=2))),
        was_handed_over=draw(st.booleans()),
        labels=(LabelChoice("not good", draw(TEXTS)), LabelChoice("Refund")),
        fields=FIELDS,
    )


@settings(max_examples=150, deadline=None)
@given(transcripts())
def test_any_transcript_gives_valid_findings_and_the_same_twice(transcript: Transcript) -> None:
    first, second = find(transcript, OPTIONS), find(transcript, OPTIONS)

    assert orjson.dumps(as_json(first)) == orjson.dumps(as_json(second))
    assert validated(first) == first
    assert len(first.summary or "") <= 280
    said = [turn.text for turn in transcript.turns]
    assert all(any(quote in text for text in said) for quote in first.highlights or ())


_PROGRAM = """
import orjson
from models.analyzer_options import options_of
from models.enums import AnalyzerKind
from schema.inputs.json import as_json
from tests.workers.analyzers.test_builtin import BOOKING
from workers.analyzers.builtin.run import find
options = {kind: options_of(kind, "builtin", None) for kind in AnalyzerKind}
print(orjson.dumps(as_json(find(BOOKING, options))).decode())
"""


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert answers == {orjson.dumps(as_json(find(BOOKING, OPTIONS))) + b"\n"}
