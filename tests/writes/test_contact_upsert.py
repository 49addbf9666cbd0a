"""Contacts written by any of their names: what is created, changed, cleared and refused."""

import asyncio
from dataclasses import replace
from typing import Any

from loaders.viewer import Viewer
from models.enums import CustomFieldTarget, CustomFieldType, Scope
from models.global_id import encode_id
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.writes.client import UPSERT, error
from tests.writes.rows import contact_rows, told_changes

HANDLE = {"channelType": "WHATSAPP", "address": "+1 (555) 0100"}


async def upsert(
    graphql: GraphQL, contact: dict[str, Any], key: str | None = None, **more: Any
) -> dict[str, Any]:
    """The payload."""
    given = {"contact": contact, "idempotencyKey": key}
    payload: dict[str, Any] = data_of(await graphql(UPSERT, {"input": given}, **more))[
        "contactUpsert"
    ]
    return payload


async def written(graphql: GraphQL, contact: dict[str, Any]) -> dict[str, Any]:
    """The contact after a write that went well."""
    payload = await upsert(graphql, contact)
    assert payload["userErrors"] == []
    shown: dict[str, Any] = payload["contact"]
    return shown


async def test_an_unknown_contact_is_created_with_all_that_is_said_of_it(graphql: GraphQL) -> None:
    attributes = {
        "name": "Ada", "email": "ada@example.com", "phone": "+1 555 0100", "company": "Engines",
        "avatarUrl": "https://example.com/ada.png", "source": "crm", "location": {"city": "London"},
        "isBlocked": True, "metadata": {"tier": "gold"}, "labels": ["vip", "press"],
        "customFields": [{"key": "seat", "value": "12A"}],
    }  # fmt: skip

    payload = await upsert(
        graphql, {"externalId": "c-1", "handle": HANDLE, "attributes": attributes}
    )

    assert (payload["userErrors"], payload["isReplay"]) == ([], False)
    assert payload["changeCursor"] is not None
    contact = payload["contact"]
    for name in ("labels", "customFields"):
        del attributes[name]
    assert {name: contact[name] for name in attributes} == attributes
    assert contact["externalId"] == "c-1"
    assert contact["handles"] == [{"channelType": "WHATSAPP", "address": "+15550100"}]
    assert contact["labels"] == [{"name": "vip"}, {"name": "press"}]
    assert contact["customFields"] == [{"key": "seat", "value": "12A"}]


async def test_every_name_finds_the_same_contact(graphql: GraphQL) -> None:
    first = await written(graphql, {"externalId": "c-1", "handle": HANDLE})

    by_id = await written(graphql, {"id": first["id"], "attributes": {"name": "Ada"}})
    by_handle = await written(graphql, {"handle": HANDLE, "attributes": {"company": "Engines"}})
    by_all = await written(
        graphql, {"id": first["id"], "externalId": "c-1", "handle": HANDLE, "attributes": {}}
    )

    assert {c["id"] for c in (first, by_id, by_handle, by_all)} == {first["id"]}
    assert (by_all["name"], by_all["company"], by_all["phone"]) == ("Ada", "Engines", "+15550100")


async def test_names_are_added_to_a_contact_that_lacked_them(graphql: GraphQL) -> None:
    first = await written(graphql, {"handle": HANDLE})

    mail = {"channelType": "EMAIL", "address": "Ada@Example.com"}
    after = await written(graphql, {"id": first["id"], "externalId": "c-1", "handle": mail})

    assert (after["externalId"], after["email"]) == ("c-1", "ada@example.com")
    assert [handle["address"] for handle in after["handles"]] == ["ada@example.com", "+15550100"]
    assert (await written(graphql, {"externalId": "c-1"}))["id"] == first["id"]


