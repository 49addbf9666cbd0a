"""What filters on custom fields and metadata find, of sessions and of their contacts."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.enums import CustomFieldTarget, CustomFieldType
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import data_of
from tests.reads.finding import Filter, Find, assert_found, assert_refused, finder
from tests.reads.rows import START, Rows


@pytest.fixture
def rows(viewer: Viewer) -> Rows:
    return Rows(viewer)


@pytest.fixture
async def sessions(rows: Rows) -> dict[str, Session]:
    """`a` and `b` have values of every type, `c` has none; `a` is Ada's, who is of gold."""
    ada = rows.contact("Ada", metadata={"tier": "gold"})
    bob = rows.contact("Bob")
    made = {name: rows.session(ada if name == "a" else bob, external_id=name) for name in "abc"}
    types = {
        "plan": CustomFieldType.SELECT,
        "note": CustomFieldType.TEXT,
        "seats": CustomFieldType.NUMBER,
        "due": CustomFieldType.DATE,
        "paid": CustomFieldType.BOOLEAN,
        "colors": CustomFieldType.MULTI_SELECT,
    }
    fields = {key: rows.field(key, type=type_) for key, type_ in types.items()}
    values: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "plan": ({"text": "Pro"}, {"text": "Free"}),
        "note": ({"text": "Ünder 100%"}, {"text": ""}),
        "seats": ({"number": 2.5}, {"number": 0.0}),
        "due": ({"date": START}, {"date": START.replace(year=2027)}),
        "paid": ({"boolean": True}, {"boolean": False}),
        "colors": ({"choices": ["red", "blue"]}, {"choices": []}),
    }
    for key, (of_a, of_b) in values.items():
        rows.value(made["a"], fields[key], **of_a)
        rows.value(made["b"], fields[key], **of_b)
    vip = rows.field("plan", applies_to=CustomFieldTarget.CONTACT, type=CustomFieldType.NUMBER)
    rows.contact_value(ada, vip, number=7.0)
    await rows.save()
    return made


@pytest.fixture
def find(sessions: dict[str, Session], graphql: GraphQL) -> Find:
    return finder(graphql)


def asked(key: str, **group: Any) -> Filter:
    """A filter on one custom field."""
    return {"customFields": [{"key": key, **group}]}


async def test_custom_fields_of_every_type(find: Find) -> None:
    await assert_found(
        find,
        {
            "a": [
                asked("plan", text={"eq": "Pro"}),
                asked("note", text={"contains": "UNDER 100%"}),
                asked("seats", number={"gt": 0, "lt": 3}),
                asked("due", date={"lte": "2026-03-01T12:00:00Z"}),
                asked("paid", boolean=True),
                asked("colors", hasAny=["blue", "green"]),
                asked("colors", hasAll=["blue", "red"]),
                {"customFields": [*_both("plan", "Pro"), *_both("note", "Ünder 100%")]},
                {"contact": asked("plan", number={"eq": 7})},
            ],
            "b": [
                asked("plan", text={"neq": "Pro"}),
                {"not": asked("plan", text={"eq": "Pro"})},
                asked("note", text={"eq": ""}),
                asked("seats", number={"eq": 0}),
                asked("due", date={"gt": "2026-12-31T00:00:00Z"}),
                asked("paid", boolean=False),
                {"not": asked("paid", boolean=True)},
                {"not": asked("colors", hasAny=["red"])},
                {"not": asked("colors", hasAll=["red"])},
            ],
            "ab": [
                asked("plan", isSet=True),
                asked("colors", hasAll=[]),
                asked("plan", text={"isNull": False}),
                {"not": {"not": asked("plan", text={"in": ["Pro", "Free"]})}},
            ],
            "c": [
                asked("plan", isSet=False),
                {"not": asked("plan", isSet=True)},
                asked("colors", isSet=False),
                asked("seats", number={"isNull": True}),
            ],
            "bc": [{"contact": asked("plan", isSet=False)}],
            "": [
                asked("colors", hasAny=[]),
                asked("plan", text={"eq": "pro"}),
                {"customFields": [*_both("plan", "Pro"), *_both("plan", "Free")]},
            ],
            "abc": [asked("plan", text={}), {"customFields": []}],
        },
    )


def _both(key: str, text: str) -> list[dict[str, Any]]:
    return [{"key": key, "text": {"eq": text}}]


