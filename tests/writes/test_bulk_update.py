"""One change to many sessions: all of them, or none."""

from collections.abc import Iterator
from typing import Any

import pytest

from loaders.change import change_position
from loaders.viewer import Viewer
from models.enums import Scope
from models.global_id import encode_id
from models.session import Session
from resolvers import bulk_update
from schema.node import global_id
from tests.conftest import GraphQL, data_of
from tests.reads.client import errors_of
from tests.reads.rows import Rows, minutes
from tests.writes.refused_writes import Refusal, assert_refused, mutation, refusal

BULK = mutation("sessionsBulkUpdate", "matchedCount updatedCount")


class World:
    """Three sessions about refunds and one about delivery."""

    def __init__(self, viewer: Viewer) -> None:
        self.rows = rows = Rows(viewer)
        length = minutes(5)
        self.refunds = [rows.ended(length=length, topic="Refund") for _ in range(3)]
        self.delivery = rows.ended(length=length, topic="Delivery")
        rows.label("Urgent")
        rows.label("Seen")

    def ids(self, *sessions: Session) -> dict[str, Any]:
        """Target by ids."""
        return {"ids": [global_id(session) for session in sessions]}


REFUNDS = {"filter": {"topic": {"eq": "Refund"}}}


@pytest.fixture
async def world(viewer: Viewer) -> World:
    made = World(viewer)
    await made.rows.save()
    return made


async def bulk(
    graphql: GraphQL, target: dict[str, Any], patch: dict[str, Any], **more: Any
) -> tuple[int, int]:
    """Matched and updated."""
    given = {"target": target, "patch": patch, **more}
    payload = data_of(await graphql(BULK, {"input": given}))["sessionsBulkUpdate"]
    assert payload["userErrors"] == []
    return payload["matchedCount"], payload["updatedCount"]


async def topics(graphql: GraphQL, filter: dict[str, Any]) -> list[str]:
    query = "query($f: SessionFilter) { sessions(filter: $f) { nodes { topic } } }"
    nodes = data_of(await graphql(query, {"f": filter}))["sessions"]["nodes"]
    return sorted(node["topic"] for node in nodes)


async def test_what_the_filter_of_the_list_shows_is_what_changes(
    graphql: GraphQL, world: World
) -> None:
    assert await bulk(graphql, REFUNDS, {"isDone": True, "addLabels": ["Urgent"]}) == (3, 3)
    assert await bulk(graphql, REFUNDS, {"isDone": True, "removeLabels": ["Seen"]}) == (3, 0)

    urgent = {"labels": {"some": {"name": {"eq": "Urgent"}}}}
    assert (
        await topics(graphql, urgent) == await topics(graphql, {"isDone": True}) == ["Refund"] * 3
    )


async def test_ids_may_repeat_and_null_clears(graphql: GraphQL, world: World) -> None:
    target = world.ids(world.delivery, world.refunds[0], world.delivery)

    assert await bulk(graphql, target, {"topic": None}) == (2, 2)
    assert await topics(graphql, {"topic": {"isNull": False}}) == ["Refund"] * 2


async def test_a_dry_run_only_counts(graphql: GraphQL, world: World, viewer: Viewer) -> None:
    head = (await change_position(viewer)).seq

    assert await bulk(graphql, REFUNDS, {"isDone": True}, dryRun=True, expectedCount=3) == (3, 0)
    assert (await change_position(viewer)).seq == head


async def test_each_session_that_changed_is_one_change(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    head = (await change_position(viewer)).seq
    await bulk(graphql, world.ids(*world.refunds), {"isFavorite": True})

    assert (await change_position(viewer)).seq == head + 3


async def test_a_stretch_takes_as_many_statements_for_many_as_for_one(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    counts: list[int] = []
    for target in (world.ids(world.delivery), world.ids(*world.refunds)):
        statements: list[str] = []
        viewer.database.on_statement = statements.append
        await bulk(graphql, target, {"addLabels": ["Urgent"]})
        viewer.database.on_statement = None
        updates = sum(statement.startswith('UPDATE "session"') for statement in statements)
        counts.append(len(statements) - updates)

    assert counts[0] == counts[1]


def refusals(world: World) -> Iterator[Refusal]:
    def refuse(given: dict[str, Any], code: str, message: str, *field: str, **more: Any) -> Refusal:
        whole = {"target": given, "patch": {"isDone": True}, **more}
        return refusal("sessionsBulkUpdate", whole, code, message, *field)

    there, gone = global_id(world.delivery), encode_id("Session", 1)
    message = "There is no such session."
    yield refuse({"ids": [there, gone]}, "NOT_FOUND", message, "target", "ids", "1")
    contact = encode_id("Contact", 1)
    message = f"'{contact}' is an id of type Contact, not Session."
    yield refuse({"ids": [contact]}, "INVALID", message, "target", "ids", "0")
    message = "List should have at least 1 item after validation, not 0"
    yield refuse({"ids": []}, "INVALID", message, "target", "ids")
    message = "3 sessions match, not 2."
    yield refuse(REFUNDS, "CONFLICT", message, "expectedCount", expectedCount=2)
    unknown = {"addLabels": ["Unheard"]}
    message = "There is no label Unheard."
    yield refuse(REFUNDS, "NOT_FOUND", message, "patch", "addLabels", "0", patch=unknown)
    message = "This cannot be null"
    yield refuse(REFUNDS, "REQUIRED", message, "patch", "isTest", patch={"isTest": None})


async def test_what_is_refused_changes_no_session(
    graphql: GraphQL, world: World, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assert_refused(graphql, viewer, refusals(world))

    monkeypatch.setattr(bulk_update, "MAX_BULK", 2)
    given = {"target": REFUNDS, "patch": {"isDone": True}}
    message = "More than 2 sessions match; narrow the filter."
    case = refusal("sessionsBulkUpdate", given, "TOO_MANY", message, "target", "filter")
    await assert_refused(graphql, viewer, [case])


async def test_a_filter_needs_the_right_to_read_what_it_asks(
    graphql: GraphQL, world: World, viewer: Viewer
) -> None:
    reviewer = Viewer(viewer.database, viewer.workspace, "reviewer", frozenset({Scope.REVIEW}))
    target = {"filter": {"contact": {"email": {"contains": "a"}}}}
    given = {"target": target, "patch": {"isDone": True}}

    answer = await graphql(BULK, {"input": given}, by=reviewer)

    assert [code for code, _message in errors_of(answer)] == ["FORBIDDEN"]