async def test_what_is_left_out_stays_a_null_clears_and_a_value_is_written(
    graphql: GraphQL,
) -> None:
    everything: dict[str, Any] = {
        "name": "Ada", "email": "ada@example.com", "phone": "+15550100", "company": "Engines",
        "avatarUrl": "https://example.com/ada.png", "source": "crm", "location": {"city": "London"},
        "isBlocked": True, "metadata": {"tier": "gold"},
    }  # fmt: skip
    emptied: dict[str, Any] = dict.fromkeys(everything) | {"isBlocked": False, "metadata": {}}
    new: dict[str, Any] = {
        **everything, "name": "Bo", "email": "bo@example.com", "phone": "0221 4711",
        "company": "Looms", "avatarUrl": "https://example.com/bo.png", "source": "import",
        "location": "Lyon", "isBlocked": False, "metadata": {},
    }  # fmt: skip
    contact = {"externalId": "c-1"}

    for name in everything:
        await written(graphql, {**contact, "attributes": everything})
        kept = await written(graphql, {**contact, "attributes": {}})
        assert {one: kept[one] for one in everything} == everything
        cleared = await written(graphql, {**contact, "attributes": {name: None}})
        assert {one: cleared[one] for one in everything} == {**everything, name: emptied[name]}
        changed = await written(graphql, {**contact, "attributes": {name: new[name]}})
        assert {one: changed[one] for one in everything} == {**everything, name: new[name]}


async def test_a_cleared_name_is_shown_as_if_it_had_never_been_there(graphql: GraphQL) -> None:
    await written(graphql, {"externalId": "c-1", "attributes": {"name": "Ada"}})

    cleared = await written(graphql, {"externalId": "c-1", "attributes": {"name": None}})

    assert cleared["displayName"] == "User"
    query = '{ contacts(filter: {name: {startsWith: "ada"}}) { totalCount } }'
    assert data_of(await graphql(query))["contacts"] == {"totalCount": 0}


async def test_labels_are_added_and_a_null_takes_all_off(graphql: GraphQL) -> None:
    contact = {"externalId": "c-1"}
    await written(graphql, {**contact, "attributes": {"labels": ["vip"]}})

    more = await written(graphql, {**contact, "attributes": {"labels": ["Press", "VIP"]}})
    none = await written(graphql, {**contact, "attributes": {"labels": None}})

    assert more["labels"] == [{"name": "vip"}, {"name": "Press"}]
    assert none["labels"] == []


async def test_values_of_custom_fields_are_set_and_cleared_by_key(graphql: GraphQL) -> None:
    contact = {"externalId": "c-1"}

    async def after(fields: list[dict[str, Any]] | None) -> dict[str, Any]:
        shown = await written(graphql, {**contact, "attributes": {"customFields": fields}})
        return {value["key"]: value["value"] for value in shown["customFields"]}

    assert await after([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]) == {
        "a": "1", "b": "2",
    }  # fmt: skip
    assert await after([{"key": "a", "value": None}]) == {"b": "2"}
    assert await after([{"key": "b", "value": None}, {"key": "b", "value": "3"}]) == {"b": "3"}
    assert await after([{"key": "c", "value": "4"}, {"key": "c", "value": None}]) == {"b": "3"}
    assert await after([]) == {"b": "3"}
    assert await after(None) == {}


async def test_a_null_of_an_unknown_field_makes_no_field(graphql: GraphQL, viewer: Viewer) -> None:
    await written(graphql, {"externalId": "c-1"})
    before = await contact_rows(viewer)

    fields = [{"key": "unheard-of", "value": None}]
    payload = await upsert(graphql, {"externalId": "c-1", "attributes": {"customFields": fields}})

    assert (payload["isReplay"], payload["changeCursor"]) == (True, None)
    assert await contact_rows(viewer) == before


async def test_saying_what_is_known_changes_nothing(graphql: GraphQL, viewer: Viewer) -> None:
    contact = {
        "externalId": "c-1",
        "handle": HANDLE,
        "attributes": {
            "name": "Ada", "labels": ["vip"], "customFields": [{"key": "seat", "value": "12A"}]
        },
    }  # fmt: skip
    first = await upsert(graphql, contact)
    before = await contact_rows(viewer)

    again = await upsert(graphql, contact)

    assert again == {**first, "isReplay": True, "changeCursor": None}
    assert await contact_rows(viewer) == before


