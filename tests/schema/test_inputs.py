"""One declaration per input: GraphQL and NDJSON refuse the same things, with the same paths."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

import schema.enums  # noqa: F401  # registers the enums
from models.enums import (
    ActorType,
    ChannelType,
    ImportConflict,
    MessageContentType,
    Modality,
    OrderDirection,
    SessionEventKind,
    SessionOrderField,
    SessionStatus,
)
from models.errors import Rejected
from schema.inputs.agent import AgentRef
from schema.inputs.contact import ContactRef
from schema.inputs.custom_field import CustomFieldValueInput
from schema.inputs.document import adapter, parsed, validated
from schema.inputs.filter import DateTimeFilter, IDFilter, StringFilter
from schema.inputs.ingest import SessionIngestBatchInput, SessionIngestInput
from schema.inputs.message import MessageInput
from schema.inputs.session import ExternalRef, SessionEndInput, SessionRef, SessionStartInput
from schema.inputs.session_event import SessionEventInput
from schema.inputs.session_filter import SessionFilter
from schema.inputs.session_order import SessionOrder
from schema.scalars import SCALARS, Json

Found = tuple[str, str, str]
"""Code, path and message of a violation."""
INVALID, REQUIRED, TOO_LONG, TOO_MANY = "INVALID", "REQUIRED", "TOO_LONG", "TOO_MANY"
NUL = "Text may not contain U+0000"


def document(**parts: Any) -> dict[str, Any]:
    """The smallest session; `start=…` adds to its start."""
    start = {"contact": {"externalId": "c-1"}, "channelType": "WEB", **parts.pop("start", {})}
    return {"start": start, **parts}


def message(**fields: Any) -> dict[str, Any]:
    """The smallest message."""
    return {"senderType": "CONTACT", **fields}


def read(given: object) -> SessionIngestInput:
    """As the import reads a line."""
    return parsed(SessionIngestInput, orjson.dumps(given))


def found(check: Callable[[], object]) -> list[Found]:
    """What the check refuses."""
    with pytest.raises(Rejected) as refused:
        check()
    return [
        (violation.code.value, ".".join(violation.field), violation.message)
        for violation in refused.value.violations
    ]


def refused(given: object) -> list[Found]:
    """What is wrong with a document."""
    return found(lambda: read(given))


def nested(levels: int) -> dict[str, Any]:
    """JSON of so many levels."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def started(**fields: Any) -> SessionStartInput:
    """As GraphQL builds it: absent fields are left to their defaults."""
    contact = ContactRef(external_id="c-1")
    return SessionStartInput(contact=contact, channel_type=ChannelType.WEB, **fields)


def test_every_real_session_is_read(corpus: list[bytes]) -> None:
    sessions = [parsed(SessionIngestInput, line) for line in corpus]

    assert len(sessions) == 500
    assert sum(len(session.messages or ()) for session in sessions) == 7322
    first = sessions[0]
    assert first.start.started_at == datetime(2026, 11, 4, 14, 6, 41, 76000, tzinfo=UTC)
    assert first.start.contact.attributes is not None
    assert first.start.contact.attributes.metadata == {"city": "Duarte", "tier": "pro"}
    assert first.start.custom_fields is not None
    assert first.start.custom_fields[0] == CustomFieldValueInput(
        key="number_of_seats", value=Json("2")
    )


def test_a_document_becomes_typed_values() -> None:
    session = read(
        document(
            start={"startedAt": "2026-01-31T10:30:00.1239+01:00", "closeAfter": "PT1H30M"},
            messages=[message(reasoning={"steps": [], "cost": "0.1250", "inputTokens": 7})],
            events=[{"kind": "CUSTOM", "name": "survey", "data": [1, "two"]}],
            end={"status": "FAILED", "endedAt": "2026-01-31T09:31:00z"},
            analysis={"leadValue": 1.5, "sentimentScore": -1, "labels": ["billing"]},
        )
    )

    assert session.start.started_at == datetime(2026, 1, 31, 9, 30, 0, 123000, tzinfo=UTC)
    assert session.start.close_after == timedelta(minutes=90)
    assert session.messages is not None
    assert session.messages[0].sender_type is ActorType.CONTACT
    reasoning = session.messages[0].reasoning
    assert reasoning is not None
    assert (reasoning.cost, reasoning.input_tokens) == (Decimal("0.1250"), 7)
    assert session.events is not None
    assert session.events[0].data == [1, "two"]
    assert session.end is not None
    assert session.end.ended_at == datetime(2026, 1, 31, 9, 31, tzinfo=UTC)
    assert session.analysis is not None
    assert (session.analysis.lead_value, session.analysis.sentiment_score) == (Decimal("1.5"), -1.0)


