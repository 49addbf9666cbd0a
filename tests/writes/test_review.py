"""Reviewing sessions: what a person says, and what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.global_id import encode_id
from schema.node import global_id
from tests.conftest import GraphQL, data_of
from tests.reads.rows import Rows, minutes
from tests.writes.refused_writes import Refusal, assert_refused, refusal
from tests.writes.reviewed import UPDATE, World, updated


@pytest.fixture
async def world(viewer: Viewer) -> World:
    made = World(viewer)
    await made.rows.save()
    return made


async def test_only_what_is_present_changes_and_null_clears(graphql: GraphQL, world: World) -> None:
    first = await updated(graphql, world, topic="Refund", summary="Paid back.", isFavorite=True)
    second = await updated(graphql, world, topic=None, isDone=True)

    assert (first["topic"], first["summary"]) == (
        "Refund",
        {"text": "Paid back.", "source": "HUMAN", "provider": None},
    )
    assert (second["topic"], second["summary"], second["isFavorite"]) == (
        None,
        first["summary"],
        True,
    )
    assert (first["doneAt"], second["doneAt"] is None) == (None, False)
    assert second["version"] == first["version"] + 1


async def test_what_changes_nothing_is_no_write(graphql: GraphQL, world: World) -> None:
    given = {"id": world.id, "topic": "Refund", "addLabels": ["urgent"], "humanAssessment": "NO"}
    first = data_of(await graphql(UPDATE, {"input": given}))["sessionUpdate"]
    again = data_of(await graphql(UPDATE, {"input": given}))["sessionUpdate"]

    assert again["session"] == first["session"]
    assert (first["changeCursor"] is None, again["changeCursor"]) == (False, None)


async def test_a_todo_has_a_reason_as_long_as_it_is_one(graphql: GraphQL, world: World) -> None:
    by_reason = await updated(graphql, world, todoReason="Call back.")
    done = await updated(graphql, world, isTodo=False)

    assert (by_reason["isTodo"], by_reason["todoReason"]) == (True, "Call back.")
    assert (done["isTodo"], done["todoReason"]) == (False, None)


LEADS: list[tuple[dict[str, Any], tuple[bool, bool, str | None]]] = [
    ({"isLead": True}, (True, True, None)),
    ({"exclusion": "REFUSED"}, (True, False, "REFUSED")),
    ({"isOpportunity": True}, (True, True, None)),
    ({"isOpportunity": False}, (True, False, None)),
    ({"isLead": False}, (False, False, None)),
    ({"isOpportunity": True}, (True, True, None)),
]


async def test_a_lead_is_an_opportunity_unless_it_is_excluded(
    graphql: GraphQL, world: World
) -> None:
    for given, expected in LEADS:
        lead = (await updated(graphql, world, **given))["lead"]
        assert (lead["isLead"], lead["isOpportunity"], lead["exclusion"]) == expected, given
        assert lead["source"] == "HUMAN"


async def test_nobody_can_win_a_lead_whom_nobody_can_reach(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    session = rows.ended(rows.contact("Nobody"), length=minutes(5))
    await rows.save()

    given = {"id": global_id(session), "isLead": True}
    lead = data_of(await graphql(UPDATE, {"input": given}))["sessionUpdate"]["session"]["lead"]

    assert (lead["isOpportunity"], lead["exclusion"]) == (False, "NO_CONTACT_INFO")


async def test_revenue_follows_the_review(graphql: GraphQL, world: World) -> None:
    revenue = [
        (await updated(graphql, world, **given))["revenue"]["additionalSecuredRevenue"]
        for given in (
            {"isLead": True, "leadValue": "120.50"},
            {"humanAssessment": "YES_B"},
            {"isTest": True},
            {"isTest": False, "humanAssessment": "NO"},
            {"humanAssessment": None},
        )
    ]

    assert revenue == [None, "120.5", "0", "0", None]


async def test_a_person_judges_in_their_own_name(graphql: GraphQL, world: World) -> None:
    judged = await updated(
        graphql, world, humanAssessment="YES_A", qualityStars=4, expectedResult="A refund."
    )
    cleared = await updated(graphql, world, humanAssessment=None, qualityStars=None)

    assert judged["assessment"] == {
        "auto": None,
        "human": "YES_A",
        "effective": "YES_A",
        "expectedResult": "A refund.",
        "actualResult": None,
        "assessedBy": "tester",
    }
    assert judged["quality"] == {"stars": 4, "css": 0.8, "ratedBy": "tester"}
    assert cleared["assessment"]["effective"] is None
    assert cleared["quality"] == {"stars": None, "css": None, "ratedBy": None}


async def test_metadata_is_replaced_or_merged(graphql: GraphQL, world: World) -> None:
    merged = await updated(graphql, world, mergeMetadata={"a": {"b": None, "d": 3}, "x": [1]})
    both = await updated(graphql, world, metadata={"y": 1}, mergeMetadata={"z": 2})
    cleared = await updated(graphql, world, metadata=None)

    assert merged["metadata"] == {"a": {"c": 2, "d": 3}, "x": [1]}
    assert both["metadata"] == {"y": 1, "z": 2}
    assert cleared["metadata"] == {}


async def test_labels_custom_fields_and_agent_are_written_and_told(
    graphql: GraphQL, world: World
) -> None:
    agent = {"agentId": global_id(world.agent)}
    fields = [{"key": "seats", "value": 2}, {"key": "plan", "value": "Pro"}]
    first = await updated(graphql, world, addLabels=["urgent"], customFields=fields, **agent)
    cleared = [{"key": "seats", "value": None}]
    second = await updated(
        graphql, world, addLabels=["Refund"], removeLabels=["URGENT"], customFields=cleared
    )

    assert first["agent"] == {"name": "Grace"}
    assert first["labels"] == [{"label": {"name": "Urgent"}, "source": "HUMAN"}]
    assert first["customFields"] == [
        {"key": "plan", "value": "Pro", "source": "HUMAN"},
        {"key": "seats", "value": 2, "source": "HUMAN"},
    ]
    assert [applied["label"]["name"] for applied in second["labels"]] == ["Refund"]
    assert [field["key"] for field in second["customFields"]] == ["plan"]
    assert await told(graphql, world) == [
        ("LABEL_ADDED", {"label": "Urgent"}),
        ("CUSTOM_FIELD_SET", {"key": "seats", "value": 2}),
        ("CUSTOM_FIELD_SET", {"key": "plan", "value": "Pro"}),
        ("LABEL_ADDED", {"label": "Refund"}),
        ("LABEL_REMOVED", {"label": "Urgent"}),
        ("CUSTOM_FIELD_SET", {"key": "seats", "value": None}),
    ]


async def told(graphql: GraphQL, world: World) -> list[tuple[str, Any]]:
    """The events of the session."""
    query = "query($id: ID!) { session(id: $id) { events { nodes { kind data } } } }"
    data = data_of(await graphql(query, {"id": world.id}))["session"]["events"]["nodes"]
    return [(event["kind"], event["data"]) for event in data]


async def test_a_review_is_no_activity(graphql: GraphQL, world: World, viewer: Viewer) -> None:
    await updated(graphql, world, addLabels=["Urgent"])

    query = "query($id: ID!) { session(id: $id) { lastActivityAt updatedAt } }"
    seen = data_of(await graphql(query, {"id": world.id}))["session"]
    assert seen["lastActivityAt"] == "2026-03-01T12:00:00.000Z"
    assert seen["updatedAt"] > "2026-11"


async def test_the_version_that_was_read_is_still_there_or_nothing_is_written(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    version = (await updated(graphql, world, ifVersion=1, topic="Refund"))["version"]

    stale = refusal(
        "sessionUpdate",
        {"id": world.id, "ifVersion": 1, "topic": "Delivery"},
        "STALE_VERSION",
        f"The session has version {version}, not 1.",
        "ifVersion",
    )
    await assert_refused(graphql, viewer, [stale])


def update_refusals(world: World) -> Iterator[Refusal]:
    nothing, contact = encode_id("Session", 1), encode_id("Contact", 1)
    wrong = f"'{contact}' is an id of type Contact, not Session."
    none, null = "There is no such", ("REQUIRED", "This cannot be null")
    agent = encode_id("Agent", 1)
    field, option = {"key": "size", "value": 1}, {"key": "plan", "value": "Gold"}
    seats = {"key": "seats", "value": "two"}
    fields = "List should have at most 200 items after validation, not 201"
    cases: list[tuple[dict[str, Any], str, str, str]] = [
        ({"id": nothing}, "NOT_FOUND", f"{none} session.", "id"),
        ({"id": contact}, "INVALID", wrong, "id"),
        ({"id": "x"}, "INVALID", "'x' is not an id of this API.", "id"),
        ({"isTest": None}, *null, "isTest"),
        ({"addLabels": None}, *null, "addLabels"),
        (
            {"isTodo": False, "todoReason": "Call back."},
            "INVALID",
            "Only a to-do has a reason.",
            "todoReason",
        ),
        (
            {"isLead": False, "isOpportunity": True},
            "INVALID",
            "Only a lead is an opportunity.",
            "isOpportunity",
        ),
        (
            {"isLead": False, "exclusion": "REFUSED"},
            "INVALID",
            "Only a lead is excluded from the opportunities.",
            "exclusion",
        ),
        (
            {"isOpportunity": True, "exclusion": "REFUSED"},
            "INVALID",
            "What is excluded is no opportunity.",
            "exclusion",
        ),
        ({"qualityStars": 6}, "INVALID", "Input should be less than or equal to 5", "qualityStars"),
        ({"metadata": [1]}, "INVALID", "this is a JSON object", "metadata"),
        ({"agentId": agent}, "NOT_FOUND", f"{none} agent.", "agentId"),
        (
            {"addLabels": ["Urgent", "Unheard"]},
            "NOT_FOUND",
            "There is no label Unheard.",
            "addLabels.1",
        ),
        (
            {"addLabels": ["urgent"], "removeLabels": ["Urgent"]},
            "CONFLICT",
            "The label Urgent is to be put on and to be taken off.",
            "removeLabels",
        ),
        (
            {"customFields": [field]},
            "NOT_FOUND",
            "Sessions have no custom field size.",
            "customFields.0.key",
        ),
        (
            {"customFields": [option]},
            "INVALID",
            "The custom field plan is SELECT and expects one of Basic, Pro.",
            "customFields.0.value",
        ),
        (
            {"customFields": [seats]},
            "INVALID",
            "The custom field seats is NUMBER and expects a number.",
            "customFields.0.value",
        ),
        ({"customFields": [seats] * 201}, "TOO_MANY", fields, "customFields"),
        ({"topic": "x" * 257}, "TOO_LONG", "String should have at most 256 characters", "topic"),
        (
            {"mergeMetadata": {"big": "x" * 65_520}},
            "INVALID",
            "Merged with what is there: JSON takes at most 65536 bytes.",
            "mergeMetadata",
        ),
    ]
    for given, code, message, path in cases:
        whole = {"id": world.id, **given}
        yield refusal("sessionUpdate", whole, code, message, *path.split("."))


async def test_what_an_update_refuses_it_refuses_whole(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    await assert_refused(graphql, viewer, update_refusals(world))


async def test_a_session_has_at_most_50_labels(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    names = [f"label {number}" for number in range(51)]
    for name in names:
        world.rows.label(name)
    await world.rows.save()
    await updated(graphql, world, addLabels=names[:50])

    message = "A session has at most 50 labels."
    given = {"id": world.id, "addLabels": [names[50]]}
    case = refusal("sessionUpdate", given, "TOO_MANY", message, "addLabels")
    await assert_refused(graphql, viewer, [case])