async def test_what_is_refused_changes_nothing_and_is_told_with_its_path(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    rows, foreign = Rows(viewer), Rows(stranger)
    ada = rows.contact("Ada", external_id="c-1")
    rows.contact("Bo", external_id="c-2")
    seats = {"applies_to": CustomFieldTarget.CONTACT, "type": CustomFieldType.NUMBER}
    rows.field("seats", **seats)
    colours = {"applies_to": CustomFieldTarget.CONTACT, "type": CustomFieldType.SELECT}
    rows.field("colour", **colours, options=["red", "blue"])
    eve = foreign.contact("Eve", external_id="c-9")
    await rows.save()
    await foreign.save()
    before = await contact_rows(viewer)

    def of(**attributes: Any) -> dict[str, Any]:
        return {"externalId": "c-1", "attributes": {"name": "X", **attributes}}

    deep: Any = {}
    for _ in range(1000):
        deep = {"a": deep}
    refused: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        ({}, "REQUIRED", ()),
        ({"id": encode_id("Contact", 1)}, "NOT_FOUND", ("id",)),
        ({"id": global_id(eve)}, "NOT_FOUND", ("id",)),
        ({"id": "nonsense"}, "INVALID", ("id",)),
        ({"id": encode_id("Session", ada.id)}, "INVALID", ("id",)),
        ({"id": global_id(ada), "externalId": "c-2"}, "CONFLICT", ()),
        ({"id": global_id(ada), "externalId": "c-3"}, "CONFLICT", ("externalId",)),
        ({"externalId": "x" * 257}, "TOO_LONG", ("externalId",)),
        ({"handle": {"channelType": "PHONE", "address": "none"}}, "INVALID", ("handle", "address")),
        (of(email="ada"), "INVALID", ("attributes", "email")),
        (of(email="ada@example"), "INVALID", ("attributes", "email")),
        (of(email="a b@example.com"), "INVALID", ("attributes", "email")),
        (of(phone="call me"), "INVALID", ("attributes", "phone")),
        (of(phone="12"), "INVALID", ("attributes", "phone")),
        (of(name=""), "INVALID", ("attributes", "name")),
        (of(name="x" * 257), "TOO_LONG", ("attributes", "name")),
        (of(avatarUrl="file:///x"), "INVALID", ("attributes", "avatarUrl")),
        (of(metadata=[]), "INVALID", ("attributes", "metadata")),
        (of(metadata=deep), "INVALID", ("attributes", "metadata")),
        (of(labels=["ab"]), "INVALID", ("attributes", "labels", "0")),
        (of(labels=["vip"] * 51), "TOO_MANY", ("attributes", "labels")),
        (
            of(customFields=[{"key": "seats", "value": "two"}]),
            "INVALID",
            ("attributes", "customFields", "0", "value"),
        ),
        (
            of(customFields=[{"key": "colour", "value": "green"}]),
            "INVALID",
            ("attributes", "customFields", "0", "value"),
        ),
        (
            of(customFields=[{"key": "seats", "value": 1}] * 10_000),
            "TOO_MANY",
            ("attributes", "customFields"),
        ),
    ]
    for contact, code, path in refused:
        payload = await upsert(graphql, contact)
        told = [(one["code"], one["field"]) for one in payload["userErrors"]]
        assert told == [(code, ["input", "contact", *path])], str(contact)[:80]
        assert (payload["contact"], payload["changeCursor"]) == (None, None)

    assert await contact_rows(viewer) == before


