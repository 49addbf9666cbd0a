"""Custom fields: what is declared, what is refused, and what becomes of their values."""

from loaders.viewer import Viewer
from models.enums import CustomFieldTarget, CustomFieldType
from models.global_id import encode_id
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.writes.catalogue import (
    FIELD_CREATE,
    FIELD_DELETE,
    FIELD_UPDATE,
    NO_ID,
    PLAN,
    SEATS,
    log,
    with_ids,
)
from tests.writes.client import error
from tests.writes.refused_writes import Refusal, assert_refused, payload_of
from tests.writes.rows import row_counts


async def test_a_custom_field_is_declared_and_changed(graphql: GraphQL, viewer: Viewer) -> None:
    made = await payload_of(
        graphql, FIELD_CREATE, {**PLAN, "options": ["Pro", "Free"], "isPersonalData": True}
    )
    field = made["customField"]
    changed = await payload_of(
        graphql,
        FIELD_UPDATE,
        {"id": field["id"], "name": "Tariff", "options": ["Free"], "description": "Paid plan."},
    )
    cleared = await payload_of(
        graphql, FIELD_UPDATE, {"id": field["id"], "description": None, "isArchived": True}
    )

    assert field == {
        **PLAN, "id": field["id"], "description": None, "options": ["Pro", "Free"],
        "isRequired": False, "autoExtract": False, "isPersonalData": True, "isArchived": False,
    }  # fmt: skip
    assert changed["customField"] == {
        **field, "name": "Tariff", "options": ["Free"], "description": "Paid plan.",
    }  # fmt: skip
    assert cleared["customField"] == {
        **changed["customField"], "description": None, "isArchived": True,
    }  # fmt: skip
    created, updated, archived = await log(viewer)
    assert created[:2] == ("CUSTOM_FIELD", "CREATED")
    assert created[4] == {
        "key": "plan", "name": "Plan", "applies_to": "SESSION", "type": "SELECT",
        "options": ["Pro", "Free"], "is_required": False, "auto_extract": False,
        "is_personal_data": True,
    }  # fmt: skip
    assert updated == (
        "CUSTOM_FIELD", "UPDATED", ["description", "name", "options"],
        {"description": None, "name": "Plan", "options": ["Pro", "Free"]},
        {"description": "Paid plan.", "name": "Tariff", "options": ["Free"]},
    )  # fmt: skip
    assert archived[2] == ["description", "is_archived"]


