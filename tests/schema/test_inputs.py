"""One declaration per input: GraphQL and NDJSON refuse the same things, with the same paths."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from models.enums import (
    ActorType,
    ImportConflict,
    MessageContentType,
    Modality,
    OrderDirection,
    SessionEventKind,
    SessionOrderField,
    SessionStatus,
)
from schema.inputs.agent import AgentRef
from schema.inputs.custom_field import CustomFieldValueInput
from schema.inputs.document import parsed, validated
from schema.inputs.ingest import SessionIngestBatchInput, SessionIngestInput
from schema.inputs.message import MessageInput
from schema.inputs.session import ExternalRef, SessionEndInput, SessionRef
from schema.inputs.session_event import SessionEventInput
from schema.inputs.session_order import SessionOrder
from schema.scalars import SCALARS, Json
from tests.schema.given import INVALID, REQUIRED, document, found, message, read, refused, started


def test_every_real_session_is_read(corpus: list[bytes]) -> None:
    sessions = [parsed(SessionIngestInput, line) for line in corpus]

    assert len(sessions) == 500
    assert sum(len(session.messages or ()) for session in sessions) == 7322
    first = sessions[0]
    assert first.start.started_at == datetime(2026, 11, 4, 14, 6, 41, 76000, tzinfo=UTC)
    assert first.start.contact.attributes is not None
    assert first.start.contact.attributes.metadata == Json({"city": "Duarte", "tier": "pro"})
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
    assert session.events[0].data == Json([1, "two"])
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
    nothing: dict[str, Any] = {}
    given = {"start": nothing, "messages": [nothing], "end": {"status": "FAILED"}}

    assert refused(given) == [
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
    "line", [b"", b"{", b"[]", b"null", b'"x"', b'{"start":"\xff"}', b"[" * 5000]
)
def test_a_line_that_is_no_json_object_is_refused_as_a_whole(line: bytes) -> None:
    violations = found(lambda: parsed(SessionIngestInput, line))

    assert [(code, path) for code, path, _ in violations] == [(INVALID, "")]
