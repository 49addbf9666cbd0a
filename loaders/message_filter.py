"""The compilers of message and event filters (`t`), within one session."""

from typing import Any

from loaders.comparison import Compile, comparing, compiled, equal_to
from loaders.condition import Condition, among
from loaders.viewer import Viewer
from schema.inputs.message_filter import MessageFilter
from schema.inputs.session_event_filter import SessionEventFilter

_SHOWN_TEXT = "CASE WHEN t.deleted_at IS NULL THEN t.text END"


def _kinds(viewer: Viewer, kinds: Any) -> Condition:
    reads = frozenset({"event.kind"})
    return Condition(among(viewer.dialect, "t.kind"), (tuple(kinds),), reads=reads)


_MESSAGE_FIELDS: dict[str, Compile] = {
    "sender_type": equal_to("t.sender_type", "message.sender_type"),
    "content_type": equal_to("t.content_type", "message.content_type"),
    "text": comparing(_SHOWN_TEXT, "message.text"),
    "sent_at": comparing("t.sent_at", "message.sent_at"),
    "is_missing_knowledge": equal_to("t.is_missing_knowledge", "message.is_missing_knowledge"),
}
_EVENT_FIELDS: dict[str, Compile] = {
    "kinds": _kinds,
    "at": comparing("t.at", "event.at"),
}


def matching_messages(viewer: Viewer, filter_: MessageFilter) -> Condition:
    """Which messages a filter means; what a deleted one said matches nothing."""
    return compiled(viewer, filter_, _MESSAGE_FIELDS)


def matching_events(viewer: Viewer, filter_: SessionEventFilter) -> Condition:
    """Which events a filter means."""
    return compiled(viewer, filter_, _EVENT_FIELDS)
