"""The compilers of message and event filters (`t`)."""

from typing import Any

from loaders.comparison import comparing, compiled, equal_to, flagged
from loaders.condition import Condition, among
from loaders.place import Compile, Place
from loaders.prepared_filter import Prepared
from loaders.session_filter import of_sessions
from loaders.viewer import Viewer
from schema.inputs.message_filter import MessageFilter
from schema.inputs.session_event_filter import SessionEventFilter

_SHOWN_TEXT = "CASE WHEN t.deleted_at IS NULL THEN t.text END"


def _kinds(place: Place, kinds: Any) -> Condition:
    reads = frozenset({"event.kind"})
    return Condition(among(place.dialect, "t.kind"), (tuple(kinds),), reads=reads)


MESSAGE_FIELDS: dict[str, Compile] = {
    "sender_type": equal_to("t.sender_type", "message.sender_type"),
    "content_type": equal_to("t.content_type", "message.content_type"),
    "text": comparing(_SHOWN_TEXT, "message.text"),
    "sent_at": comparing("t.sent_at", "message.sent_at"),
    "is_missing_knowledge": flagged("t.is_missing_knowledge", "message.is_missing_knowledge"),
    "session": of_sessions,
}
EVENT_FIELDS: dict[str, Compile] = {
    "kinds": _kinds,
    "at": comparing("t.at", "event.at"),
}


def matching_messages(viewer: Viewer, wanted: Prepared[MessageFilter]) -> Condition:
    """Which messages a filter means; what a deleted one said matches nothing."""
    return compiled(wanted.place(viewer), wanted.filter, MESSAGE_FIELDS)


def matching_events(viewer: Viewer, wanted: Prepared[SessionEventFilter]) -> Condition:
    """Which events a filter means."""
    return compiled(wanted.place(viewer), wanted.filter, EVENT_FIELDS)
