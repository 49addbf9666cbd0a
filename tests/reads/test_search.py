"""What a search finds, where it looks, and why it says a session matched."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from strawberry.types import ExecutionResult

import loaders.search
from loaders.matching import matching_ids
from loaders.place import Place
from loaders.prepared_filter import prepared
from loaders.search_match import snippet_of
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.enums import Scope, SearchField
from models.session import Session
from schema.inputs.search import SearchInput
from schema.inputs.session_filter import SessionFilter
from server.errors import client_errors
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of
from tests.reads.rows import START, Rows, minutes

Find = Callable[..., Awaitable[str]]

QUERY = """
query ($filter: SessionFilter) {
  sessions(filter: $filter, orderBy: [{field: STARTED_AT, direction: ASC}]) {
    nodes { externalId }
    totalCount
  }
}
"""
MATCHES = """
query ($filter: SessionFilter) {
  sessions(filter: $filter, orderBy: [{field: STARTED_AT, direction: ASC}]) {
    edges { node { externalId } match { fields snippet } }
  }
}
"""


def refusals(result: ExecutionResult) -> list[tuple[str, str]]:
    """Path and message of everything that is wrong with the input."""
    [error] = client_errors(result.errors or [])
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    violations = error["extensions"]["violations"]
    return [(".".join(one["field"]), one["message"]) for one in violations]


@pytest.fixture
async def sessions(viewer: Viewer) -> dict[str, Session]:
    """Sessions named by one letter, each with its own words in one place."""
    rows = Rows(viewer)
    ada = rows.contact("Ada Lovelace", email="ada@example.com", phone="+15550101")
    zoe = rows.contact("Zoë Straße")
    robot = rows.agent("Robot Nightingale")
    texts: dict[str, dict[str, Any]] = {
        "a": {"contact": ada, "summary_text": "Wants a refund for invoice 1009, 100% of it"},
        "b": {"contact": zoe, "summary_text": "Ångström and café \U0001f389\U0001f389\U0001f389"},
        "c": {"agent_id": robot.id, "topic": "Refund policy"},
        "d": {"metadata": {"order": "ZX-81", "inner": [{"n": 4711}]}, "short_id": "QQ8765WW"},
        "e": {"summary_text": "客户要求退款并取消订单"},
        "f": {"summary_text": "العميل يريد استرداد المبلغ"},
        "g": {"summary_text": 'He said "NEAR(me) OR ^you*" -not c:\\temp snake_case'},
        "h": {},
    }
    made: dict[str, Session] = {}
    for position, (name, values) in enumerate(texts.items()):
        contact = values.pop("contact", None) or rows.contact(None)
        own = {"short_id": f"ZZZZZZZ{position}", "started_at": START + minutes(position)}
        made[name] = rows.session(contact, external_id=name, **{**own, **values})
    rows.comment(made["h"], "Call her back tomorrow")
    rows.message(made["h"], 1, text="Where is my parcel?")
    rows.message(made["h"], 2, text="It was a Geheimnis", deleted_at=START)
    await rows.save()
    return made


@pytest.fixture
def find(sessions: dict[str, Session], graphql: GraphQL, viewer: Viewer) -> Find:
    """The names of the sessions that a query finds, in one word."""

    async def run(
        query: str, *fields: str, by: Viewer = viewer, also: Mapping[str, Any] | None = None
    ) -> str:
        search = {"query": query, "in": list(fields)} if fields else {"query": query}
        filter = {**(also or {}), "search": search}
        page = data_of(await graphql(QUERY, {"filter": filter}, by=by))["sessions"]
        names = "".join(node["externalId"] for node in page["nodes"])
        assert page["totalCount"] == len(names)
        return names

    return run


@pytest.mark.parametrize(
    ("field", "query", "names"),
    [
        ("SESSION_ID", "8765", "d"),
        ("EXTERNAL_ID", "h", "h"),
        ("SUMMARY", "invoice", "a"),
        ("TOPIC", "refund", "c"),
        ("CONTACT_NAME", "lovelace", "a"),
        ("CONTACT_EMAIL", "ada@example.com", "a"),
        ("CONTACT_PHONE", "+15550101", "a"),
        ("AGENT_NAME", "nightingale", "c"),
        ("COMMENT", "tomorrow", "h"),
        ("METADATA", "zx-81", "d"),
        ("METADATA", "4711", "d"),
        ("METADATA", "order", "d"),
        ("METADATA", "inner", "d"),
        ("MESSAGE_TEXT", "parcel", "h"),
        ("MESSAGE_TEXT", "geheimnis", ""),
        ("MESSAGE_TEXT", "is", "h"),
        ("SUMMARY", "nightingale", ""),
    ],
)
async def test_each_field_is_searched_alone(find: Find, field: str, query: str, names: str) -> None:
    assert await find(query, field) == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("refund", "ac"),
        ("REFUND", "ac"),
        ("efun", "ac"),
        ("refund invoice", "a"),
        ("invoice refund", "a"),
        ("refund lovelace", "a"),
        ("refund nightingale", "c"),
        ("refund tomorrow", ""),
        ('"for invoice"', "a"),
        ('"invoice for"', ""),
        ('"refund  for" ada', "a"),
        ("angstrom CAFE", "b"),
        ("Ångström", "b"),
        ("strasse", "b"),
        ("STRAẞE", "b"),
        ("zoe", "b"),
        ("退款", "e"),
        ("取消订单", "e"),
        ("استرداد", "f"),
        ("\U0001f389", "b"),
        ("\U0001f389\U0001f389\U0001f389", "b"),
        ("款", "e"),
        ("ad", "a"),
        ("of invoice", "a"),
        ("ad xx", ""),
        ("parcel", ""),
        ("nobodyeverwrotethis", ""),
    ],
)
async def test_all_words_are_found_in_any_field_and_order(
    find: Find, query: str, names: str
) -> None:
    assert await find(query) == names


@pytest.mark.parametrize(
    "query",
    [
        'near(me)', "^you*", "-not", "c:\\temp", '"near(me) or"', 'said "near(me)', "snake_case",
        '^you*"', "^", "*\"", "\\", "(me", "or near",
    ],
)  # fmt: skip
async def test_operators_are_text(find: Find, query: str) -> None:
    assert await find(query) == "g"


@pytest.mark.parametrize(
    "query", ["refund*", "refund^", "NEAR(refund invoice)", "-refund", '"refund', "summary:refund"]
)
async def test_operators_that_nobody_wrote_find_nothing(find: Find, query: str) -> None:
    assert await find(query) == ""


@pytest.mark.parametrize("query", ["100%", "100_", "%", "snake%case"])
async def test_wildcards_are_text(find: Find, query: str) -> None:
    expected = {"100%": "a", "%": "a"}

    assert await find(query) == expected.get(query, "")


async def test_a_word_may_be_said_and_another_be_a_comment(find: Find) -> None:
    assert await find("parcel tomorrow", "MESSAGE_TEXT", "COMMENT") == "h"
    assert await find("parcel tomorrow", "MESSAGE_TEXT", "SUMMARY") == ""
    assert await find("parcel my", "MESSAGE_TEXT", "COMMENT") == "h"
    assert await find("parcel zz", "MESSAGE_TEXT", "COMMENT") == ""


async def test_several_fields_are_searched_together(find: Find) -> None:
    assert await find("refund", "SUMMARY", "TOPIC") == "ac"
    assert await find("refund nightingale", "SUMMARY", "TOPIC") == ""
    assert await find("re", "SUMMARY", "TOPIC") == "ac"


async def test_a_search_is_one_condition_among_others(
    find: Find, viewer: Viewer, sessions: dict[str, Session], graphql: GraphQL
) -> None:
    refund = {"search": {"query": "refund"}}

    assert await find("refund", also={"topic": {"isNull": True}}) == "a"
    assert await find("refund", also={"isArchived": True}) == ""
    for filter, names in (
        ({"not": refund}, "bdefgh"),
        ({"or": [refund, {"externalId": {"eq": "h"}}]}, "ach"),
        ({"and": [refund, {"search": {"query": "policy"}}]}, "c"),
    ):
        nodes = data_of(await graphql(QUERY, {"filter": filter}))["sessions"]["nodes"]
        assert "".join(node["externalId"] for node in nodes) == names
    ids = [session.id for session in sessions.values()]
    for query, names in (("refund", "ac"), ("退款", "e"), ("ad invoice", "a")):
        wanted = await prepared(viewer, SessionFilter(search=SearchInput(query=query)))
        assert await matching_ids(viewer, sessions_of(viewer, wanted), ids) == {
            sessions[name].id for name in names
        }


@pytest.mark.parametrize("query", ["", "  \t ", '""', "\u0301"])
async def test_a_search_for_nothing_is_refused(graphql: GraphQL, query: str) -> None:
    result = await graphql(QUERY, {"filter": {"search": {"query": query}}})

    assert refusals(result) == [
        ("filter.search.query", "a search needs at least one character to look for")
    ]


async def test_a_query_that_is_too_long_is_refused(graphql: GraphQL, find: Find) -> None:
    assert await find("x" * 1000) == ""
    filter = {"or": [{"isTest": True}, {"search": {"query": "x" * 1001}}]}

    assert refusals(await graphql(QUERY, {"filter": filter})) == [
        ("filter.or.1.search.query", "String should have at most 1000 characters")
    ]


async def test_a_hundred_different_words_are_taken(find: Find, graphql: GraphQL) -> None:
    words = [chr(0x4E00 + i) for i in range(101)]
    assert await find(" ".join(words[:100])) == ""

    result = await graphql(QUERY, {"filter": {"search": {"query": " ".join(words)}}})

    assert refusals(result) == [
        ("filter.search.query", "a search takes at most 100 different words, not 101")
    ]


async def test_an_empty_list_of_fields_is_refused(graphql: GraphQL) -> None:
    result = await graphql(QUERY, {"filter": {"search": {"query": "x", "in": []}}})

    assert [path for path, _message in refusals(result)] == ["filter.search.in"]


async def test_another_workspace_is_never_found(
    find: Find, stranger: Viewer, graphql: GraphQL
) -> None:
    for query in ("refund", "ad", "parcel"):
        for fields in ((), ("MESSAGE_TEXT",), ("MESSAGE_TEXT", "SUMMARY")):
            assert await find(query, *fields, by=stranger) == ""


READ = frozenset({Scope.SESSIONS_READ, Scope.MESSAGES_READ, Scope.CONTACTS_READ, Scope.PII_READ})


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        (Scope.CONTACTS_READ, "CONTACT_NAME"),
        (Scope.CONTACTS_READ, "CONTACT_EMAIL"),
        (Scope.PII_READ, "CONTACT_EMAIL"),
        (Scope.PII_READ, "CONTACT_PHONE"),
        (Scope.MESSAGES_READ, "MESSAGE_TEXT"),
    ],
)
async def test_naming_a_field_that_may_not_be_read_is_refused(
    viewer: Viewer, graphql: GraphQL, missing: Scope, field: str
) -> None:
    reader = replace(viewer, scopes=READ - {missing})
    filter = {"search": {"query": "ada", "in": ["SUMMARY", field]}}

    [(code, _message)] = errors_of(await graphql(QUERY, {"filter": filter}, by=reader))

    assert code == "FORBIDDEN"


async def test_fields_that_were_not_named_are_left_out_instead(
    viewer: Viewer, find: Find, graphql: GraphQL
) -> None:
    without_pii = replace(viewer, scopes=READ - {Scope.PII_READ})
    without_contacts = replace(viewer, scopes=READ - {Scope.CONTACTS_READ})

    assert await find("example.com", by=without_pii) == ""
    assert await find("lovelace invoice", by=without_pii) == "a"
    assert await find("lovelace", by=without_contacts) == ""
    assert await find("invoice", by=without_contacts) == "a"
    filter = {"search": {"query": "ada"}}
    [edge] = data_of(await graphql(MATCHES, {"filter": filter}, by=without_pii))["sessions"][
        "edges"
    ]
    assert edge["match"] == {"fields": ["CONTACT_NAME"], "snippet": "Ada Lovelace"}


async def test_a_match_says_where_and_shows_the_text(
    viewer: Viewer, sessions: dict[str, Session], graphql: GraphQL
) -> None:
    expected: dict[str, dict[str, tuple[list[str], str]]] = {
        "refund": {
            "a": (["SUMMARY"], "Wants a refund for invoice 1009, 100% of it"),
            "c": (["TOPIC"], "Refund policy"),
        },
        "ada refund": {
            "a": (
                ["SUMMARY", "CONTACT_NAME", "CONTACT_EMAIL"],
                "Wants a refund for invoice 1009, 100% of it",
            )
        },
        "strasse": {"b": (["CONTACT_NAME"], "Zoë Straße")},
        "4711": {"d": (["METADATA"], "4711")},
        "tomorrow": {"h": (["COMMENT"], "Call her back tomorrow")},
    }
    for query, matches in expected.items():
        filter = {"search": {"query": query}}
        edges = data_of(await graphql(MATCHES, {"filter": filter}))["sessions"]["edges"]
        assert {edge["node"]["externalId"]: edge["match"] for edge in edges} == {
            name: {"fields": fields, "snippet": snippet}
            for name, (fields, snippet) in matches.items()
        }


async def test_a_match_in_what_was_said_shows_that_message(
    sessions: dict[str, Session], graphql: GraphQL
) -> None:
    filter = {"search": {"query": "parcel", "in": ["MESSAGE_TEXT", "COMMENT"]}}

    [edge] = data_of(await graphql(MATCHES, {"filter": filter}))["sessions"]["edges"]

    assert edge["match"] == {"fields": ["MESSAGE_TEXT"], "snippet": "Where is my parcel?"}


async def test_without_a_search_there_is_no_match(
    sessions: dict[str, Session], graphql: GraphQL
) -> None:
    edges = data_of(await graphql(MATCHES, {}))["sessions"]["edges"]

    assert [edge["match"] for edge in edges] == [None] * 8


async def test_matches_of_a_page_cost_one_statement(
    viewer: Viewer, sessions: dict[str, Session], graphql: GraphQL
) -> None:
    statements: list[str] = []
    viewer.database.on_statement = statements.append
    data_of(await graphql(MATCHES, {"filter": {"search": {"query": "refund"}}}))
    viewer.database.on_statement = None

    lookup = 1 if viewer.dialect == "sqlite" else 0
    assert len(statements) == lookup + 2
    assert len([sql for sql in statements if "UNION ALL" in sql]) == 1


@pytest.mark.parametrize(
    ("text", "terms", "snippet"),
    [
        ("short", ["or"], "short"),
        ("nothing", ["else"], None),
        ("line\n one\t two", ["one"], "line one two"),
        ("\ufb01rst \ufb01t", ["fit"], "\ufb01rst \ufb01t"),
        (
            "word " * 60 + "needle " + "more " * 60,
            ["needle"],
            "…" + "word " * 11 + "needle " + "more " * 10 + "more…",
        ),
        ("needle " + "word " * 60, ["needle"], "needle " + "word " * 21 + "word…"),
        ("word " * 60 + "ßneedle", ["ssneedle"], "…" + "word " * 22 + "ßneedle"),
        ("x" * 500 + "needle" + "y" * 500, ["needle"], "…" + "x" * 57 + "needle" + "y" * 57 + "…"),
        ("ß" * 300 + " needle", ["needle"], "…" + "ß" * 113 + " needle"),
    ],
)
def test_a_snippet_surrounds_the_first_term_with_whole_words(
    text: str, terms: list[str], snippet: str | None
) -> None:
    assert snippet_of(text, terms) == snippet


@pytest.mark.parametrize("field", list(SearchField))
async def test_the_index_is_asked_and_no_subquery_looks_at_the_row(
    viewer: Viewer, sessions: dict[str, Session], field: SearchField
) -> None:
    wanted = SearchInput(query="refund", in_=[field])
    found = loaders.search.searching(Place(viewer), wanted)
    source = 'SELECT s.id FROM "session" s WHERE s.workspace_id = '
    if viewer.dialect == "sqlite":
        plan = await viewer.fetch(f"EXPLAIN QUERY PLAN {source}1 AND {found.sql}", found.parameters)
        steps = [str(step[3]) for step in plan]
        assert any("VIRTUAL TABLE INDEX" in step for step in steps)
        assert not any("CORRELATED" in step for step in steps)
        return
    async with viewer.database.transaction() as transaction:
        for way in ("seqscan", "indexscan", "nestloop"):  # best for the few rows of a test
            await transaction.fetch(f"SET LOCAL enable_{way} = off")
        plan = await transaction.fetch(f"EXPLAIN {source}1 AND {found.sql}", found.parameters)
    steps = [str(step[0]) for step in plan]
    index = (
        "message_search_text" if field is SearchField.MESSAGE_TEXT else "session_search_document"
    )
    assert any(f"Bitmap Index Scan on {index}" in step for step in steps)
    assert not any("SubPlan" in step and "hashed" not in step for step in steps)