def test_what_is_left_out_takes_the_default_of_the_contract() -> None:
    session = read(document(messages=[message()], events=[{"kind": "CONNECTED"}]))

    assert session.start.source == "api"
    assert session.start.modality is Modality.TEXT
    assert session.start.is_test is False
    assert session.messages is not None
    assert session.messages[0].content_type is MessageContentType.TEXT
    assert session.events is not None
    assert session.events[0].actor_type is ActorType.SYSTEM
    assert started().source == "api"
    assert started().modality is Modality.TEXT
    assert SessionEndInput(session=SessionRef(id=strawberry.ID("x"))).status is (
        SessionStatus.COMPLETED
    )
    assert SessionIngestBatchInput(sessions=[]).on_conflict is ImportConflict.SKIP
    order = SessionOrder(field=SessionOrderField.DURATION)
    assert order.direction is OrderDirection.DESC


def test_absent_and_null_both_read_as_none() -> None:
    absent = read(document())
    null = read(document(start={"topic": None, "metadata": None, "closeAfter": None}, end=None))

    assert absent == null
    assert absent.start.topic is None
    assert absent.start.close_after is None
    assert absent.end is None
    assert started() == validated(started(topic=None, labels=None))
    assert started().topic is None
    assert started().labels is None


def test_null_is_refused_where_the_contract_forbids_it() -> None:
    assert refused(document(start={"channelType": None})) == [
        (
            INVALID,
            "start.channelType",
            "Input should be 'WEB', 'WHATSAPP', 'INSTAGRAM', 'FACEBOOK', 'TELEGRAM', 'SMS',"
            " 'EMAIL', 'PHONE', 'SIP', 'MOBILE_SDK', 'API' or 'OTHER'",
        )
    ]
    line = b'{"externalId": "s-1", "source": null}'
    assert found(lambda: parsed(ExternalRef, line)) == [
        (INVALID, "source", "Input should be a valid string")
    ]


def test_what_is_required_is_named() -> None:
    assert refused({"start": {}, "messages": [{}], "end": {"status": "FAILED"}}) == [
        (REQUIRED, "start.contact", "Field required"),
        (REQUIRED, "start.channelType", "Field required"),
        (REQUIRED, "messages.0.senderType", "Field required"),
        (REQUIRED, "end.endedAt", "Field required"),
    ]


def test_an_unknown_field_is_refused_by_the_name_the_client_gave() -> None:
    assert refused(document(start={"channel_type": "WEB"}, colour=1)) == [
        (INVALID, "start.channel_type", "There is no such field"),
        (INVALID, "colour", "There is no such field"),
    ]


def test_an_unknown_enum_value_is_refused_with_the_known_ones() -> None:
    assert refused(document(start={"modality": "SMELL"})) == [
        (INVALID, "start.modality", "Input should be 'TEXT', 'VOICE' or 'VIDEO'")
    ]


@pytest.mark.parametrize(
    ("fields", "path", "complaint"),
    [
        ({"text": 5}, "text", "Input should be a valid string"),
        ({"offsetMs": "5"}, "offsetMs", "Input should be a valid integer"),
        ({"offsetMs": 5.5}, "offsetMs", "Input should be a valid integer"),
        ({"isMissingKnowledge": "true"}, "isMissingKnowledge", "Input should be a valid boolean"),
        ({"isMissingKnowledge": 1}, "isMissingKnowledge", "Input should be a valid boolean"),
        ({"agent": "a-1"}, "agent", "Input should be an object"),
        ({"attachments": {}}, "attachments", "Input should be a valid array"),
    ],
)
def test_no_value_is_taken_for_one_of_another_type(
    fields: dict[str, Any], path: str, complaint: str
) -> None:
    assert refused(document(messages=[message(**fields)])) == [
        (INVALID, f"messages.0.{path}", complaint)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T09:30:00",
        "2026-01-31 09:30:00Z",
        "2026-01-31T09:30Z",
        "20260131T093000Z",
        "2026-W05-6T09:30:00Z",
        "2026-01-31T09:30:00+0100",
        "2026-01-31",
        "1769851800",
        1769851800,
        "",
    ],
)
def test_an_instant_without_the_form_of_rfc_3339_is_refused(text: object) -> None:
    assert refused(document(start={"startedAt": text})) == [
        (
            INVALID,
            "start.startedAt",
            "an instant is RFC 3339 with an offset, such as 2026-01-31T09:30:00Z",
        )
    ]


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

    assert read(document(start={"metadata": large})).start.metadata == large
    assert read(document(start={"metadata": nested(32)})).start.metadata == nested(32)
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