async def test_writing_contacts_needs_its_scope_and_reading_them_another(
    graphql: GraphQL, viewer: Viewer
) -> None:
    others = frozenset(Scope) - {Scope.CONTACTS_WRITE, Scope.ADMIN}
    before = await contact_rows(viewer)

    refused = await graphql(
        UPSERT, {"input": {"contact": {"externalId": "c"}}}, by=replace(viewer, scopes=others)
    )

    assert [e.message for e in refused.errors or ()] == ["This needs the scope CONTACTS_WRITE."]
    assert await contact_rows(viewer) == before
    writer = replace(viewer, scopes=frozenset({Scope.CONTACTS_WRITE}))
    document = """mutation($input: ContactUpsertInput!) {
      contactUpsert(input: $input) { contact { id displayName } userErrors { code } } }"""
    given = {"input": {"contact": {"externalId": "c", "attributes": {"name": "Ada"}}}}
    payload = data_of(await graphql(document, given, by=writer))["contactUpsert"]
    assert payload["contact"]["displayName"] == "Ada"


async def test_a_contact_of_another_workspace_is_another_contact(
    graphql: GraphQL, stranger: Viewer
) -> None:
    own = await written(graphql, {"externalId": "c-1", "handle": HANDLE})

    other = await upsert(graphql, {"externalId": "c-1", "handle": HANDLE}, by=stranger)

    assert other["userErrors"] == []
    assert other["contact"]["id"] != own["id"]


async def test_a_repeat_with_the_same_key_answers_as_the_first_call_did(
    graphql: GraphQL, viewer: Viewer
) -> None:
    contact: dict[str, Any] = {"externalId": "c-1", "attributes": {"name": "Ada"}}
    first = await upsert(graphql, contact, "k-1")
    before = await contact_rows(viewer)

    again = await upsert(graphql, contact, "k-1")
    cleared = await upsert(graphql, {**contact, "attributes": {"name": None}}, "k-1")

    assert again == {**first, "isReplay": True, "changeCursor": None}
    message = "The idempotencyKey was used for another input."
    assert cleared["userErrors"] == [
        error("IDEMPOTENCY_MISMATCH", message, "input", "idempotencyKey")
    ]
    assert await contact_rows(viewer) == before


async def test_parallel_calls_run_once_and_make_one_contact(
    graphql: GraphQL, viewer: Viewer
) -> None:
    contact = {"externalId": "c-1", "handle": HANDLE, "attributes": {"labels": ["vip"]}}

    keyed = await asyncio.gather(*(upsert(graphql, contact, "k-1") for _ in range(4)))
    others = [{"handle": HANDLE, "attributes": {"company": f"no. {n}"}} for n in range(4)]
    await asyncio.gather(*(upsert(graphql, other) for other in others))

    assert sorted(payload["isReplay"] for payload in keyed) == [False, True, True, True]
    counts = (await contact_rows(viewer))[-1]
    assert isinstance(counts, dict)
    assert (counts["contact"], counts["contact_handle"], counts["contact_label"]) == (1, 1, 1)


async def test_the_change_tells_what_was_and_what_is(graphql: GraphQL, viewer: Viewer) -> None:
    contact: dict[str, Any] = {"externalId": "c-1", "handle": HANDLE}
    said: dict[str, Any] = {"name": "Ada", "labels": ["vip"]}
    await written(graphql, {**contact, "attributes": said})
    fields = [{"key": "seat", "value": "12A"}]
    said = {"name": None, "labels": ["press"], "customFields": fields, "isBlocked": True}
    await written(graphql, {**contact, "attributes": said})

    created, updated = [change[2:] for change in await told_changes(viewer)]

    handle = "WHATSAPP +15550100"
    assert created == (
        "CREATED",
        [],
        {"external_id": None, "handles": [], "labels.vip": False, "name": None, "phone": None},
        {
            "external_id": "c-1", "handles": [handle], "labels.vip": True, "name": "Ada",
            "phone": "+15550100",
        },
    )  # fmt: skip
    assert updated == (
        "UPDATED",
        ["custom_fields", "is_blocked", "labels", "name", "name_folded", "updated_at"],
        {"customFields.seat": None, "is_blocked": False, "labels.press": False, "name": "Ada"},
        {"customFields.seat": "12A", "is_blocked": True, "labels.press": True, "name": None},
    )  # fmt: skip
