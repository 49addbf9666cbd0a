"""The one compiler from `SessionFilter` to SQL: lists, counts, streams and exports all use it.

Archived sessions are left out unless the filter names `isArchived` anywhere. What a condition
reads (`Condition.reads`) are attributes of the session, `settings`, lists that belong to it such as
`labels` or `goals`, or `contact.…`, `agent.…`, `label.…`, `message.…`.
"""

from collections.abc import Sequence
from dataclasses import replace

from loaders.comparison import (
    absent_if,
    comparing,
    comparing_ids,
    compiled,
    equal_to,
    flagged,
    nested,
)
from loaders.condition import NO_JOINS, Condition, Joins
from loaders.contact_filter import contact_fields, name_term
from loaders.custom_field_filter import custom_fields
from loaders.element_filter import any_of, listed
from loaders.label_filter import labelled
from loaders.metadata_filter import metadata
from loaders.place import Compile, Place
from loaders.prepared_filter import Prepared, parts
from loaders.row_set import Kind, OrderTerm, RowSet, check_order
from loaders.search import searched, searches_in, searching
from loaders.session_elements import (
    COMMENT_BODY,
    COMMENTS,
    EVENTS,
    FORMS,
    GOALS,
    JOURNEY,
    MESSAGE_TEXT,
    SCORES,
    SHOWN_MESSAGES,
)
from loaders.session_time_filter import active_during, length_class
from loaders.standing import STANDING_CONVERSATION
from loaders.table import table, with_values
from loaders.viewer import Viewer
from models.database import Lane
from models.enums import CustomFieldTarget, OrderDirection, SessionOrderField
from models.record import Dialect
from models.schema_objects import NULLS_FIRST_INSTANT
from models.session import Session
from schema.inputs.session_filter import SessionFilter
from schema.inputs.session_order import SessionOrder

_NOT_ARCHIVED = Condition("NOT s.is_archived", reads=frozenset({"is_archived"}))
_SECONDS = "CAST(s.duration_ms AS DOUBLE PRECISION) / 1000"
_LONG_READS = frozenset({"comments", "message.text", "metadata", "contact.metadata"})
"""What is found by reading much, so beside the quick reads of others."""
_NEWEST_FIRST = OrderTerm("started_at", "s.started_at", Kind.INSTANT, descending=True)
_BY_START = ([_NEWEST_FIRST], [_NEWEST_FIRST.reversed()])

_JOINS = {
    "contact": (
        'LEFT JOIN "contact" c ON c."id" = s."contact_id" AND c."workspace_id" = s."workspace_id"'
    ),
    "agent": (
        'LEFT JOIN "agent" a ON a."id" = s."agent_id" AND a."workspace_id" = s."workspace_id"'
    ),
}

_AGENT_FIELDS: dict[str, Compile] = {
    "id": comparing_ids("s.agent_id", "agent_id", "Agent"),
    "external_id": comparing("a.external_id", "agent.external_id", "agent"),
    "name": comparing("a.name", "agent.name", "agent"),
    "kind": equal_to("a.kind", "agent.kind", "agent"),
}
_UTM_FIELDS: dict[str, Compile] = {
    name: comparing(f"s.utm_{name}", f"utm_{name}")
    for name in ("source", "medium", "campaign", "term", "content")
}


def _saved_view(place: Place, view_id: str) -> Condition:
    return compiled(place, place.named.views[view_id], SESSION_FIELDS)


SESSION_FIELDS: dict[str, Compile] = {
    "id": comparing_ids("s.id", "id", "Session"),
    "external_id": comparing("s.external_id", "external_id"),
    "source": comparing("s.source", "source"),
    "search": searching,
    "status": comparing("s.status", "status"),
    "activity": comparing("s.activity", "activity"),
    "is_open": absent_if("s.ended_at", "ended_at"),
    "end_reason": comparing("s.end_reason", "end_reason"),
    "channel_type": comparing("s.channel_type", "channel_type"),
    "channel_id": comparing_ids("s.channel_id", "channel_id", "Channel"),
    "modality": comparing("s.modality", "modality"),
    "agent": nested(_AGENT_FIELDS),
    "contact": nested(contact_fields("s.contact_id", "contact")),
    "conversation_id": comparing_ids(
        "s.conversation_id", "conversation_id", "Conversation", standing=STANDING_CONVERSATION
    ),
    "labels": labelled("s.id", "session_label", "session_id", reads="labels"),
    "custom_fields": custom_fields(CustomFieldTarget.SESSION, "s.id"),
    "metadata": metadata("s.metadata", "metadata"),
    "topic": comparing("s.topic", "topic"),
    "summary": comparing("s.summary_text", "summary_text"),
    "comment": any_of("s.id", COMMENTS, COMMENT_BODY),
    "message_text": any_of("s.id", SHOWN_MESSAGES, MESSAGE_TEXT),
    "sentiment": comparing("s.sentiment_label", "sentiment_label"),
    "started_at": comparing("s.started_at", "started_at"),
    "ended_at": comparing("s.ended_at", "ended_at"),
    "active_during": active_during,
    "last_activity_at": comparing("s.last_activity_at", "last_activity_at"),
    "created_at": comparing("s.created_at", "created_at"),
    "updated_at": comparing("s.updated_at", "updated_at"),
    "duration_seconds": comparing(_SECONDS, "duration_ms"),
    "length_class": length_class,
    "message_count": comparing("s.message_count", "message_count"),
    "contact_message_count": comparing("s.contact_message_count", "contact_message_count"),
    "has_responses": flagged("(s.contact_message_count > 0)", "contact_message_count"),
    "has_missing_knowledge": flagged("s.has_missing_knowledge", "has_missing_knowledge"),
    "has_handoff": flagged("s.has_handoff", "has_handoff"),
    "handled_by": comparing("s.handled_by", "handled_by"),
    "goals": listed("s.id", GOALS),
    "journey": listed("s.id", JOURNEY),
    "forms": listed("s.id", FORMS),
    "scores": listed("s.id", SCORES),
    "events": listed("s.id", EVENTS),
    "is_lead": flagged("s.is_lead", "is_lead"),
    "is_opportunity": flagged("s.is_opportunity", "is_opportunity"),
    "auto_assessment": comparing("s.auto_assessment", "auto_assessment"),
    "human_assessment": comparing("s.human_assessment", "human_assessment"),
    "assessment": comparing(
        "COALESCE(s.human_assessment, s.auto_assessment)", {"human_assessment", "auto_assessment"}
    ),
    "quality_stars": comparing("s.stars", "stars"),
    "additional_secured_revenue": comparing(
        "s.additional_secured_revenue", "additional_secured_revenue"
    ),
    "is_test": flagged("s.is_test", "is_test"),
    "is_todo": flagged("s.is_todo", "is_todo"),
    "is_done": flagged("s.is_done", "is_done"),
    "is_archived": flagged("s.is_archived", "is_archived"),
    "is_favorite": flagged("s.is_favorite", "is_favorite"),
    "utm": nested(_UTM_FIELDS),
    "saved_view_id": _saved_view,
}