async def test_values_outlive_an_option_that_is_taken_away(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    field = rows.field("plan", type=CustomFieldType.SELECT, options=["Pro", "Free"])
    rows.value(rows.session(), field, text="Pro")
    await rows.save()

    await payload_of(graphql, FIELD_UPDATE, {"id": global_id(field), "options": ["Free"]})

    query = """{ sessions(filter: {customFields: [{key: "plan", text: {eq: "Pro"}}]}) {
      nodes { customFields { value } } } }"""
    assert data_of(await graphql(query)) == {
        "sessions": {"nodes": [{"customFields": [{"value": "Pro"}]}]}
    }


async def test_a_deleted_custom_field_takes_its_values_with_it(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    session = rows.session(contact)
    plan, seats = rows.field("plan"), rows.field("seats", applies_to=CustomFieldTarget.CONTACT)
    kept = rows.field("kept")
    rows.value(session, plan, text="Pro")
    rows.value(session, kept, text="?")
    rows.contact_value(contact, seats, text="2")
    await rows.save()
    before = await row_counts(viewer)

    for field in (plan, seats):
        answer = await payload_of(graphql, FIELD_DELETE, {"id": global_id(field)})
        assert (answer["deletedId"], answer["userErrors"]) == (global_id(field), [])

    assert await row_counts(viewer) == {
        **before, "custom_field": 1, "session_field_value": 1, "contact_field_value": 0,
        "change": 2,
    }  # fmt: skip
    assert [entry[:2] for entry in await log(viewer)] == [("CUSTOM_FIELD", "DELETED")] * 2


NO_OPTIONS = "A custom field of type TEXT has no options."
FIELDS_REFUSED: list[Refusal] = [
    (
        FIELD_CREATE, {**PLAN, "options": ["Pro"]},
        [error("TAKEN", "There is a custom field 'plan' of a session already.", "input", "key")],
    ),
    (
        FIELD_CREATE, {**PLAN, "key": "new"},
        [error("REQUIRED", "A custom field of type SELECT needs options.", "input", "options")],
    ),
    (
        FIELD_CREATE, {**PLAN, "key": "new", "type": "TEXT", "options": ["a"]},
        [error("INVALID", NO_OPTIONS, "input", "options")],
    ),
    (
        FIELD_CREATE, {**PLAN, "key": "new", "options": ["a", "b", "a"]},
        [error("INVALID", "two options are the same", "input", "options")],
    ),
    (
        FIELD_CREATE, {**PLAN, "key": "new", "options": []},
        [error("INVALID", "List should have at least 1 item after validation, not 0",
               "input", "options")],
    ),
    (
        FIELD_CREATE, {**PLAN, "key": "new", "options": [str(n) for n in range(201)]},
        [error("TOO_MANY", "List should have at most 200 items after validation, not 201",
               "input", "options")],
    ),
    (
        FIELD_CREATE, {**PLAN, "key": "new", "options": ["x" * 257]},
        [error("TOO_LONG", "String should have at most 256 characters", "input", "options", "0")],
    ),
    (
        FIELD_CREATE, {**SEATS, "key": "two words"},
        [error("INVALID", "String should match pattern '^[A-Za-z0-9_.-]+$'", "input", "key")],
    ),
    (
        FIELD_CREATE, {**SEATS, "key": "x" * 65},
        [error("TOO_LONG", "String should have at most 64 characters", "input", "key")],
    ),
    (
        FIELD_CREATE, {**SEATS, "name": ""},
        [error("INVALID", "String should have at least 1 character", "input", "name")],
    ),
    (
        FIELD_UPDATE, {"id": "$text", "options": ["a"]},
        [error("INVALID", NO_OPTIONS, "input", "options")],
    ),
    (
        FIELD_UPDATE,
        {"id": "$plan", "name": None, "options": None, "isRequired": None, "autoExtract": None,
         "isArchived": None},
        [error("REQUIRED", "This cannot be null", "input", name)
         for name in ("name", "options", "isRequired", "autoExtract", "isArchived")],
    ),
    *(
        (document, {"id": id_}, [error(code, message, "input", "id")])
        for document in (FIELD_UPDATE, FIELD_DELETE)
        for id_, code, message in (
            ("nonsense", "INVALID", NO_ID),
            ("$session", "INVALID", "{} is an id of type Session, not CustomField."),
            ("$theirs", "NOT_FOUND", "There is no such custom field."),
        )
    ),
]  # fmt: skip


async def test_what_a_custom_field_cannot_be_is_refused_and_changes_nothing(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    rows, foreign = Rows(viewer), Rows(stranger)
    ids = {
        "plan": global_id(rows.field("plan", type=CustomFieldType.SELECT, options=["Pro"])),
        "text": global_id(rows.field("text")),
        "theirs": global_id(foreign.field("theirs")),
        "session": encode_id("Session", 1),
    }
    await rows.save()
    await foreign.save()

    await assert_refused(graphql, viewer, with_ids(FIELDS_REFUSED, ids), ids)
    assert (await row_counts(stranger))["custom_field"] == 1


async def test_a_target_has_at_most_200_custom_fields(graphql: GraphQL, viewer: Viewer) -> None:
    rows = Rows(viewer)
    for number in range(200):
        rows.field(f"field-{number}")
    await rows.save()

    many = error("LIMIT_EXCEEDED", "A session has at most 200 custom fields.", "input")
    await assert_refused(graphql, viewer, [(FIELD_CREATE, {**PLAN, "options": ["a"]}, [many])], {})
    other = await payload_of(graphql, FIELD_CREATE, SEATS)
    assert other["userErrors"] == []
