"""Labels: what is written, what is refused, and what the log says of it."""

import asyncio

from loaders.viewer import Viewer
from models.global_id import encode_id
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.writes.catalogue import (
    ARABIC,
    LABEL_CREATE,
    LABEL_DELETE,
    LABEL_UPDATE,
    NO_COLOR,
    NO_ID,
    UNKNOWN,
    log,
    with_ids,
)
from tests.writes.client import START, error, start
from tests.writes.refused_writes import Refusal, assert_refused, payload_of
from tests.writes.rows import row_counts


async def test_a_label_is_made_changed_and_archived(graphql: GraphQL, viewer: Viewer) -> None:
    made = await payload_of(graphql, LABEL_CREATE, {"name": "Kündigung", "color": "#1a7F37"})
    label = made["label"]
    changed = await payload_of(
        graphql, LABEL_UPDATE, {"id": label["id"], "name": "kundigung", "autoApply": True}
    )
    cleared = await payload_of(
        graphql, LABEL_UPDATE, {"id": label["id"], "color": None, "isArchived": True}
    )
    again = await payload_of(graphql, LABEL_UPDATE, {"id": label["id"], "isArchived": True})

    assert label == {
        "id": label["id"], "name": "Kündigung", "description": None, "color": "#1a7F37",
        "autoApply": False, "isArchived": False,
    }  # fmt: skip
    assert changed["label"] == {**label, "name": "kundigung", "autoApply": True}
    assert cleared["label"] == {**changed["label"], "color": None, "isArchived": True}
    assert (again["label"], again["changeCursor"]) == (cleared["label"], None)
    assert None not in {made["changeCursor"], changed["changeCursor"], cleared["changeCursor"]}
    assert await log(viewer) == [
        (
            "LABEL", "CREATED", ["auto_apply", "color", "name"],
            {"auto_apply": None, "color": None, "name": None},
            {"auto_apply": False, "color": "#1a7F37", "name": "Kündigung"},
        ),
        (
            "LABEL", "UPDATED", ["auto_apply", "name"],
            {"auto_apply": False, "name": "Kündigung"}, {"auto_apply": True, "name": "kundigung"},
        ),
        (
            "LABEL", "UPDATED", ["color", "is_archived"],
            {"color": "#1a7F37", "is_archived": False}, {"color": None, "is_archived": True},
        ),
    ]  # fmt: skip


