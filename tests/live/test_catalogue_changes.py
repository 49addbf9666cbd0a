"""What a live list is told when the catalogue changes below its sessions."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.change import ChangeKind
from models.enums import CustomFieldTarget, CustomFieldType
from subscriptions import changelog
from subscriptions.hub import Hub
from tests.conftest import GraphQL, data_of
from tests.live.streams import Door
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.writes.catalogue import (
    FIELD_CREATE,
    FIELD_DELETE,
    FIELD_UPDATE,
    LABEL_DELETE,
    LABEL_UPDATE,
    SEATS,
    UPSERT,
)
from tests.writes.refused_writes import payload_of

SHOWN = "labels { label { name } }"


async def told(graphql: GraphQL, after: str, filter: Any, shown: str) -> list[tuple[Any, ...]]:
    """Kind, session and fields of each change, or a resync."""
    query = f"""query($after: ChangeCursor!, $filter: SessionFilter) {{
      sessionChanges(after: $after, filter: $filter) {{
        changes {{ kind sessionId changedFields session {{ id {shown} }} }} resyncRequired }} }}"""
    page = data_of(await graphql(query, {"after": after, "filter": filter}))["sessionChanges"]
    if page["resyncRequired"]:
        return [("RESYNC",)]
    changes: list[dict[str, Any]] = page["changes"]
    return sorted((one["kind"], one["sessionId"], one["changedFields"]) for one in changes)


async def head(graphql: GraphQL) -> str:
    return str(data_of(await graphql("{ changeCursor }"))["changeCursor"])


def with_label(name: str) -> dict[str, Any]:
    return {"labels": {"some": {"name": {"eq": name}}}}


async def test_renaming_a_label_moves_sessions_between_lists(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    label = rows.label("billing")
    contact = rows.contact("Bob")
    rows.on_contact(contact, label)
    own, through = rows.session(), rows.session(contact)
    rows.applied(own, label)
    rows.session()
    await rows.save()
    after = await head(graphql)

    await payload_of(graphql, LABEL_UPDATE, {"id": global_id(label), "name": "invoices"})

    on_contact = {"contact": {"labels": {"some": {"name": {"eq": "invoices"}}}}}
    both = sorted([global_id(own), global_id(through)])
    assert await told(graphql, after, with_label("billing"), "") == [
        ("LEFT", key, ["labels"]) for key in both
    ]
    assert await told(graphql, after, with_label("invoices"), "") == [
        ("ENTERED", global_id(own), ["labels"]), ("LEFT", global_id(through), ["labels"]),
    ]  # fmt: skip
    assert await told(graphql, after, on_contact, "") == [
        ("ENTERED", global_id(through), ["labels"]), ("LEFT", global_id(own), ["labels"]),
    ]  # fmt: skip
    assert await told(graphql, after, None, SHOWN) == [("UPDATED", key, ["labels"]) for key in both]
    assert await told(graphql, after, {"isTest": False}, "") == []


@pytest.mark.parametrize(
    ("filter", "shown", "is_concerned"),
    [
        (with_label("billing"), "", True),
        ({"labels": {"isEmpty": True}}, "", True),
        ({"not": {"contact": {"labels": {"isEmpty": False}}}}, "", True),
        (None, SHOWN, True),
        (None, "contact { labels { name } }", True),
        ({"isTest": False}, "", False),
        (None, "customFields { value }", False),
    ],
)
async def test_a_list_that_shows_or_asks_for_labels_is_read_again_when_one_is_deleted(
    graphql: GraphQL, viewer: Viewer, filter: Any, shown: str, is_concerned: bool
) -> None:
    rows = Rows(viewer)
    label = rows.label("billing")
    rows.applied(rows.session(), label)
    await rows.save()
    after = await head(graphql)

    await payload_of(graphql, LABEL_DELETE, {"id": global_id(label)})

    assert await told(graphql, after, filter, shown) == ([("RESYNC",)] if is_concerned else [])


async def test_a_subscriber_is_told_to_read_again_when_a_label_is_deleted(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    rows = Rows(viewer)
    label = rows.label("billing")
    session = rows.session()
    rows.applied(session, label)
    await rows.save()
    door = Door(hub)

    async with (
        door.subscribed(viewer, filter=with_label("billing")) as labelled,
        door.subscribed(viewer, filter={"isTest": False}) as other,
    ):
        for subscriber in (labelled, other):
            assert (await subscriber.next())["__typename"] == "StreamCheckpoint"
        await payload_of(graphql, LABEL_DELETE, {"id": global_id(label)})
        resync = await labelled.next()
        async with changelog.transaction(viewer) as changes:
            changes.session(session, ChangeKind.UPDATED, ("topic",))
        [updated] = await other.changes(1)

    assert (resync["__typename"], resync["reason"]) == ("ResyncRequired", "FILTER_CHANGED")
    assert (updated["kind"], updated["sessionId"]) == ("UPDATED", global_id(session))


async def test_custom_fields_are_followed_where_they_are_shown_or_asked_for(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    plan = rows.field("plan", type=CustomFieldType.SELECT, options=["Pro"])
    seats = rows.field("seats", applies_to=CustomFieldTarget.CONTACT)
    contact = rows.contact()
    session, through = rows.session(), rows.session(contact)
    rows.value(session, plan, text="Pro")
    rows.contact_value(contact, seats, text="2")
    await rows.save()
    shown = "customFields { field { name } }"
    by_plan = {"customFields": [{"key": "plan", "isSet": True}]}
    by_seats = {"contact": {"customFields": [{"key": "seats", "isSet": False}]}}

    after = await head(graphql)
    await payload_of(graphql, FIELD_CREATE, {**SEATS, "key": "new"})
    await payload_of(graphql, FIELD_UPDATE, {"id": global_id(plan), "name": "Tariff"})
    await payload_of(graphql, FIELD_UPDATE, {"id": global_id(seats), "name": "Chairs"})

    assert await told(graphql, after, None, shown) == [
        ("UPDATED", key, ["customFields"])
        for key in sorted([global_id(session), global_id(through)])
    ]
    assert await told(graphql, after, by_plan, "") == []

    after = await head(graphql)
    await payload_of(graphql, FIELD_DELETE, {"id": global_id(plan)})
    assert await told(graphql, after, None, shown) == [("RESYNC",)]
    assert await told(graphql, after, by_seats, "") == [("RESYNC",)]
    assert await told(graphql, after, {"isTest": False}, "") == []


async def test_goals_blocks_and_forms_are_followed_where_they_are_shown(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    session = rows.session()
    rows.session()
    rows.outcome(session, rows.goal("book"))
    rows.visit(session, rows.block("book"), 1)
    rows.submission(session, rows.form("book"))
    await rows.save()

    for kind, field, inner in (
        ("GOAL", "goals", "goal"),
        ("JOURNEY_BLOCK", "journey", "block"),
        ("FORM", "forms", "form"),
    ):
        after = await head(graphql)
        await payload_of(graphql, UPSERT, {"kind": kind, "key": "book", "name": "Renamed"})
        shown = f"{field} {{ {inner} {{ name }} }}"
        assert await told(graphql, after, None, shown) == [("UPDATED", global_id(session), [field])]
        assert await told(graphql, after, {"isTest": False}, "") == []
