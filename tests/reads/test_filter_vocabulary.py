"""The vocabulary tells what can be filtered by, and what it tells works."""

from typing import Any

import pytest

from loaders.filter_vocabulary import session_vocabulary
from loaders.session_filter import SESSION_FIELDS
from loaders.viewer import Viewer
from models.enums import CustomFieldTarget, CustomFieldType
from schema.inputs.document import client_name
from tests.conftest import GraphQL
from tests.reads.client import data_of
from tests.reads.finding import finder
from tests.reads.rows import Rows, minutes

QUERY = "{ sessionFilterVocabulary { path type description operators exampleValues } }"
ROWS_ONLY = {"customFields", "metadata"}
"""Fields whose terms come from the workspace."""


@pytest.fixture
async def terms(viewer: Viewer, graphql: GraphQL) -> dict[str, dict[str, Any]]:
    """Of a workspace with some custom fields and metadata."""
    rows = Rows(viewer)
    rows.field("plan", type=CustomFieldType.SELECT, options=["Pro", "Free"], description="Tariff.")
    rows.field("seats", type=CustomFieldType.NUMBER, applies_to=CustomFieldTarget.CONTACT)
    rows.field("colors", type=CustomFieldType.MULTI_SELECT, options=["red"])
    rows.field("paid", type=CustomFieldType.BOOLEAN)
    rows.field("old", is_archived=True)
    for minute, total in enumerate((1, 2.5)):
        metadata = {"order": {"id": f"X-{minute}", "total": total}, "ok": True, "a.b": 1, "": 1}
        metadata |= {"none": None, "list": [1]}
        session = rows.session(external_id=str(minute), metadata=metadata)
        session.started_at += minutes(minute)
    await rows.save()
    answer = data_of(await graphql(QUERY))["sessionFilterVocabulary"]
    return {term["path"]: term for term in answer}


async def test_every_field_that_compiles_is_there(terms: dict[str, Any]) -> None:
    told = {path.partition(".")[0].partition("[")[0] for path in terms}

    assert told == {client_name(name) for name in SESSION_FIELDS}
    assert all(term["description"] for term in terms.values())


async def test_a_term_has_the_operators_of_its_comparator(terms: dict[str, Any]) -> None:
    assert terms["contact.email"] == {
        "path": "contact.email",
        "type": "StringFilter",
        "description": "By e-mail address.",
        "operators": [
            "eq", "neq", "in", "notIn", "contains", "notContains", "startsWith", "isNull",
        ],
        "exampleValues": [],
    }  # fmt: skip
    assert terms["modality"]["operators"] == ["eq", "in"]
    assert terms["modality"]["exampleValues"] == ["TEXT", "VOICE", "VIDEO"]
    assert (terms["isTest"]["type"], terms["isTest"]["operators"]) == ("Boolean", [])
    assert terms["goals.some.status"]["exampleValues"] == ["TRIGGERED", "COMPLETED"]
    assert terms["labels.every.name"]["type"] == "StringFilter"
    assert terms["activeDuring"]["operators"] == ["from", "to"]


async def test_custom_fields_of_the_workspace_are_terms(terms: dict[str, Any]) -> None:
    assert terms["customFields[plan]"]["description"] == "Tariff."
    assert terms["customFields[plan]"]["exampleValues"] == ["Pro", "Free"]
    assert terms["customFields[plan]"]["operators"][:2] == ["text.eq", "text.neq"]
    assert terms["customFields[plan]"]["operators"][-1] == "isSet"
    assert terms["contact.customFields[seats]"]["type"] == "FloatFilter"
    assert terms["customFields[colors]"]["operators"] == ["hasAny", "hasAll", "isSet"]
    assert terms["customFields[paid]"]["operators"] == ["boolean", "isSet"]
    assert "customFields[old]" not in terms


async def test_metadata_that_was_seen_is_told_by_path(terms: dict[str, Any]) -> None:
    seen = {path: term for path, term in terms.items() if path.startswith("metadata")}

    assert {path: term["exampleValues"] for path, term in seen.items()} == {
        "metadata[ok]": ["true", "false"],
        "metadata[order.id]": ["X-1", "X-0"],
        "metadata[order.total]": ["2.5", "1"],
    }
    assert seen["metadata[order.total]"]["operators"][0] == "number.eq"
    assert seen["metadata[ok]"]["operators"] == ["boolean", "exists"]


async def test_another_workspace_has_other_terms(stranger: Viewer, terms: dict[str, Any]) -> None:
    theirs = {term.path for term in await session_vocabulary(stranger)}

    assert set(terms) - theirs == {path for path in terms if "[" in path}


async def test_every_example_is_found_by_the_filter_that_the_term_tells(
    terms: dict[str, Any], graphql: GraphQL
) -> None:
    find = finder(graphql)
    choices = {
        path: term["exampleValues"]
        for path, term in terms.items()
        if "[" not in path
        and term["exampleValues"]
        and not path.startswith(("scores", "search"))  # they need a name or a query as well
    }
    assert len(choices) > 30

    for path, values in choices.items():
        for value in values:
            leaf: Any = {"eq": value} if "eq" in terms[path]["operators"] else value
            if terms[path]["type"] == "Boolean":
                leaf = value == "true"
            for name in reversed(path.split(".")):
                leaf = {name: leaf}
            await find(leaf)