def test_an_input_that_graphql_built_breaks_the_same_rules_at_the_same_paths() -> None:
    def outside() -> SessionIngestInput:
        return SessionIngestInput(
            start=started(
                labels=["ok label", "no"], custom_fields=[CustomFieldValueInput(key="ü")]
            ),
            messages=[
                MessageInput(
                    sender_type=ActorType.AI_AGENT, offset_ms=-1, agent=AgentRef(external_id="")
                )
            ],
        )

    given = document(
        start={"labels": ["ok label", "no"], "customFields": [{"key": "ü"}]},
        messages=[{"senderType": "AI_AGENT", "offsetMs": -1, "agent": {"externalId": ""}}],
    )
    expected = [
        (INVALID, "start.customFields.0.key", "String should match pattern '^[A-Za-z0-9_.-]+$'"),
        (INVALID, "start.labels.1", "String should have at least 3 characters"),
        (INVALID, "messages.0.agent.externalId", "String should have at least 1 character"),
        (INVALID, "messages.0.offsetMs", "Input should be greater than or equal to 0"),
    ]
    assert refused(given) == expected
    assert found(lambda: validated(outside())) == expected
    assert found(lambda: validated(outside(), "input"))[0][1] == "input.start.customFields.0.key"


@pytest.mark.parametrize(
    "line", [b"{}", b'{"id":"x","external":{"externalId":"s-1"}}', b'{"id":null,"external":null}']
)
def test_a_session_is_named_in_exactly_one_way(line: bytes) -> None:
    complaint = (INVALID, "", "Exactly one of id and external is given")

    assert found(lambda: parsed(SessionRef, line)) == [complaint]
    assert parsed(SessionRef, b'{"external":{"externalId":"s-1"}}') == SessionRef(
        external=ExternalRef(source="api", external_id="s-1")
    )


def test_a_session_that_graphql_built_with_two_names_is_refused() -> None:
    both = SessionRef(id=strawberry.ID("x"), external=ExternalRef(external_id="s-1"))

    assert found(lambda: validated(SessionEndInput(session=both), "input")) == [
        (INVALID, "input.session", "Exactly one of id and external is given")
    ]


def test_graphql_refuses_two_names_of_a_session_itself() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def named(self, session: SessionRef) -> str:
            return "id" if session.external is None else session.external.source

    api = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))

    assert api.execute_sync('{ named(session: {id: "x"}) }').data == {"named": "id"}
    assert api.execute_sync('{ named(session: {external: {externalId: "s"}}) }').data == {
        "named": "api"
    }
    for wrong in ("{}", '{id: "x", external: {externalId: "s"}}', "{id: null}"):
        result = api.execute_sync(f"{{ named(session: {wrong}) }}")
        assert result.data is None
        assert result.errors


