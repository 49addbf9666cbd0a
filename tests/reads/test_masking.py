"""Scopes: what a key without them does not see, and cannot find out by filtering either."""

from dataclasses import replace
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.contact import Contact, mask_address, mask_email, mask_phone
from models.enums import ChannelType, CustomFieldTarget, CustomFieldType, Scope, SessionEventKind
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of, global_id
from tests.reads.rows import Rows

READ = frozenset({Scope.SESSIONS_READ, Scope.MESSAGES_READ, Scope.CONTACTS_READ, Scope.PII_READ})


@pytest.fixture
async def session(viewer: Viewer) -> Session:
    """A session with something to hide in every part."""
    rows = Rows(viewer)
    contact = rows.contact("Ada", email="ada@example.com", phone="+15550101234")
    rows.handle(contact, ChannelType.EMAIL, "ada@example.com")
    rows.handle(contact, ChannelType.PHONE, "+15550101234")
    rows.handle(contact, ChannelType.TELEGRAM, "ada_l")
    session = rows.session(contact, external_id="s")
    message = rows.message(session, 1, text="hello")
    rows.trace(message, model="m")
    rows.event(session, SessionEventKind.HANDOFF_REQUESTED)
    for key, values in {"seat": {"text": "12A"}, "spare": {"text": "ada@private.example"}}.items():
        field = rows.field(key, type=CustomFieldType.TEXT, is_personal_data=key == "spare")
        rows.value(session, field, **values)
    rows.field("tier", applies_to=CustomFieldTarget.CONTACT)
    await rows.save()
    return session


def without(viewer: Viewer, *scopes: Scope) -> Viewer:
    """Somebody who may read all but these."""
    return replace(viewer, scopes=READ - set(scopes))


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("jane@example.com", "j***@example.com"),
        ("@example.com", "***@example.com"),
        ("nobody", "***"),
    ],
)
def test_an_email_keeps_its_first_character_and_domain(address: str, masked: str) -> None:
    assert mask_email(address) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("+1 555 010-1234", "***1234"), ("12345", "***2345"), ("1234", "***"), ("", "***")],
)
def test_a_phone_number_keeps_its_last_four_digits(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [("j@e.com", "j***@e.com"), ("+15550101234", "***1234"), ("ada_l", "a***"), ("", "***")],
)
def test_an_address_is_masked_by_its_form(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"name": "Ada", "phone": "+15550101234"}, "Ada"),
        ({"name": None, "phone": "+15550101234", "email": "a@b.c"}, "***1234"),
        ({"name": "", "email": "ada@example.com"}, "a***@example.com"),
        ({"name": None}, "User"),
    ],
)
async def test_the_display_name_is_always_there_and_always_masked(
    viewer: Viewer, graphql: GraphQL, facts: dict[str, Any], shown: str
) -> None:
    rows = Rows(viewer)
    contact = rows.contact(**facts)
    await rows.save()

    answer = await graphql("query ($id: ID!) { contact(id: $id) { displayName } }", ids(contact))

    assert data_of(answer) == {"contact": {"displayName": shown}}


ADDRESSES = """
query ($id: ID!) {
  session(id: $id) {
    contact { email phone handles { address } }
    customFields { key display value }
  }
}
"""


async def test_addresses_and_personal_data_are_masked_without_pii_read(
    viewer: Viewer, graphql: GraphQL, session: Session
) -> None:
    plain = data_of(await graphql(ADDRESSES, ids(session), by=without(viewer)))["session"]
    masked = await graphql(ADDRESSES, ids(session), by=without(viewer, Scope.PII_READ))

    assert plain == {
        "contact": {
            "email": "ada@example.com",
            "phone": "+15550101234",
            "handles": [
                {"address": "ada@example.com"},
                {"address": "+15550101234"},
                {"address": "ada_l"},
            ],
        },
        "customFields": [
            {"key": "seat", "display": "12A", "value": "12A"},
            {"key": "spare", "display": "ada@private.example", "value": "ada@private.example"},
        ],
    }
    assert data_of(masked)["session"] == {
        "contact": {
            "email": "a***@example.com",
            "phone": "***1234",
            "handles": [
                {"address": "a***@example.com"},
                {"address": "***1234"},
                {"address": "a***"},
            ],
        },
        "customFields": [
            {"key": "seat", "display": "12A", "value": "12A"},
            {"key": "spare", "display": "a***@private.example", "value": "a***@private.example"},
        ],
    }


