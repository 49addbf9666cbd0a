"""The one compiler from `SessionFilter` to SQL: lists, counts, streams and exports all use it.

Archived sessions are left out unless the filter names `isArchived` anywhere. What a condition
reads (`Condition.reads`) are attributes of the session, or `contact.…`, `agent.…`, `label.…`.
"""

from collections.abc import Sequence
from typing import Any

from loaders.comparison import (
    Compile,
    absent_if,
    check_size,
    comparing,
    comparing_ids,
    compiled,
    equal_to,
    given,
)
from loaders.condition import NO_JOINS, Condition, Joins
from loaders.contact_filter import contact_fields, name_term
from loaders.label_filter import labelled
from loaders.row_set import Kind, OrderTerm, RowSet, check_order
from loaders.table import table, with_values
from loaders.viewer import Viewer
from models.enums import OrderDirection, SessionOrderField
from models.record import Dialect
from models.schema_objects import NULLS_FIRST_INSTANT
from models.session import Session
from schema.inputs.session_filter import SessionFilter
from schema.inputs.session_order import SessionOrder

_NOT_ARCHIVED = Condition("NOT s.is_archived", reads=frozenset({"is_archived"}))
_SECONDS = "CAST(s.duration_ms AS DOUBLE PRECISION) / 1000"
_NEWEST_FIRST = OrderTerm("started_at", "s.started_at", Kind.INSTANT, descending=True)

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
_CONTACT_FIELDS = contact_fields("s.contact_id", "contact")


def _agent(viewer: Viewer, filter_: Any) -> Condition:
    return compiled(viewer, filter_, _AGENT_FIELDS)


def _contact(viewer: Viewer, filter_: Any) -> Condition:
    return compiled(viewer, filter_, _CONTACT_FIELDS)


SESSION_FIELDS: dict[str, Compile] = {
    "id": comparing_ids("s.id", "id", "Session"),
    "external_id": comparing("s.external_id", "external_id"),
    "source": comparing("s.source", "source"),
    "status": comparing("s.status", "status"),
    "activity": comparing("s.activity", "activity"),
    "is_open": absent_if("s.ended_at", "ended_at"),
    "channel_type": comparing("s.channel_type", "channel_type"),
    "modality": comparing("s.modality", "modality"),
    "agent": _agent,
    "contact": _contact,
    "conversation_id": comparing_ids("s.conversation_id", "conversation_id", "Conversation"),
    "labels": labelled("s.id", "session_label", "session_id", reads="labels", joins=frozenset()),
    "topic": comparing("s.topic", "topic"),
    "started_at": comparing("s.started_at", "started_at"),
    "ended_at": comparing("s.ended_at", "ended_at"),
    "last_activity_at": comparing("s.last_activity_at", "last_activity_at"),
    "created_at": comparing("s.created_at", "created_at"),
    "updated_at": comparing("s.updated_at", "updated_at"),
    "duration_seconds": comparing(_SECONDS, "duration_ms"),
    "message_count": comparing("s.message_count", "message_count"),
    "has_responses": equal_to("(s.contact_message_count > 0)", "contact_message_count"),
    "has_missing_knowledge": equal_to("s.has_missing_knowledge", "has_missing_knowledge"),
    "has_handoff": equal_to("s.has_handoff", "has_handoff"),
    "is_test": equal_to("s.is_test", "is_test"),
    "is_todo": equal_to("s.is_todo", "is_todo"),
    "is_done": equal_to("s.is_done", "is_done"),
    "is_archived": equal_to("s.is_archived", "is_archived"),
    "is_favorite": equal_to("s.is_favorite", "is_favorite"),
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


def matching(viewer: Viewer, filter_: SessionFilter | None) -> Condition:
    """Which sessions of the viewer's workspace (`s`) a filter means; raise BadRequest."""
    condition = Condition("s.workspace_id = ?", (viewer.workspace_id,))
    if filter_ is None:
        return condition & _NOT_ARCHIVED
    check_size(filter_)
    condition &= compiled(viewer, filter_, SESSION_FIELDS)
    return condition if _names_archived(filter_) else condition & _NOT_ARCHIVED


def sessions_of(
    viewer: Viewer, filter_: SessionFilter | None, order: Sequence[SessionOrder] = ()
) -> RowSet[Session]:
    """The sessions that match, in order; by default the newest start first."""
    check_order(order)
    where = matching(viewer, filter_)
    terms = tuple(_term(viewer.dialect, wanted) for wanted in order) or (_NEWEST_FIRST,)
    names = {term.attribute: term.column for term in terms if term.attribute == _CONTACT_NAME}
    joins = where.joins | (_CONTACT_JOIN if names else NO_JOINS)
    return RowSet(
        with_values(table(viewer.dialect, Session, "s"), names).joining(
            *(_JOINS[name] for name in sorted(joins))
        ),
        where,
        terms,
        (viewer.workspace_id, "sessions", repr(filter_)),
    )


def _names_archived(filter_: SessionFilter) -> bool:
    pending = [filter_]
    while pending:
        one = pending.pop()
        if one.is_archived is not None:
            return True
        for name, value in given(one):
            if name in {"and_", "or_"}:
                pending += value
            elif name == "not_":
                pending.append(value)
    return False


def _term(dialect: Dialect, wanted: SessionOrder) -> OrderTerm:
    descending = wanted.direction is OrderDirection.DESC
    if wanted.field is SessionOrderField.CONTACT_NAME:
        return name_term(dialect, _CONTACT_NAME, descending=descending)
    attribute, kind, absent = _ORDERS[wanted.field]
    return OrderTerm(attribute, f"s.{attribute}", kind, descending, absent.get(dialect))