def test_a_session_does_not_end_active() -> None:
    complaint = "a session ends COMPLETED, FAILED or CANCELLED"
    end = {"status": "ACTIVE", "endedAt": "2026-01-31T09:30:00Z"}

    assert refused(document(end=end)) == [(INVALID, "end.status", complaint)]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("GOAL_TRIGGERED", "goalKey"),
        ("GOAL_COMPLETED", "goalKey"),
        ("JOURNEY_BLOCK_ENTERED", "journeyBlockKey"),
        ("JOURNEY_BLOCK_EXITED", "journeyBlockKey"),
        ("FORM_SUBMITTED", "formKey"),
        ("CUSTOM", "name"),
    ],
)
def test_an_event_names_its_subject(kind: str, subject: str) -> None:
    assert refused(document(events=[{"kind": "ERROR"}, {"kind": kind}])) == [
        (REQUIRED, f"events.1.{subject}", "Field required")
    ]
    event = SessionEventInput(kind=SessionEventKind(kind))
    assert found(lambda: validated(event, "input")) == [
        (REQUIRED, f"input.{subject}", "Field required")
    ]
    assert read(document(events=[{"kind": kind, subject: "signup"}])).events


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("-1", "this amount is not negative"),
        ("0.00001", "a decimal has at most four decimal places"),
        ("1e14", "a decimal is a number below 10^14, best given as a string"),
        ("1_000", "a decimal is a number below 10^14, best given as a string"),
        (True, "a decimal is a number below 10^14, best given as a string"),
    ],
)
def test_a_lead_value_is_money(value: object, complaint: str) -> None:
    assert refused(document(analysis={"leadValue": value})) == [
        (INVALID, "analysis.leadValue", complaint)
    ]


def test_no_more_than_twenty_violations_are_listed() -> None:
    assert len(refused(document(messages=[{}] * 5000))) == 20
    assert len(refused(document(messages=[message(text="\0")] * 50))) == 20


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"null", b'"x"', b'{"start":"\xff"}', b"[" * 5000]
)
def test_a_line_that_is_no_json_object_is_refused_as_a_whole(line: bytes) -> None:
    violations = found(lambda: parsed(SessionIngestInput, line))

    assert [(code, path) for code, path, _ in violations] == [(INVALID, "")]


def test_a_filter_may_contain_itself() -> None:
    inner = SessionFilter(not_=SessionFilter(id=IDFilter(in_=[strawberry.ID("a")])))
    filter_ = SessionFilter(and_=[inner, SessionFilter(or_=[inner])])

    assert adapter(SessionFilter)
    assert validated(filter_) == filter_
    assert parsed(SessionFilter, b'{"and":[{"not":{"startedAt":{"last":"P7D"}}}]}') == (
        SessionFilter(
            and_=[
                SessionFilter(not_=SessionFilter(started_at=DateTimeFilter(last=timedelta(days=7))))
            ]
        )
    )


def test_lists_of_a_filter_are_bounded_at_the_clients_path() -> None:
    ids = [strawberry.ID("a")] * 1001
    filter_ = SessionFilter(
        and_=[SessionFilter(not_=SessionFilter(id=IDFilter(in_=ids)))], or_=[SessionFilter()] * 201
    )

    assert found(lambda: validated(filter_, "filter")) == [
        (
            TOO_MANY,
            "filter.and.0.not.id.in",
            "List should have at most 1000 items after validation, not 1001",
        ),
        (TOO_MANY, "filter.or", "List should have at most 200 items after validation, not 201"),
    ]


def test_a_filter_is_held_to_the_rules_of_its_values() -> None:
    filter_ = SessionFilter(topic=StringFilter(contains="x\0", starts_with="x" * 10_001))
    naive = b'{"startedAt":{"gte":"2026-01-31T09:30:00"}}'

    assert found(lambda: validated(filter_, "filter")) == [
        (TOO_LONG, "filter.topic.startsWith", "String should have at most 10000 characters")
    ]
    filter_ = SessionFilter(topic=StringFilter(in_=["x", "y\0"]))
    assert found(lambda: validated(filter_, "filter")) == [(INVALID, "filter.topic.in.1", NUL)]
    assert found(lambda: parsed(SessionFilter, naive)) == [
        (
            INVALID,
            "startedAt.gte",
            "an instant is RFC 3339 with an offset, such as 2026-01-31T09:30:00Z",
        )
    ]


@pytest.mark.parametrize("levels", [100, 300, 3000])
def test_a_filter_that_nests_without_end_is_refused(levels: int) -> None:
    filter_ = SessionFilter()
    for _ in range(levels):
        filter_ = SessionFilter(and_=[filter_, SessionFilter()], not_=SessionFilter())

    violations = found(lambda: validated(filter_, "filter"))

    assert {code for code, _, _ in violations} == {INVALID}
