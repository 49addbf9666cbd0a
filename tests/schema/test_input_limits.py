"""Limits of inputs: each is refused just past it, with its code and the client's path."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from models.enums import (
    ActorType,
)
from schema.inputs.document import parsed, validated
from schema.inputs.ingest import SessionIngestBatchInput, SessionIngestInput
from schema.inputs.message import MessageInput
from schema.scalars import Json
from tests.schema.given import (
    INVALID,
    NUL,
    TOO_LONG,
    TOO_MANY,
    Found,
    document,
    found,
    message,
    read,
    refused,
    started,
)


def nested(levels: int) -> dict[str, Any]:
    """JSON of so many levels."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def test_an_instant_lies_between_2000_and_tomorrow() -> None:
    outside = "an instant lies between 2000-01-01 and one day from now"
    late = (datetime.now(UTC) + timedelta(days=1, minutes=1)).isoformat()
    soon = datetime.now(UTC) + timedelta(hours=23)

    assert refused(document(start={"startedAt": "1999-12-31T23:59:59Z"})) == [
        (INVALID, "start.startedAt", outside)
    ]
    assert refused(document(start={"startedAt": late})) == [(INVALID, "start.startedAt", outside)]
    assert found(lambda: validated(started(started_at=datetime(1999, 1, 1, tzinfo=UTC)))) == [
        (INVALID, "startedAt", outside)
    ]
    assert validated(started(started_at=soon)).started_at == soon
    assert refused(document(start={"startedAt": "2026-02-30T00:00:00Z"})) == [
        (INVALID, "start.startedAt", "day is out of range for month")
    ]


def test_text_beyond_the_limit_is_too_long() -> None:
    too_long = (TOO_LONG, "messages.0.text", "a message text takes at most 65536 bytes")

    assert read(document(messages=[message(text="x" * 65536)])).messages
    assert refused(document(messages=[message(text="x" * 65537)])) == [too_long]
    assert read(document(messages=[message(text="ü" * 32768)])).messages
    assert refused(document(messages=[message(text="ü" * 32769)])) == [too_long]
    assert refused(document(start={"topic": "x" * 257})) == [
        (TOO_LONG, "start.topic", "String should have at most 256 characters")
    ]


def test_a_key_is_64_plain_characters() -> None:
    def refused_key(key: str) -> list[Found]:
        return refused(document(start={"customFields": [{"key": key}]}))

    path = "start.customFields.0.key"
    assert read(document(start={"customFields": [{"key": "a" * 64}]})).start.custom_fields
    assert refused_key("a" * 65) == [
        (TOO_LONG, path, "String should have at most 64 characters"),
    ]
    assert refused_key("a b") == [
        (INVALID, path, "String should match pattern '^[A-Za-z0-9_.-]+$'"),
    ]
    assert refused_key("") == [(INVALID, path, "String should have at least 1 character")]


def test_u_0000_is_refused_wherever_it_stands() -> None:
    given = document(
        start={"topic": "a\0b", "metadata": {"note": ["x", "y\0"], "k\0": 1}, "labels": ["la\0bel"]}
    )
    assert refused(given) == [
        (INVALID, "start.topic", NUL),
        (INVALID, "start.metadata.note.1", NUL),
        (INVALID, "start.metadata", NUL),
        (INVALID, "start.labels.0", NUL),
    ]
    assert found(lambda: validated(started(topic="a\0b"), "input")) == [
        (INVALID, "input.topic", NUL)
    ]


def test_a_text_about_u_0000_is_harmless() -> None:
    given = document(messages=[message(text="\\u0000", metadata={"hint": "\\u0000"})])

    assert read(given).messages == [
        MessageInput(
            sender_type=ActorType.CONTACT, text="\\u0000", metadata=Json({"hint": "\\u0000"})
        )
    ]


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        ([], "this is a JSON object"),
        ("text", "this is a JSON object"),
        (nested(33), "JSON has at most 32 levels"),
        (nested(190), "JSON has at most 32 levels"),
        ({"a": "x" * 65536}, "JSON takes at most 65536 bytes"),
    ],
)
def test_metadata_is_a_small_shallow_object(metadata: object, complaint: str) -> None:
    expected = (INVALID, "start.metadata", complaint)

    assert refused(document(start={"metadata": metadata})) == [expected]
    assert found(lambda: validated(started(metadata=metadata), "start")) == [expected]


