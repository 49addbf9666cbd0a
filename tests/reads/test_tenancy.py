"""Another workspace's rows look exactly like rows that do not exist, by every way in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from loaders.agent import agents_by_id
from loaders.batch import Batch
from loaders.channel import channels_by_id
from loaders.comment import comments_by_id, comments_of_sessions, latest_comments
from loaders.contact import contacts_by_id, contacts_of_sessions, handles_of_contacts
from loaders.conversation import (
    conversations_by_id,
    conversations_of_contacts,
    standing_conversations,
)
from loaders.custom_field import custom_fields_by_id, values_of_contacts, values_of_sessions
from loaders.form import forms_by_id, submissions_of_sessions
from loaders.goal import goals_by_id, outcomes_of_sessions
from loaders.journey import blocks_by_id, visits_of_sessions
from loaders.keyset import Page, PageArguments
from loaders.knowledge_gap import gaps_of_sessions
from loaders.label import labels_by_id, labels_of_contacts, labels_of_sessions
from loaders.message import last_messages, messages_by_id, messages_of_conversations
from loaders.reasoning import traces_of_messages, traces_of_sessions
from loaders.score import scores_of_sessions
from loaders.session import sessions_by_id
from loaders.session_event import events_by_id, handoffs_of_sessions, transitions_of_sessions
from loaders.timeline import timelines_of_sessions
from loaders.viewer import Viewer
from models.channel import Channel
from models.custom_field import ContactFieldValue
from models.enums import ChannelType, SessionEventKind, ValueSource
from models.global_id import encode_id
from models.keys import new_key
from models.knowledge_gap import KnowledgeGap
from models.record import Record
from models.score import Score
from resolvers.message import messages_of_sessions
from resolvers.session import (
    sessions_of_agents,
    sessions_of_contacts,
    sessions_of_conversations,
)
from resolvers.session_event import events_of_sessions
from tests.conftest import GraphQL
from tests.reads.client import data_of, global_id
from tests.reads.rows import START, Rows


@dataclass(frozen=True)
class Foreign:
    """Rows of another workspace, one of every kind that has an id, by type name."""

    rows: dict[str, Record]

    def key(self, type_name: str) -> int:
        """The key of its row of the type."""
        return self.rows[type_name].id


async def one_of_everything(viewer: Viewer) -> Foreign:
    """A workspace in which every relation has a row."""
    rows = Rows(viewer)
    contact, agent, channel = rows.contact(), rows.agent(), rows.channel("line 1")
    thread = rows.conversation(contact, channel_id=channel.id)
    session = rows.session(
        contact,
        conversation_id=thread.id,
        agent_id=agent.id,
        channel_id=channel.id,
        external_id="s",
        topic="secret",
        last_sequence=1,
    )
    message = rows.message(session, 1)
    rows.trace(message)
    label, field = rows.label("secret"), rows.field("secret")
    rows.applied(session, label)
    rows.on_contact(contact, label)
    rows.value(session, field, text="secret")
    value = {"source": ValueSource.HUMAN, "updated_at": START, "text": "secret"}
    rows.add(ContactFieldValue, contact_id=contact.id, field_id=field.id, **value)
    rows.handle(contact, ChannelType.EMAIL, "secret@example.com")
    goal, block, form = rows.goal("secret"), rows.block("secret"), rows.form("secret")
    rows.outcome(session, goal)
    rows.visit(session, block, 1)
    rows.submission(session, form)
    named = {"session_id": session.id, "source": ValueSource.HUMAN}
    rows.add(KnowledgeGap, question="secret?", **named)
    rows.add(Score, name="csat", created_at=START, **named)
    event = rows.event(session, SessionEventKind.STARTED, data={"from": None, "to": "ACTIVE"})
    rows.event(session, SessionEventKind.HANDOFF_REQUESTED)
    comment = rows.comment(session, "secret")
    await rows.save()
    made = (
        contact, agent, channel, thread, session, message, label, field, goal, block, form, event,
        comment, viewer.workspace,
    )  # fmt: skip
    return Foreign({type(row).__name__: row for row in made})


@pytest.fixture
async def foreign(stranger: Viewer) -> Foreign:
    """What the other workspace has."""
    return await one_of_everything(stranger)


ROOTS = """
query ($session: ID!, $contact: ID!, $thread: ID!, $all: [ID!]!) {
  nodes(ids: $all) { __typename }
  session(id: $session) { id }
  sessionByExternalId(source: "test", externalId: "s") { id }
  contact(id: $contact) { id }
  conversation(id: $thread) { id }
  sessions { totalCount nodes { id } }
  contacts { totalCount nodes { id } }
  labels { id } customFields { id } agents { id } channels { id } goals { id } journeyBlocks { id }
  forms { id } topics
}
"""


async def roots(graphql: GraphQL, ids: Sequence[str], by_type: dict[str, str]) -> dict[str, Any]:
    """Everything that can be asked for without a row in hand."""
    variables = {
        "session": by_type["Session"],
        "contact": by_type["Contact"],
        "thread": by_type["Conversation"],
        "all": list(ids),
    }
    return data_of(await graphql(ROOTS, variables))


async def test_every_root_answers_as_if_the_ids_were_of_nothing(
    graphql: GraphQL, foreign: Foreign
) -> None:
    real = {name: global_id(row) for name, row in foreign.rows.items()}
    made_up = {name: encode_id(name, new_key()) for name in foreign.rows}

    answer = await roots(graphql, list(real.values()), real)

    assert answer == await roots(graphql, list(made_up.values()), made_up)
    assert answer["nodes"] == [None] * len(foreign.rows)
    assert [answer[name] for name in ("session", "sessionByExternalId", "contact")] == [None] * 3
    assert answer["sessions"] == {"totalCount": 0, "nodes": []}
    assert answer["labels"] == answer["agents"] == answer["topics"] == []


async def test_the_owner_finds_all_of_it(
    graphql: GraphQL, foreign: Foreign, stranger: Viewer
) -> None:
    ids = {name: global_id(row) for name, row in foreign.rows.items()}
    query = "query ($all: [ID!]!) { nodes(ids: $all) { __typename id } }"

    found = data_of(await graphql(query, {"all": list(ids.values())}, by=stranger))["nodes"]

    assert found == [{"__typename": name, "id": ids[name]} for name in foreign.rows]


OF: dict[str, Sequence[Batch]] = {
    "Session": [
        sessions_by_id, contacts_of_sessions, labels_of_sessions, values_of_sessions,
        outcomes_of_sessions, visits_of_sessions, submissions_of_sessions, traces_of_sessions,
        gaps_of_sessions, scores_of_sessions, latest_comments, last_messages, handoffs_of_sessions,
        transitions_of_sessions,
    ],
    "Contact": [contacts_by_id, handles_of_contacts, labels_of_contacts, values_of_contacts],
    "Agent": [agents_by_id],
    "Channel": [channels_by_id],
    "Conversation": [conversations_by_id, standing_conversations],
    "Message": [messages_by_id, traces_of_messages],
    "SessionEvent": [events_by_id],
    "Comment": [comments_by_id],
    "Label": [labels_by_id],
    "CustomField": [custom_fields_by_id],
    "Goal": [goals_by_id],
    "JourneyBlock": [blocks_by_id],
    "Form": [forms_by_id],
}  # fmt: skip
PAGED: dict[str, Sequence[Batch]] = {
    "Session": [
        messages_of_sessions, events_of_sessions, timelines_of_sessions, comments_of_sessions,
    ],
    "Contact": [sessions_of_contacts, conversations_of_contacts],
    "Conversation": [sessions_of_conversations, messages_of_conversations],
    "Agent": [sessions_of_agents],
}  # fmt: skip


async def test_no_relation_crosses_the_border(
    viewer: Viewer, stranger: Viewer, foreign: Foreign
) -> None:
    for type_name, batches in OF.items():
        for load in batches:
            key = foreign.key(type_name)
            assert not (await load(viewer, [key]))[0], load
            assert (await load(stranger, [key]))[0], load


async def test_no_nested_page_crosses_the_border(
    viewer: Viewer, stranger: Viewer, foreign: Foreign
) -> None:
    for type_name, batches in PAGED.items():
        for load in batches:
            for keys in ([foreign.key(type_name)], [foreign.key(type_name), new_key()]):
                page: Page[Any] = (await load(viewer, keys, page=PageArguments()))[0]
                theirs: Page[Any] = (await load(stranger, keys, page=PageArguments()))[0]
                assert list(page.nodes) == [], load
                assert list(theirs.nodes), load


async def test_a_filter_on_foreign_ids_matches_nothing(
    viewer: Viewer, graphql: GraphQL, foreign: Foreign
) -> None:
    own = Rows(viewer)
    own.session()
    await own.save()
    ids = {name: global_id(row) for name, row in foreign.rows.items()}
    filters: list[dict[str, Any]] = [
        {"id": {"eq": ids["Session"]}},
        {"agent": {"id": {"in": [ids["Agent"]]}}},
        {"contact": {"id": {"eq": ids["Contact"]}}},
        {"conversationId": {"eq": ids["Conversation"]}},
        {"labels": {"some": {"id": {"eq": ids["Label"]}}}},
        {"labels": {"some": {}}},
        {"channelId": {"eq": ids["Channel"]}},
        {"goals": {"some": {"goalId": ids["Goal"]}}},
        {"goals": {"isEmpty": False}},
        {"journey": {"some": {"blockId": ids["JourneyBlock"]}}},
        {"forms": {"some": {"formId": ids["Form"]}}},
        {"scores": {"some": {"name": "csat"}}},
        {"events": {"some": {}}},
        {"comment": {"isNull": False}},
        {"messageText": {"isNull": False}},
        {"summary": {"isNull": False}},
        {"topic": {"eq": "secret"}},
    ]
    query = "query ($filter: SessionFilter) { sessions(filter: $filter) { totalCount } }"

    found = [data_of(await graphql(query, {"filter": filter})) for filter in filters]

    assert found == [{"sessions": {"totalCount": 0}}] * len(filters)


async def test_a_stray_reference_into_another_workspace_shows_nothing(
    viewer: Viewer, graphql: GraphQL, foreign: Foreign
) -> None:
    own = Rows(viewer)
    agent, channel = foreign.rows["Agent"], foreign.rows["Channel"]
    assert isinstance(channel, Channel)
    session = own.session(agent_id=agent.id, channel_id=channel.id)
    own.message(session, 1, reply_to_id=foreign.key("Message"))
    await own.save()
    query = """
    query ($id: ID!) {
      session(id: $id) { agent { name } channel { name } messages { nodes { replyTo { id } } } }
    }
    """

    found = data_of(await graphql(query, {"id": global_id(session)}))

    assert found == {
        "session": {"agent": None, "channel": None, "messages": {"nodes": [{"replyTo": None}]}}
    }


async def test_a_filter_through_a_stray_reference_reads_nothing(
    viewer: Viewer, graphql: GraphQL, foreign: Foreign
) -> None:
    own = Rows(viewer)
    own.session(agent_id=foreign.key("Agent"))
    await own.save()
    query = "query ($filter: SessionFilter) { sessions(filter: $filter) { totalCount } }"

    found = await graphql(query, {"filter": {"agent": {"name": {"eq": "Robot"}}}})

    assert data_of(found) == {"sessions": {"totalCount": 0}}
