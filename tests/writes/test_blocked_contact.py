"""Blocked contacts: what they say is refused, whatever else goes on."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from tests.conftest import GraphQL, data_of
from tests.reads.rows import Rows
from tests.writes.client import APPEND, END, INGEST, START, UPSERT, append, error, start
from tests.writes.documents import document
from tests.writes.rows import row_counts

REFUSED = "The contact is blocked."


async def send(graphql: GraphQL, query: str, given: dict[str, Any]) -> dict[str, Any]:
    """The payload of a mutation."""
    payload: dict[str, Any] = next(iter(data_of(await graphql(query, given)).values()))
    return payload


@pytest.fixture
async def opened(graphql: GraphQL) -> dict[str, Any]:
    """A session by reference, of a contact that was blocked after its first message."""
    messages = [{"senderType": "CONTACT", "text": "hi", "externalId": "m-1"}]
    first = await send(graphql, APPEND, append(messages=messages))
    block = {"externalId": "c-1", "attributes": {"isBlocked": True}}
    assert (await send(graphql, UPSERT, {"input": {"contact": block}}))["userErrors"] == []
    return {"id": first["session"]["id"]}


def said(sender: str, **more: Any) -> list[dict[str, Any]]:
    return [{"senderType": sender, "text": "and now?", **more}]


async def test_what_a_blocked_contact_says_is_refused_and_changes_nothing(
    graphql: GraphQL, viewer: Viewer, opened: dict[str, Any]
) -> None:
    before = await row_counts(viewer)

    refused: list[tuple[str, dict[str, Any], str]] = [
        (START, start(), "contact"),
        (START, start(contact={"externalId": "c-1"}), "contact"),
        (APPEND, append(), "contact"),
        (APPEND, append(channelType="SMS"), "contact"),
        (APPEND, append(channelType="SMS", messages=said("AI_AGENT")), "contact"),
        (APPEND, append(messages=[*said("AI_AGENT"), *said("CONTACT")]), "contact"),
        (APPEND, {"input": {"session": opened, "messages": said("CONTACT")}}, "session"),
    ]
    for query, given, path in refused:
        payload = await send(graphql, query, given)
        assert payload["userErrors"] == [error("FORBIDDEN", REFUSED, "input", path)]
        assert (payload["session"], payload["changeCursor"]) == (None, None)

    assert await row_counts(viewer) == before


async def test_agents_may_still_write_into_open_sessions_and_end_them(
    graphql: GraphQL, opened: dict[str, Any]
) -> None:
    for given in (
        append(messages=said("HUMAN_AGENT")),
        {"input": {"session": opened, "messages": said("SYSTEM")}},
    ):
        payload = await send(graphql, APPEND, given)
        assert (payload["userErrors"], payload["session"]["id"]) == ([], opened["id"])

    ended = await send(graphql, END, {"input": {"session": opened}})

    assert ended["session"]["status"] == "COMPLETED"


async def test_a_retry_of_what_was_said_before_is_a_replay(
    graphql: GraphQL, viewer: Viewer, opened: dict[str, Any]
) -> None:
    messages = [{"senderType": "CONTACT", "text": "hi", "externalId": "m-1"}]
    before = await row_counts(viewer)

    routed = await send(graphql, APPEND, append(messages=messages))
    addressed = await send(graphql, APPEND, {"input": {"session": opened, "messages": messages}})

    assert [(p["userErrors"], p["isReplay"]) for p in (routed, addressed)] == [([], True)] * 2
    assert await row_counts(viewer) == before


@pytest.mark.usefixtures("opened")
async def test_imports_take_what_blocked_contacts_said(graphql: GraphQL) -> None:
    past = document("s-1")
    past["start"]["contact"] = {"externalId": "c-1"}

    payload = await send(graphql, INGEST, {"input": {"sessions": [past]}})

    assert (payload["created"], payload["failed"]) == (1, 0)


@pytest.mark.usefixtures("opened")
async def test_who_is_unblocked_may_speak_again(graphql: GraphQL) -> None:
    free = {"externalId": "c-1", "attributes": {"isBlocked": False}}
    await send(graphql, UPSERT, {"input": {"contact": free}})

    assert (await send(graphql, APPEND, append()))["userErrors"] == []
    assert (await send(graphql, START, start()))["userErrors"] == []


async def test_blocked_contacts_are_found_by_filters(graphql: GraphQL, viewer: Viewer) -> None:
    rows = Rows(viewer)
    rows.session(rows.contact("Ada", is_blocked=True))
    rows.session(rows.contact("Bo"))
    await rows.save()
    query = """{ contacts(filter: {isBlocked: true}) { nodes { name isBlocked } }
      sessions(filter: {contact: {isBlocked: true}}) { nodes { contact { name } } } }"""

    data = data_of(await graphql(query))

    assert data["contacts"]["nodes"] == [{"name": "Ada", "isBlocked": True}]
    assert data["sessions"]["nodes"] == [{"contact": {"name": "Ada"}}]