_ORDERS: dict[SessionOrderField, tuple[str, Kind, dict[Dialect, str]]] = {
    SessionOrderField.STARTED_AT: ("started_at", Kind.INSTANT, {}),
    SessionOrderField.ENDED_AT: ("ended_at", Kind.INSTANT, NULLS_FIRST_INSTANT),
    SessionOrderField.LAST_ACTIVITY_AT: ("last_activity_at", Kind.INSTANT, {}),
    SessionOrderField.UPDATED_AT: ("updated_at", Kind.INSTANT, {}),
    SessionOrderField.DURATION: ("duration_ms", Kind.WHOLE, {"sqlite": "-1", "postgres": "-1"}),
    SessionOrderField.MESSAGE_COUNT: ("message_count", Kind.WHOLE, {}),
    SessionOrderField.QUALITY_STARS: ("stars", Kind.WHOLE, {"sqlite": "0", "postgres": "0"}),
    SessionOrderField.ADDITIONAL_SECURED_REVENUE: (
        "additional_secured_revenue",
        Kind.MONEY,
        {"sqlite": "-9000000000000000000", "postgres": "'-Infinity'::numeric"},
    ),
}
"""Order field to attribute, kind and what an absent value sorts as; CONTACT_NAME is joined."""
_CONTACT_NAME = "contact_name"
_CONTACT_JOIN: Joins = frozenset({"contact"})


def matching(viewer: Viewer, wanted: Prepared[SessionFilter] | None) -> Condition:
    """Which sessions of the viewer's workspace (`s`) a filter means; raise BadRequest."""
    if wanted is None:
        return Condition("s.workspace_id = ?", (viewer.workspace_id,)) & _NOT_ARCHIVED
    return _matching(wanted.place(viewer), wanted.filter)


def of_sessions(place: Place, filter_: SessionFilter) -> Condition:
    """Rows (`t`) that belong to the sessions which a filter means."""
    where = _matching(place, filter_)
    source = " ".join(('"session" s', *_joined(where.joins)))
    sql = f"t.session_id IN (SELECT s.id FROM {source} WHERE {where.sql})"
    return Condition(sql, where.parameters, NO_JOINS, where.reads)


def _matching(place: Place, filter_: SessionFilter) -> Condition:
    own = Condition("s.workspace_id = ?", (place.viewer.workspace_id,))
    condition = own & compiled(place, filter_, SESSION_FIELDS)
    names_archived = any(part.name == "is_archived" for part in parts(place, filter_))
    return condition if names_archived else condition & _NOT_ARCHIVED


def sessions_of(
    viewer: Viewer, wanted: Prepared[SessionFilter] | None, order: Sequence[SessionOrder] = ()
) -> RowSet[Session]:
    """The sessions that match, in order; by default the newest start first."""
    check_order(order)
    where = matching(viewer, wanted)
    terms = tuple(_term(viewer.dialect, term) for term in order) or (_NEWEST_FIRST,)
    names = {term.attribute: term.column for term in terms if term.attribute == _CONTACT_NAME}
    joins = where.joins | (_CONTACT_JOIN if names else NO_JOINS)
    return RowSet(
        with_values(table(viewer.dialect, Session, "s"), names).joining(*_joined(joins)),
        where,
        terms,
        (viewer.workspace_id, "sessions", wanted and wanted.identity),
        Lane.SLOW if where.reads & _LONG_READS or searches_in(viewer, wanted) else Lane.FAST,
        searched=searched(
            viewer, wanted, _besides(viewer, wanted, where), by_start=[*terms] in _BY_START
        ),
    )


def _besides(viewer: Viewer, wanted: Prepared[SessionFilter] | None, where: Condition) -> Condition:
    """What a filter means without its own search; compiled again only where there is one."""
    if wanted is None or wanted.filter.search is None:
        return where
    return matching(viewer, replace(wanted, filter=replace(wanted.filter, search=None)))


def _joined(joins: Joins) -> list[str]:
    return [_JOINS[name] for name in sorted(joins)]


def _term(dialect: Dialect, wanted: SessionOrder) -> OrderTerm:
    descending = wanted.direction is OrderDirection.DESC
    if wanted.field is SessionOrderField.CONTACT_NAME:
        return name_term(dialect, _CONTACT_NAME, descending=descending)
    attribute, kind, absent = _ORDERS[wanted.field]
    return OrderTerm(attribute, f"s.{attribute}", kind, descending, absent.get(dialect))