async def test_an_archived_label_stays_where_it_was_applied(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    label = rows.label("billing")
    rows.applied(rows.session(), label)
    await rows.save()

    await payload_of(graphql, LABEL_UPDATE, {"id": global_id(label), "isArchived": True})

    query = """{ labels { name } sessions(filter: {labels: {some: {name: {eq: "billing"}}}}) {
      nodes { labels { label { name isArchived } } } } }"""
    assert data_of(await graphql(query)) == {
        "labels": [],
        "sessions": {"nodes": [{"labels": [{"label": {"name": "billing", "isArchived": True}}]}]},
    }


async def test_a_deleted_label_is_off_every_session_and_contact(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    label, other = rows.label("billing"), rows.label("urgent")
    for session in (rows.session(contact), rows.session(contact)):
        rows.applied(session, label)
        rows.applied(session, other)
    rows.on_contact(contact, label)
    await rows.save()
    before = await row_counts(viewer)

    answer = await payload_of(graphql, LABEL_DELETE, {"id": global_id(label)})

    assert (answer["deletedId"], answer["userErrors"]) == (global_id(label), [])
    assert await row_counts(viewer) == {
        **before, "label": 1, "session_label": 2, "contact_label": 0, "change": 1,
    }  # fmt: skip
    gone = {
        "name": "billing", "description": None, "color": None, "auto_apply": False,
        "is_archived": False,
    }  # fmt: skip
    assert await log(viewer) == [("LABEL", "DELETED", sorted(gone), gone, dict.fromkeys(gone))]
    query = (
        "query($id: ID!) { node(id: $id) { id } sessions { nodes { labels { label { name } } } } }"
    )
    assert data_of(await graphql(query, {"id": global_id(label)})) == {
        "node": None,
        "sessions": {"nodes": [{"labels": [{"label": {"name": "urgent"}}]}] * 2},
    }


async def test_sessions_that_get_a_label_while_it_is_deleted_get_a_new_one(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    label = rows.label("billing")
    await rows.save()
    starts = [start(externalId=str(n), labels=["billing"]) for n in range(6)]

    results = await asyncio.gather(
        *(graphql(START, given) for given in starts[:3]),
        payload_of(graphql, LABEL_DELETE, {"id": global_id(label)}),
        *(graphql(START, given) for given in starts[3:]),
    )

    assert [getattr(result, "errors", None) for result in results] == [None] * 7
    counts = await row_counts(viewer)
    assert (counts["session"], counts["change"]) == (6, 7)
    assert counts["label"] == (counts["session_label"] > 0)


async def test_of_two_labels_of_one_name_made_at_once_one_is_refused(
    graphql: GraphQL, viewer: Viewer
) -> None:
    names = ["Billing", "billing", "BILLING", "bílling"]

    answers = await asyncio.gather(
        *(payload_of(graphql, LABEL_CREATE, {"name": name}) for name in names)
    )

    codes = [[one["code"] for one in answer["userErrors"]] for answer in answers]
    assert sorted(codes) == [[], ["TAKEN"], ["TAKEN"], ["TAKEN"]]
    counts = await row_counts(viewer)
    assert (counts["label"], counts["change"]) == (1, 1)


TAKEN = error("TAKEN", "There is a label named 'Ångström' already.", "input", "name")
LABELS_REFUSED: list[Refusal] = [
    (LABEL_CREATE, {"name": "angstrom"}, [TAKEN]),
    (LABEL_CREATE, {"name": "ÅNGSTRÖM"}, [TAKEN]),
    (
        LABEL_CREATE, {"name": "ab"},
        [error("INVALID", "String should have at least 3 characters", "input", "name")],
    ),
    (
        LABEL_CREATE, {"name": "x" * 49},
        [error("TOO_LONG", "String should have at most 48 characters", "input", "name")],
    ),
    (
        LABEL_CREATE, {"name": "long", "description": "x" * 257},
        [error("TOO_LONG", "String should have at most 256 characters", "input", "description")],
    ),
    *(
        (LABEL_CREATE, {"name": "color", "color": color},
         [error("INVALID", NO_COLOR, "input", "color")])
        for color in ("red", "#12345", "#1234567", "#12345g", "123456#", ARABIC, "")
    ),
    (
        LABEL_CREATE, {"name": "nul\0"},
        [error("INVALID", "Text may not contain U+0000", "input", "name")],
    ),
    (LABEL_UPDATE, {"id": "$urgent", "name": "Angström"}, [TAKEN]),
    (
        LABEL_UPDATE, {"id": "$urgent", "name": None, "autoApply": None, "isArchived": None},
        [error("REQUIRED", "This cannot be null", "input", name)
         for name in ("name", "autoApply", "isArchived")],
    ),
    (LABEL_UPDATE, {"id": "$urgent", "color": "blue"},
     [error("INVALID", NO_COLOR, "input", "color")]),
    *(
        (document, {"id": id_}, [error(code, message, "input", "id")])
        for document in (LABEL_UPDATE, LABEL_DELETE)
        for id_, code, message in (
            ("nonsense", "INVALID", NO_ID),
            ("$session", "INVALID", "{} is an id of type Session, not Label."),
            ("$theirs", "NOT_FOUND", "There is no such label."),
            (UNKNOWN, "NOT_FOUND", "There is no such label."),
        )
    ),
]  # fmt: skip


async def test_what_a_label_cannot_be_is_refused_and_changes_nothing(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    rows, foreign = Rows(viewer), Rows(stranger)
    ids = {
        "urgent": global_id(rows.label("urgent")),
        "theirs": global_id(foreign.label("theirs")),
        "session": encode_id("Session", 1),
    }
    rows.label("Ångström", is_archived=True)
    await rows.save()
    await foreign.save()

    await assert_refused(graphql, viewer, with_ids(LABELS_REFUSED, ids), ids)
    assert (await row_counts(stranger))["label"] == 1
    free = await payload_of(graphql, LABEL_CREATE, {"name": "Ångström"}, by=stranger)
    assert free["userErrors"] == []