def test_metadata_may_be_just_as_large_and_as_deep_as_allowed() -> None:
    large = {"a": "x" * (65536 - len('{"a":""}'))}

    assert read(document(start={"metadata": large})).start.metadata == Json(large)
    assert read(document(start={"metadata": nested(32)})).start.metadata == Json(nested(32))
    assert read(document(start={"metadata": {"a": [[]] * 100}})).start.metadata is not None


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_no_number_is_infinite(word: bytes) -> None:
    start = b'{"start":{"contact":{},"channelType":"WEB","metadata":{"a":[' + word + b"]}}}"
    score = b'{"name":"a","value":' + word + b"}"

    assert found(lambda: parsed(SessionIngestInput, start)) == [
        (INVALID, "start.metadata", "JSON knows no NaN and no infinity")
    ]
    scored = orjson.dumps(document(analysis={"scores": ["?"]})).replace(b'"?"', score)
    assert found(lambda: parsed(SessionIngestInput, scored)) == [
        (INVALID, "analysis.scores.0.value", "Input should be a finite number")
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"start": {"labels": [f"label {n}" for n in range(51)]}},
            ("start.labels", "List should have at most 50 items after validation, not 51"),
        ),
        (
            {"start": {"customFields": [{"key": "a"}] * 201}},
            ("start.customFields", "List should have at most 200 items after validation, not 201"),
        ),
        (
            {"messages": [message()] * 5001},
            ("messages", "List should have at most 5000 items after validation, not 5001"),
        ),
        (
            {"messages": [message(attachments=[{"url": "https://a.example"}] * 101)]},
            (
                "messages.0.attachments",
                "List should have at most 100 items after validation, not 101",
            ),
        ),
        (
            {"analysis": {"highlights": ["x"] * 51}},
            ("analysis.highlights", "List should have at most 50 items after validation, not 51"),
        ),
    ],
)
def test_a_list_beyond_the_limit_is_too_many(
    parts: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert refused(document(**parts)) == [(TOO_MANY, *expected)]


def test_a_batch_has_at_most_100_sessions() -> None:
    session = read(document())
    complaint = "List should have at most 100 items after validation, not 101"

    assert len(validated(SessionIngestBatchInput(sessions=[session] * 100)).sessions) == 100
    assert found(lambda: validated(SessionIngestBatchInput(sessions=[session] * 101), "input")) == [
        (TOO_MANY, "input.sessions", complaint)
    ]


def test_sessions_of_a_batch_are_left_to_fail_one_by_one() -> None:
    bad = SessionIngestInput(start=started(topic="x" * 257))

    batch = validated(SessionIngestBatchInput(sessions=[bad]))

    assert batch.sessions == [bad]
    assert found(lambda: validated(batch.sessions[0], "input", "sessions", "0")) == [
        (
            TOO_LONG,
            "input.sessions.0.start.topic",
            "String should have at most 256 characters",
        )
    ]


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("-1", "this amount is not negative"),
        ("0.00001", "a decimal has at most four decimal places"),
        ("1e11", "a decimal is a number below 10^11, best given as a string"),
        ("1_000", "a decimal is a number below 10^11, best given as a string"),
        (True, "a decimal is a number below 10^11, best given as a string"),
    ],
)
def test_a_lead_value_is_money(value: object, complaint: str) -> None:
    assert refused(document(analysis={"leadValue": value})) == [
        (INVALID, "analysis.leadValue", complaint)
    ]


def test_no_more_than_twenty_violations_are_listed() -> None:
    assert len(refused(document(messages=[{}] * 5000))) == 20
    assert len(refused(document(messages=[message(text="\0")] * 50))) == 20
