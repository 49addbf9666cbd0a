"""Goals, journey blocks and forms by kind and key; and who may write the catalogue."""

from loaders.viewer import Viewer
from models.enums import Scope
from tests.conftest import GraphQL
from tests.reads.rows import Rows
from tests.writes.catalogue import (
    BOOK,
    FIELD_CREATE,
    FIELD_DELETE,
    FIELD_UPDATE,
    LABEL_CREATE,
    LABEL_DELETE,
    LABEL_UPDATE,
    SEATS,
    UNKNOWN,
    UPSERT,
    log,
)
from tests.writes.client import error
from tests.writes.refused_writes import Refusal, assert_forbidden, assert_refused, payload_of
from tests.writes.rows import row_counts


async def test_what_is_declared_is_made_once_and_then_changed(
    graphql: GraphQL, viewer: Viewer
) -> None:
    goal = (await payload_of(graphql, UPSERT, {**BOOK, "value": "12.50"}))["node"]
    kept = (await payload_of(graphql, UPSERT, {**BOOK, "name": "Book a table"}))["node"]
    same = await payload_of(graphql, UPSERT, {**BOOK, "name": "Book a table"})
    cleared = (await payload_of(graphql, UPSERT, {**BOOK, "value": None}))["node"]
    block = (
        await payload_of(
            graphql, UPSERT, {**BOOK, "kind": "JOURNEY_BLOCK", "journey": "tables", "value": None}
        )
    )["node"]
    form = (await payload_of(graphql, UPSERT, {**BOOK, "kind": "FORM"}))["node"]

    assert goal == {
        "id": goal["id"], "__typename": "Goal", "key": "book", "name": "Book", "value": "12.5",
        "isArchived": False,
    }  # fmt: skip
    assert kept == {**goal, "name": "Book a table"}
    assert (same["node"], same["changeCursor"]) == (kept, None)
    assert cleared == {**goal, "value": None}
    assert block == {
        "id": block["id"], "__typename": "JourneyBlock", "key": "book", "name": "Book",
        "journey": "tables",
    }  # fmt: skip
    assert form == {"id": form["id"], "__typename": "Form", "key": "book", "name": "Book"}
    counts = await row_counts(viewer)
    assert [counts[t] for t in ("goal", "journey_block", "form", "change")] == [1, 1, 1, 5]
    assert [entry[:3] for entry in await log(viewer)] == [
        ("GOAL", "CREATED", ["key", "name", "value"]),
        ("GOAL", "UPDATED", ["name"]),
        ("GOAL", "UPDATED", ["name", "value"]),
        ("JOURNEY_BLOCK", "CREATED", ["journey", "key", "name"]),
        ("FORM", "CREATED", ["key", "name"]),
    ]


DEFINITIONS_REFUSED: list[Refusal] = [
    (
        UPSERT, {**BOOK, "kind": "FORM", "value": "1", "journey": "tables"},
        [error("INVALID", "A FORM has no value.", "input", "value"),
         error("INVALID", "A FORM has no journey.", "input", "journey")],
    ),
    (
        UPSERT, {**BOOK, "journey": "tables"},
        [error("INVALID", "A GOAL has no journey.", "input", "journey")],
    ),
    (
        UPSERT, {**BOOK, "value": "-1"},
        [error("INVALID", "this amount is not negative", "input", "value")],
    ),
    (
        UPSERT, {**BOOK, "key": "a b"},
        [error("INVALID", "String should match pattern '^[A-Za-z0-9_.-]+$'", "input", "key")],
    ),
    (
        UPSERT, {**BOOK, "name": "x" * 257},
        [error("TOO_LONG", "String should have at most 256 characters", "input", "name")],
    ),
]  # fmt: skip


async def test_what_a_definition_cannot_be_is_refused_and_changes_nothing(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    foreign = Rows(stranger)
    foreign.goal("book")
    await foreign.save()

    await assert_refused(graphql, viewer, DEFINITIONS_REFUSED, {})
    await payload_of(graphql, UPSERT, BOOK)
    assert ((await row_counts(viewer))["goal"], (await row_counts(stranger))["change"]) == (1, 0)


async def test_the_catalogue_is_written_by_administrators_only(
    graphql: GraphQL, viewer: Viewer
) -> None:
    one = {"id": UNKNOWN}
    await assert_forbidden(
        graphql,
        viewer,
        Scope.ADMIN,
        [
            (LABEL_CREATE, {"name": "billing"}),
            (LABEL_UPDATE, one),
            (LABEL_DELETE, one),
            (FIELD_CREATE, SEATS),
            (FIELD_UPDATE, one),
            (FIELD_DELETE, one),
            (UPSERT, BOOK),
        ],
    )