@pytest.mark.parametrize(
    ("scope", "query"),
    [
        (Scope.SESSIONS_READ, "{ sessions { nodes { id } } }"),
        (Scope.SESSIONS_READ, "query ($id: ID!) { session(id: $id) { id } }"),
        (
            Scope.SESSIONS_READ,
            'query { sessionByExternalId(source: "test", externalId: "s") { id } }',
        ),
        (Scope.SESSIONS_READ, "query ($id: ID!) { node(id: $id) { id } }"),
        (Scope.SESSIONS_READ, "{ labels { name } }"),
        (Scope.SESSIONS_READ, "{ topics }"),
        (Scope.SESSIONS_READ, "{ contacts { nodes { sessions { nodes { id } } } } }"),
        (Scope.CONTACTS_READ, "{ contacts { nodes { id } } }"),
        (Scope.CONTACTS_READ, "{ sessions { nodes { contact { name } } } }"),
        (Scope.CONTACTS_READ, "{ sessions { nodes { contact { metadata } } } }"),
        (
            Scope.CONTACTS_READ,
            '{ sessions(filter: {contact: {name: {eq: "Ada"}}}) { totalCount } }',
        ),
        (
            Scope.PII_READ,
            '{ sessions(filter: {contact: {email: {contains: "a"}}}) { totalCount } }',
        ),
        (
            Scope.PII_READ,
            '{ sessions(filter: {not: {contact: {phone: {eq: "1"}}}}) { totalCount } }',
        ),
        (Scope.PII_READ, '{ contacts(filter: {email: {startsWith: "a"}}) { totalCount } }'),
        (
            Scope.CONTACTS_READ,
            '{ sessions(filter: {contact: {metadata: [{path: "a", exists: true}]}}) {'
            " totalCount } }",
        ),
        (
            Scope.CONTACTS_READ,
            '{ sessions(filter: {contact: {customFields: [{key: "tier", isSet: true}]}}) {'
            " totalCount } }",
        ),
        (
            Scope.PII_READ,
            '{ sessions(filter: {customFields: [{key: "spare", text: {contains: "a"}}]}) {'
            " totalCount } }",
        ),
        (
            Scope.PII_READ,
            '{ sessions(filter: {not: {or: [{customFields: [{key: "spare", isSet: true}]}]}}) {'
            " totalCount } }",
        ),
        (
            Scope.MESSAGES_READ,
            '{ sessions(filter: {messageText: {contains: "h"}}) { totalCount } }',
        ),
        (
            Scope.MESSAGES_READ,
            "{ sessions(filter: {messageText: {isNull: true}}) { totalCount } }",
        ),
        (
            Scope.MESSAGES_READ,
            "{ sessions(filter: {events: {none: {kind: ERROR}}}) { totalCount } }",
        ),
        (
            Scope.PII_READ,
            "{ sessions { nodes { messages(filter: {session: {contact: {phone:"
            " {isNull: true}}}}) { totalCount } } } }",
        ),
        (Scope.SESSIONS_READ, "{ sessionFilterVocabulary { path } }"),
        (Scope.MESSAGES_READ, "{ sessions { nodes { messages { nodes { text } } } } }"),
        (Scope.MESSAGES_READ, "{ sessions { nodes { messages { nodes { payload } } } } }"),
        (
            Scope.MESSAGES_READ,
            "{ sessions { nodes { messages { nodes { attachments { url } } } } } }",
        ),
        (
            Scope.MESSAGES_READ,
            "{ sessions { nodes { messages { nodes { reasoning { model } } } } } }",
        ),
        (
            Scope.MESSAGES_READ,
            '{ sessions { nodes { messages(filter: {text: {contains: "h"}}) { totalCount } } } }',
        ),
        (Scope.MESSAGES_READ, "{ sessions { nodes { timeline { totalCount } } } }"),
        (Scope.MESSAGES_READ, "{ sessions { nodes { events { totalCount } } } }"),
        (Scope.MESSAGES_READ, "{ sessions { nodes { reasoning { model } } } }"),
        (Scope.MESSAGES_READ, "{ sessions { nodes { handoffs { kind } } } }"),
        (Scope.MESSAGES_READ, "{ sessions { nodes { recordings { url } } } }"),
    ],
)
async def test_what_needs_a_scope_is_forbidden_without_it(
    viewer: Viewer, graphql: GraphQL, session: Session, scope: Scope, query: str
) -> None:
    variables = ids(session) if "$id" in query else {}
    allowed = await graphql(query, variables, by=without(viewer))
    refused = await graphql(query, variables, by=without(viewer, scope))

    assert allowed.errors is None
    assert errors_of(refused) == [("FORBIDDEN", f"This needs the scope {scope}.")]


async def test_what_is_not_personal_may_be_filtered_by_without_pii_read(
    viewer: Viewer, graphql: GraphQL, session: Session
) -> None:
    query = """{
      sessions(filter: {customFields: [{key: "seat", text: {eq: "12A"}}]}) { totalCount }
    }"""

    answer = await graphql(query, by=without(viewer, Scope.PII_READ, Scope.CONTACTS_READ))

    assert data_of(answer) == {"sessions": {"totalCount": 1}}


async def test_search_looks_at_addresses_only_with_pii_read(
    viewer: Viewer, graphql: GraphQL, session: Session
) -> None:
    query = "query ($text: String) { contacts(search: $text) { totalCount } }"

    async def found(text: str, by: Viewer) -> int:
        count: int = data_of(await graphql(query, {"text": text}, by=by))["contacts"]["totalCount"]
        return count

    everything, masked = without(viewer), without(viewer, Scope.PII_READ)
    assert [await found(text, everything) for text in ("ÁDA", "example.com", "0101", "zzz")] == [
        1, 1, 1, 0,
    ]  # fmt: skip
    assert [await found(text, masked) for text in ("ÁDA", "example.com", "0101")] == [1, 0, 0]


async def test_the_name_of_a_contact_is_shown_to_every_reader_of_sessions(
    viewer: Viewer, graphql: GraphQL, session: Session
) -> None:
    by = replace(viewer, scopes=frozenset({Scope.SESSIONS_READ}))

    answer = await graphql("{ sessions { nodes { contact { id displayName } } } }", by=by)

    contact = data_of(answer)["sessions"]["nodes"][0]["contact"]
    assert contact["displayName"] == "Ada"


def ids(row: Session | Contact) -> dict[str, str]:
    """Variables that name one object."""
    return {"id": global_id(row)}