async def test_a_custom_field_is_asked_by_the_operators_of_its_type(
    sessions: dict[str, Session], graphql: GraphQL
) -> None:
    at = "filter.customFields[0]"
    groups = f"{at}: Give one of text, number, date, boolean, hasAny/hasAll or isSet."
    await assert_refused(
        graphql,
        {
            f"{at}.number: The custom field 'plan' is SELECT: compare it by text.": asked(
                "plan", number={"eq": 1}
            ),
            f"{at}.text: The custom field 'seats' is NUMBER: compare it by number.": asked(
                "seats", text={"eq": "1"}
            ),
            f"{at}.text: The custom field 'colors' is MULTI_SELECT: compare it by hasAny or"
            " hasAll.": asked("colors", text={"eq": "red"}),
            f"{at}.key: There is no custom field 'nope' of a session.": asked("nope", isSet=True),
            groups: asked("plan", text={"eq": "Pro"}, isSet=True),
            "filter.contact.customFields[0].text: The custom field 'plan' is NUMBER: compare it by"
            " number.": {"contact": asked("plan", text={})},
            "filter.or[1].not.customFields[0].key: There is no custom field 'x' of a session.": {
                "or": [{}, {"not": asked("x", isSet=True)}]
            },
        },
    )
    await assert_refused(graphql, {groups: asked("plan")})
    await assert_refused(graphql, {groups: asked("paid", boolean=True, text={})})


async def test_the_fields_of_another_workspace_are_unknown(
    stranger: Viewer, graphql: GraphQL
) -> None:
    theirs = Rows(stranger)
    theirs.field("secret")
    await theirs.save()
    message = "filter.customFields[0].key: There is no custom field 'secret' of a session."

    await assert_refused(graphql, {message: asked("secret", isSet=True)})


METADATA: dict[str, Any] = {
    "a": {
        "order": {"id": "X-1", "total": 12.5, "paid": True, "gift": None, "lines": [1, 2]},
        '"': {"'": "quoted"},
        "$": "root",
        "n": 3,
        "t": "3",
        "b": "true",
        "back\\slash": 1,
    },
    "b": {"order": {"id": "x-2", "total": 1, "paid": False}, "n": "3"},
    "c": {},
}


@pytest.fixture
async def described(rows: Rows) -> None:
    for name, metadata in METADATA.items():
        rows.session(rows.contact(metadata=metadata), external_id=name, metadata=metadata)
    await rows.save()


def at(path: str, **questions: Any) -> Filter:
    """A filter on one path."""
    return {"metadata": [{"path": path, **questions}]}


async def test_metadata_is_asked_by_path_and_type(described: None, graphql: GraphQL) -> None:
    expected: dict[str, list[Filter]] = {
        "a": [
            at("order.id", text={"eq": "X-1"}),
            at("order.total", number={"gt": 1}),
            at("order.paid", boolean=True),
            at("order.gift", exists=True),
            at("order.lines", exists=True),
            at("n", number={"eq": 3}),
            at("t", text={"eq": "3"}),
            at("\".'", text={"eq": "quoted"}),
            at("$", text={"contains": "ROOT"}),
            at("back\\slash", number={"eq": 1}),
            at("order.id", text={"eq": "X-1"}, exists=True),
        ],
        "b": [
            at("order.id", text={"neq": "X-1"}),
            {"not": at("order.paid", boolean=True)},
            at("n", text={"eq": "3"}),
        ],
        "ab": [
            at("order.id", text={"startsWith": "x-"}),
            at("order.total", number={"gte": 1}),
            at("order", exists=True),
        ],
        "c": [at("order.id", exists=False), at("order.id", text={"isNull": True})],
        "bc": [at("order.gift", exists=False), at("n", number={"isNull": True})],
        "": [
            at("order", text={"contains": ""}),
            at("order.gift", text={"isNull": False}),
            at("order.lines.0", exists=True),
            at("order.id.x", exists=True),
            at("b", boolean=True),
            at("$[0]", exists=True),
        ],
    }
    await assert_found(finder(graphql), expected)
    of_contact: dict[str, list[Filter]] = {
        names: [{"contact": filter} for filter in filters] for names, filters in expected.items()
    }
    await assert_found(finder(graphql), of_contact)


async def test_a_path_is_never_sql_and_has_no_empty_key(described: None, graphql: GraphQL) -> None:
    find = finder(graphql)
    for path in ("' OR 1=1 --", '"; DROP TABLE session; --', "?", "$1", "%", "*", "[0]", "#"):
        assert await find(at(path, exists=True)) == ""
    for path in ("a..b", ".a", "a.", ".", "$..*"):
        message = (
            "filter.metadata[0].path: A path is keys joined by dots, and none of them is empty."
        )
        await assert_refused(graphql, {message: at(path, exists=True)})
    message = "filter.metadata[0].path: A path has at most 16 keys, not 17."
    await assert_refused(graphql, {message: at("a." * 16 + "a", exists=True)})
    assert await find(at("a." * 15 + "a", text={"eq": "x"})) == ""


async def test_contacts_are_filtered_by_the_same_mechanism(
    sessions: dict[str, Session], graphql: GraphQL
) -> None:
    query = "query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { name } } }"

    async def names(filter: Filter) -> list[str]:
        found = data_of(await graphql(query, {"filter": filter}))
        return [node["name"] for node in found["contacts"]["nodes"]]

    assert await names(asked("plan", number={"gte": 7})) == ["Ada"]
    assert await names(asked("plan", isSet=False)) == ["Bob"]
    assert await names({"not": at("tier", text={"eq": "silver"})}) == ["Ada"]
    assert await names(at("tier", exists=False)) == ["Bob"]
