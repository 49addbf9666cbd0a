"""Live lists when contacts become one: what is told, and which lists are read again."""

from typing import Any

import pytest

import resolvers.contact_merging
from loaders.viewer import Viewer
from models.global_id import encode_id
from subscriptions.hub import Hub
from tests.conftest import GraphQL, data_of
from tests.live.streams import Door
from tests.reads.client import global_id
from tests.reads.rows import Rows
from tests.writes.merging import merged

PULL = """query ($after: ChangeCursor!, $filter: SessionFilter) {
  sessionChanges(after: $after, filter: $filter) {
    changes { kind sessionId changedFields session { contact { name } } } resyncRequired } }"""


class People:
    """Ada and Zoe, who are one person, each with a session, and somebody else."""

    def __init__(self, viewer: Viewer) -> None:
        rows = Rows(viewer)
        self.ada, self.zoe = rows.contact("Ada"), rows.contact("Zoe")
        self.other = rows.contact("Other")
        self.kept, self.moved = rows.session(self.ada), rows.session(self.zoe)
        rows.session(self.other)
        self.save = rows.save


@pytest.fixture
async def people(viewer: Viewer) -> People:
    made = People(viewer)
    await made.save()
    return made


async def merge_them(graphql: GraphQL, people: People) -> str:
    """The position before it."""
    position: str = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    await merged(graphql, people.ada, people.zoe)
    return position


async def told(graphql: GraphQL, after: str, filter: dict[str, Any]) -> Any:
    """Kind and session of each change in order, or that the list must be read again."""
    page = data_of(await graphql(PULL, {"after": after, "filter": filter}))["sessionChanges"]
    if page["resyncRequired"]:
        return "resync"
    return [(one["kind"], one["sessionId"]) for one in page["changes"]]


async def test_a_moved_session_enters_and_leaves_by_what_the_filter_reads_of_its_contact(
    graphql: GraphQL, people: People
) -> None:
    position = await merge_them(graphql, people)

    kept, moved = global_id(people.kept), global_id(people.moved)
    of_ada = await told(graphql, position, {"contact": {"name": {"eq": "Ada"}}})
    assert of_ada[0] == ("ENTERED", moved)
    assert {session for _kind, session in of_ada} == {kept, moved}
    of_zoe = await told(graphql, position, {"contact": {"name": {"eq": "Zoe"}}})
    assert set(of_zoe) == {("LEFT", moved)}
    everything = await told(graphql, position, {})
    assert everything[0] == ("UPDATED", moved)
    page = data_of(await graphql(PULL, {"after": position}))["sessionChanges"]["changes"]
    assert page[0]["changedFields"] == ["contact", "updatedAt", "version"]
    assert page[0]["session"] == {"contact": {"name": "Ada"}}


async def test_lists_that_name_contacts_or_conversations_are_read_again(
    graphql: GraphQL, people: People
) -> None:
    position = await merge_them(graphql, people)

    thread = encode_id("Conversation", people.moved.conversation_id)
    named: list[dict[str, Any]] = [
        {"contact": {"id": {"eq": global_id(people.zoe)}}},
        {"contact": {"id": {"in": [global_id(people.ada)]}}},
        {"not": {"contact": {"id": {"eq": global_id(people.zoe)}}}},
        {"or": [{"isTest": True}, {"conversationId": {"eq": thread}}]},
    ]
    for filter in named:
        assert await told(graphql, position, filter) == "resync"


async def test_lists_that_do_not_concern_them_hear_no_more_than_what_left(
    graphql: GraphQL, people: People
) -> None:
    position = await merge_them(graphql, people)

    of_other = await told(graphql, position, {"contact": {"name": {"eq": "Other"}}})

    assert set(of_other) == {("LEFT", global_id(people.moved))}
    assert await told(graphql, position, {"topic": {"eq": "Refund"}}) == []


async def test_every_list_is_read_again_when_too_many_sessions_have_moved(
    graphql: GraphQL, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.contact_merging, "MOST_TOLD", 0)

    position = await merge_them(graphql, people)

    for filter in ({}, {"topic": {"eq": "Refund"}}, {"contact": {"name": {"eq": "Other"}}}):
        assert await told(graphql, position, filter) == "resync"


async def test_streams_are_told_the_same(
    graphql: GraphQL, viewer: Viewer, hub: Hub, people: People
) -> None:
    door = Door(hub)
    by_id = {"contact": {"id": {"eq": global_id(people.zoe)}}}
    by_name = {"contact": {"name": {"eq": "Ada"}}}
    async with (
        door.subscribed(viewer, filter=by_id) as named,
        door.subscribed(viewer, filter=by_name) as found,
    ):
        for stream in (named, found):
            assert (await stream.next())["__typename"] == "StreamCheckpoint"

        await merge_them(graphql, people)

        resync = await named.next()
        assert (resync["__typename"], resync["reason"]) == ("ResyncRequired", "FILTER_CHANGED")
        (entered,) = await found.changes(1)
        assert (entered["kind"], entered["sessionId"]) == ("ENTERED", global_id(people.moved))
        assert entered["session"]["contact"] == {"name": "Ada"}
