"""What each field and comparator of the session filter finds, by the sessions' external ids."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loaders.contact_filter import CONTACT_FIELDS
from loaders.message_filter import EVENT_FIELDS, MESSAGE_FIELDS
from loaders.session_elements import EVENTS, FORMS, GOALS, JOURNEY, SCORES
from loaders.session_filter import SESSION_FIELDS
from loaders.viewer import Viewer
from models.enums import (
    ActorType,
    ChannelType,
    Modality,
    SessionActivity,
    SessionEndReason,
    SessionStatus,
)
from models.global_id import encode_id
from models.session import Session
from schema.inputs.contact_filter import ContactFilter
from schema.inputs.element_filter import (
    EventMatch,
    FormMatch,
    GoalMatch,
    JourneyMatch,
    ScoreMatch,
)
from schema.inputs.message_filter import MessageFilter
from schema.inputs.session_event_filter import SessionEventFilter
from schema.inputs.session_filter import SessionFilter
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of, global_id
from tests.reads.finding import QUERY, Find, assert_found, finder
from tests.reads.rows import START, Rows, minutes


@pytest.fixture
async def sessions(viewer: Viewer) -> dict[str, Session]:
    """Five sessions, `d` archived, that differ in everything a filter reads."""
    rows = Rows(viewer)
    ada = rows.contact(
        "Ada Lovelace", email="ada@example.com", phone="+15550101", external_id="c-1"
    )
    zoe = rows.contact("Zoë Straße", last_seen_at=START, is_blocked=True)
    nobody = rows.contact(None, created_at=START + minutes(5))
    robot = rows.agent("Robot", external_id="r-1")
    grace = rows.agent("Grace Hopper", kind=ActorType.HUMAN_AGENT)
    billing, urgent, vip = (rows.label(name) for name in ("Billing", "urgent", "VIP"))
    rows.on_contact(ada, vip)
    made = {
        "a": rows.session(
            ada, agent_id=robot.id, topic="Billing", message_count=3, contact_message_count=1
        ),
        "b": rows.ended(
            zoe,
            length=minutes(10),
            channel_type=ChannelType.WHATSAPP,
            modality=Modality.VOICE,
            has_handoff=True,
        ),
        "c": rows.ended(
            ada,
            length=timedelta(seconds=1.5),
            status=SessionStatus.FAILED,
            end_reason=SessionEndReason.ERROR,
            agent_id=grace.id,
            topic="Straßenbau 100%",
            is_test=True,
            source="other",
        ),
        "d": rows.ended(
            nobody, length=minutes(1), status=SessionStatus.CANCELLED, is_archived=True
        ),
        "e": rows.session(
            nobody,
            activity=SessionActivity.IDLE,
            topic="snake_case",
            has_missing_knowledge=True,
            is_todo=True,
            is_done=True,
            is_favorite=True,
        ),
    }
    for position, (name, session) in enumerate(made.items()):
        session.external_id = name
        session.started_at = START + minutes(position)
    rows.applied(made["a"], billing)
    rows.applied(made["a"], urgent)
    rows.applied(made["c"], billing)
    await rows.save()
    return made


@pytest.fixture
def find(sessions: dict[str, Session], graphql: GraphQL) -> Find:
    return finder(graphql)


COMPILED: dict[type[Any], Mapping[str, object]] = {
    SessionFilter: SESSION_FIELDS,
    ContactFilter: CONTACT_FIELDS,
    MessageFilter: MESSAGE_FIELDS,
    SessionEventFilter: EVENT_FIELDS,
    GoalMatch: GOALS.fields,
    JourneyMatch: JOURNEY.fields,
    FormMatch: FORMS.fields,
    ScoreMatch: SCORES.fields,
    EventMatch: EVENTS.fields,
}


@pytest.mark.parametrize("input_type", COMPILED)
def test_the_compiler_knows_every_field_of_the_input(input_type: type[Any]) -> None:
    declared = {field.name for field in fields(input_type)} - {"and_", "or_", "not_"}

    assert set(COMPILED[input_type]) == declared


async def test_enums(find: Find) -> None:
    await assert_found(
        find,
        {
            "ae": [
                {"status": {"eq": "ACTIVE"}},
                {"status": {"notIn": ["COMPLETED", "FAILED"]}},
                {"isOpen": True},
                {"activity": {"in": ["LIVE", "IDLE"]}},
            ],
            "bc": [
                {"status": {"neq": "ACTIVE"}},
                {"status": {"in": ["COMPLETED", "FAILED", "CANCELLED"]}},
                {"activity": {"eq": "ENDED"}},
                {"isOpen": False},
            ],
            "b": [
                {"channelType": {"eq": "WHATSAPP"}},
                {"channelType": {"neq": "WEB"}},
                {"channelType": {"notIn": ["WEB", "SMS"]}},
                {"modality": {"eq": "VOICE"}},
            ],
            "ace": [{"channelType": {"in": ["WEB", "SMS"]}}, {"modality": {"in": ["TEXT"]}}],
            "": [{"status": {"in": []}}],
            "abce": [{"status": {"notIn": []}}, {"status": {}}, {}, None],
        },
    )


async def test_text_is_exact_for_eq_and_folded_for_contains(find: Find) -> None:
    await assert_found(
        find,
        {
            "a": [
                {"topic": {"eq": "Billing"}},
                {"topic": {"in": ["Billing", "billing"]}},
                {"topic": {"contains": "BÍLL"}},
                {"topic": {"startsWith": "bill"}},
            ],
            "c": [
                {"topic": {"contains": "strassen"}},
                {"topic": {"startsWith": "STRASSE"}},
                {"topic": {"contains": "%"}},
                {"source": {"neq": "test"}},
                {"externalId": {"eq": "c"}},
            ],
            "e": [{"topic": {"contains": "_"}}, {"topic": {"eq": "snake_case"}}],
            "ce": [{"topic": {"neq": "Billing"}}, {"topic": {"notContains": "bill"}}],
            "": [
                {"topic": {"eq": "billing"}},
                {"topic": {"contains": "\\"}},
                {"topic": {"startsWith": "illing"}},
                {"topic": {"contains": "snake%case"}},
            ],
            "ace": [{"topic": {"contains": ""}}, {"topic": {"isNull": False}}],
        },
    )


async def test_a_missing_value_fails_every_comparison_also_under_not(find: Find) -> None:
    topic: list[dict[str, Any]] = [
        {"eq": "x"}, {"neq": "x"}, {"in": ["x"]}, {"notIn": ["x"]}, {"in": []}, {"notIn": []},
        {"contains": "x"}, {"notContains": "x"}, {"startsWith": "x"},
    ]  # fmt: skip
    agent: list[dict[str, Any]] = [
        {"name": {"eq": "x"}}, {"name": {"neq": "x"}}, {"kind": "AI_AGENT"},
        {"externalId": {"neq": "x"}},
    ]  # fmt: skip
    filters = [{"topic": one} for one in topic] + [{"agent": one} for one in agent]

    found = [await find(filter) for filter in filters]
    negated = [await find({"not": filter}) for filter in filters]

    assert [names for names in found + negated if "b" in names] == []
    assert await find({"topic": {"isNull": True}}) == "b"
    assert await find({"not": {"topic": {"isNull": False}}}) == "b"
    assert await find({"agent": {"id": {"isNull": True}}}) == "be"
    assert await find({"agent": {"name": {"isNull": True}}}) == "be"
    assert await find({"endedAt": {"isNull": True}}) == "ae"
    assert await find({"not": {"endedAt": {"gt": "2030-01-01T00:00:00Z"}}}) == "bc"
    assert await find({"not": {"durationSeconds": {"gt": 5}}}) == "c"


async def test_numbers_and_instants(find: Find) -> None:
    await assert_found(
        find,
        {
            "a": [
                {"messageCount": {"eq": 3}},
                {"messageCount": {"gt": 2, "lt": 4}},
                {"messageCount": {"neq": 0}},
                {"messageCount": {"in": [3, 7]}},
                {"startedAt": {"lt": "2026-03-01T12:01:00Z"}},
                {"startedAt": {"lte": "2026-03-01T13:00:00+01:00"}},
            ],
            "bce": [
                {"messageCount": {"lte": 2}},
                {"startedAt": {"gt": "2026-03-01T12:00:00Z"}},
                {"startedAt": {"gte": "2026-03-01T12:01:00Z"}},
            ],
            "b": [
                {"durationSeconds": {"gte": 600}},
                {"durationSeconds": {"eq": 600}},
                {"endedAt": {"gte": "2026-03-01T12:10:00Z"}},
            ],
            "c": [
                {"durationSeconds": {"eq": 1.5}},
                {"durationSeconds": {"gt": 1.4, "lt": 1.6}},
                {"durationSeconds": {"lte": 1.5}},
            ],
            "abce": [
                {"createdAt": {"lte": "2026-03-01T12:00:00Z"}},
                {"updatedAt": {"gte": "2026-03-01T12:00:00Z"}},
                {
                    "lastActivityAt": {
                        "gte": "2026-03-01T12:00:00Z",
                        "lt": "2026-03-01T12:00:00.001Z",
                    }
                },
            ],
            "": [{"createdAt": {"lt": "2026-03-01T12:00:00Z"}}, {"startedAt": {"last": "P1D"}}],
        },
    )


async def test_the_last_hours_move_with_the_clock(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    now = datetime.now(UTC)
    for name, age in {"old": 61, "new": 59, "ahead": -30}.items():
        rows.session(external_id=name, started_at=now - minutes(age))
    await rows.save()

    result = await graphql(QUERY, {"filter": {"startedAt": {"last": "PT1H"}}})

    nodes = data_of(result)["sessions"]["nodes"]
    assert [node["externalId"] for node in nodes] == ["new", "ahead"]


async def test_flags(find: Find) -> None:
    await assert_found(
        find,
        {
            "a": [{"hasResponses": True}],
            "bce": [{"hasResponses": False}],
            "b": [{"hasHandoff": True}],
            "c": [{"isTest": True}],
            "abe": [{"isTest": False}],
            "e": [
                {"hasMissingKnowledge": True},
                {"isTodo": True},
                {"isDone": True},
                {"isFavorite": True},
                {"not": {"isTodo": False}},
            ],
        },
    )


async def test_contacts_and_agents(find: Find, sessions: dict[str, Session]) -> None:
    ada = {"id": {"eq": global_id_of("Contact", sessions["a"].contact_id)}}
    robot = {"id": {"in": [global_id_of("Agent", sessions["a"].agent_id)]}}
    await assert_found(
        find,
        {
            "ac": [
                {"contact": {"name": {"contains": "LOVE"}}},
                {"contact": {"email": {"eq": "ada@example.com"}}},
                {"contact": {"email": {"startsWith": "ADA@"}}},
                {"contact": {"phone": {"contains": "0101"}}},
                {"contact": {"externalId": {"isNull": False}}},
                {
                    "contact": {
                        "lastSeenAt": {"isNull": True},
                        "createdAt": {"lte": START.isoformat()},
                    }
                },
                {"contact": {"labels": {"some": {"name": {"eq": "VIP"}}}}},
                {"contact": {"and": [ada, {"not": {"isBlocked": True}}]}},
                {"contact": ada},
                {"agent": {"id": {"isNull": False}}},
            ],
            "b": [
                {"contact": {"name": {"contains": "zoe strasse"}}},
                {"contact": {"isBlocked": True}},
                {"contact": {"lastSeenAt": {"lte": START.isoformat()}}},
            ],
            "be": [
                {"contact": {"labels": {"isEmpty": True}}},
                {"contact": {"email": {"isNull": True}}},
                {"contact": {"or": [{"isBlocked": True}, {"name": {"isNull": True}}]}},
            ],
            "a": [
                {"agent": robot},
                {"agent": {"kind": "AI_AGENT"}},
                {"agent": {"externalId": {"eq": "r-1"}}},
                {"agent": {"name": {"eq": "Robot"}}},
            ],
            "c": [
                {"agent": {"name": {"contains": "hopper"}}},
                {"agent": {"id": {"notIn": robot["id"]["in"]}}},
            ],
            "abce": [{"contact": {}}, {"agent": {}}],
        },
    )


async def test_ids(find: Find, sessions: dict[str, Session]) -> None:
    a, b = global_id(sessions["a"]), global_id(sessions["b"])
    thread = global_id_of("Conversation", sessions["c"].conversation_id)
    await assert_found(
        find,
        {
            "ab": [{"id": {"in": [a, b]}}],
            "a": [{"id": {"eq": a}}],
            "bce": [{"id": {"neq": a}}],
            "ce": [{"id": {"notIn": [a, b]}}],
            "c": [{"conversationId": {"eq": thread}}],
        },
    )


async def test_labels(find: Find, sessions: dict[str, Session]) -> None:
    billing = {"name": {"eq": "Billing"}}
    await assert_found(
        find,
        {
            "ac": [
                {"labels": {"some": billing}},
                {"labels": {"some": {"name": {"startsWith": "BILL"}}}},
                {"labels": {"isEmpty": False}},
                {"labels": {"some": {}}},
            ],
            "be": [
                {"labels": {"isEmpty": True}},
                {"labels": {"none": {}}},
                {"labels": {"none": billing}},
            ],
            "bce": [
                {"labels": {"every": billing}},
                {"not": {"labels": {"some": {"name": {"eq": "urgent"}}}}},
            ],
            "c": [{"labels": {"every": billing, "isEmpty": False}}],
            "": [{"labels": {"some": {"name": {"eq": "billing"}}}}],
        },
    )


async def test_and_or_not_nest(find: Find) -> None:
    await assert_found(
        find,
        {
            "ab": [{"or": [{"topic": {"eq": "Billing"}}, {"modality": {"eq": "VOICE"}}]}],
            "a": [
                {"and": [{"isOpen": True}, {"hasResponses": True}]},
                {"isOpen": True, "isTodo": False},
            ],
            "c": [{"not": {"or": [{"isOpen": True}, {"hasHandoff": True}]}}],
            "abce": [{"and": []}, {"not": {"and": [{"isTest": True}, {"isTest": False}]}}],
            "": [{"or": []}],
        },
    )


async def test_archived_sessions_appear_only_where_the_filter_names_them(find: Find) -> None:
    either = {"or": [{"isArchived": True}, {"isArchived": False}]}
    await assert_found(
        find,
        {
            "abce": [None, {}, {"isArchived": None}, {"isArchived": False}],
            "d": [
                {"isArchived": True},
                {"not": {"isArchived": False}},
                {"and": [{"isArchived": True}]},
                {"isArchived": True, "status": {"eq": "CANCELLED"}},
            ],
            "abcde": [either, {"and": [either, {"status": {"in": list(SessionStatus)}}]}],
            "ade": [{"or": [{"isArchived": True}, {"isOpen": True}]}],
        },
    )


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", '"; DROP TABLE session; --', "\\' OR ''='", "?", "$1", "%", "\\", "_%"]
)
async def test_text_is_never_sql(find: Find, text: str) -> None:
    for comparator in ("eq", "startsWith"):
        assert await find({"topic": {comparator: text}}) == ""
        assert await find({"contact": {"name": {comparator: text}}}) == ""
        assert await find({"labels": {"some": {"name": {comparator: text}}}}) == ""
    assert await find(None) == "abce"


def nested(levels: int) -> dict[str, Any]:
    """A filter of so many levels."""
    filter: dict[str, Any] = {"isTest": True}
    for _ in range(levels - 1):
        filter = {"not": filter}
    return filter


async def test_filters_have_limits(find: Find, graphql: GraphQL) -> None:
    terms = [{"isTest": True}] * 99 + [{"or": [{"isTest": False}] * 101}]
    assert await find(nested(20)) == "abe"
    assert await find({"and": terms}) == ""

    too_deep = await graphql(QUERY, {"filter": nested(21)})
    too_many = await graphql(QUERY, {"filter": {"and": [*terms, {"isTest": True}]}})

    assert errors_of(too_deep) == [("BAD_USER_INPUT", "`filter` nests at most 20 levels deep.")]
    assert errors_of(too_many) == [("BAD_USER_INPUT", "`filter` has at most 200 terms, not 201.")]


async def test_an_id_of_another_type_or_of_nothing_is_refused(graphql: GraphQL) -> None:
    of_agent = global_id_of("Agent", 7)
    for filter, place, name in (
        ({"id": {"eq": "nonsense"}}, "filter.id.eq", "nonsense"),
        ({"and": [{}, {"agent": {"id": {"in": ["x"]}}}]}, "filter.and[1].agent.id.in[0]", "x"),
        ({"goals": {"none": {"goalId": "x"}}}, "filter.goals.none.goalId", "x"),
        ({"savedViewId": "x"}, "filter.savedViewId", "x"),
    ):
        result = await graphql(QUERY, {"filter": filter})
        message = f"{place}: {name!r} is not an id of this API."
        assert errors_of(result) == [("BAD_USER_INPUT", message)]

    result = await graphql(QUERY, {"filter": {"contact": {"id": {"eq": of_agent}}}})

    message = f"filter.contact.id.eq: {of_agent!r} is an id of type Agent, not Contact."
    assert errors_of(result) == [("BAD_USER_INPUT", message)]


def global_id_of(type_name: str, key: int | None) -> str:
    """The id of a row that the test knows by its key."""
    assert key is not None
    return encode_id(type_name, key)
