"""The root of all reads."""

import strawberry

import resolvers.audit
import resolvers.catalogue
import resolvers.contact
import resolvers.conversation
import resolvers.filter_vocabulary
import resolvers.message
import resolvers.metrics
import resolvers.node
import resolvers.session
import resolvers.session_changes
import resolvers.viewer
from schema.agent import Agent
from schema.audit import AuditEntryConnection
from schema.channel import Channel
from schema.contact import Contact, ContactConnection
from schema.conversation import Conversation
from schema.custom_field import CustomField
from schema.fields import Paging, resolved
from schema.filter_term import FilterTerm
from schema.form import Form
from schema.goal import Goal
from schema.journey import JourneyBlock
from schema.label import Label
from schema.message import MessageConnection
from schema.metrics import Facet, SessionMetrics, TimeSeries
from schema.node import Node
from schema.scalars import ChangeCursor
from schema.session import Session, SessionConnection
from schema.session_stream import SessionChangePage
from schema.viewer import Viewer


@strawberry.type(
    description="Everything that can be read. An id of another workspace finds nothing."
)
class Query:
    """Declarations only; `resolvers/` says who may and which rows."""

    node: Node | None = resolved(resolvers.node.node, "Any object by its id.")
    nodes: list[Node | None] = resolved(
        resolvers.node.nodes, "Any objects by their ids, in that order; null where there is none."
    )
    viewer: Viewer = resolved(resolvers.viewer.viewer, "Whoever asks.")
    change_cursor: ChangeCursor = resolved(
        resolvers.viewer.change_cursor, "Current head of the change log."
    )

    session: Session | None = resolved(resolvers.session.session, "One session by id.")
    session_by_external_id: Session | None = resolved(
        resolvers.session.session_by_producer, "One session by the id that its producer knows."
    )
    sessions: SessionConnection = resolved(
        resolvers.session.sessions,
        "Cursor pages (after/before) or numbered pages (offset), never both. first ≤ 100,"
        " default 50.",
        paging=Paging.NUMBERED,
    )

    session_changes: SessionChangePage = resolved(
        resolvers.session_changes.session_changes,
        "The pull twin of Subscription.sessionChanges: for jobs, for tests, and for clients without"
        " a lasting connection. Needs SESSIONS_READ.",
    )

    session_metrics: SessionMetrics = resolved(
        resolvers.metrics.session_metrics, "Numbers about the sessions of a filter."
    )
    session_facets: list[Facet] = resolved(
        resolvers.metrics.session_facets,
        "How the sessions of a filter fall into the values of some dimensions.",
    )
    session_time_series: TimeSeries = resolved(
        resolvers.metrics.session_time_series,
        "A measure of the sessions of a filter over time; they fall into the interval they started"
        " in, with ACTIVE_SESSIONS into every one they were open in.",
    )

    contact: Contact | None = resolved(resolvers.contact.contact, "One contact by id.")
    contacts: ContactConnection = resolved(
        resolvers.contact.contacts,
        "Contacts, the newest first unless ordered otherwise. first ≤ 100, default 50.",
        paging=Paging.BOTH_WAYS,
    )
    conversation: Conversation | None = resolved(
        resolvers.conversation.conversation, "One conversation by id."
    )
    messages: MessageConnection = resolved(
        resolvers.message.messages,
        "Messages of all sessions, the newest arrival first; needs MESSAGES_READ. first ≤ 100,"
        " default 50.",
        paging=Paging.BOTH_WAYS,
    )

    labels: list[Label] = resolved(resolvers.catalogue.labels, "Labels by name.")
    custom_fields: list[CustomField] = resolved(
        resolvers.catalogue.custom_fields, "Custom fields by key, those of contacts first."
    )
    agents: list[Agent] = resolved(resolvers.catalogue.agents, "Agents by name.")
    channels: list[Channel] = resolved(resolvers.catalogue.channels, "Channels by type and name.")
    goals: list[Goal] = resolved(resolvers.catalogue.goals, "Goals by key.")
    journey_blocks: list[JourneyBlock] = resolved(
        resolvers.catalogue.journey_blocks, "Journey blocks by key."
    )
    forms: list[Form] = resolved(resolvers.catalogue.forms, "Forms by key.")
    topics: list[str] = resolved(
        resolvers.catalogue.topics, "What sessions are about, each topic once, in order."
    )
    session_filter_vocabulary: list[FilterTerm] = resolved(
        resolvers.filter_vocabulary.session_filter_vocabulary,
        "What can be filtered, read from the same table as the compiler; includes observed metadata"
        " paths and custom fields.",
    )
    audit_entries: AuditEntryConnection = resolved(
        resolvers.audit.audit_entries,
        "Who changed what, the newest first; needs AUDIT_READ. first ≤ 100, default 50.",
        paging=Paging.FORWARDS,
    )
