"""Session events: everything that happened besides what was said."""

from datetime import datetime

from models.enums import ActorType, SessionEventKind
from models.fields import choice, instant, json, owner, reference, text
from models.record import Record

HANDOFF_KINDS = (
    SessionEventKind.HANDOFF_REQUESTED,
    SessionEventKind.HANDOFF_ACCEPTED,
    SessionEventKind.HANDED_BACK,
)
STATUS_KINDS = (
    SessionEventKind.STARTED,
    SessionEventKind.STATUS_CHANGED,
    SessionEventKind.ENDED,
    SessionEventKind.REOPENED,
)
"""Recorded by the server; their `data` holds from, to and reason."""
SERVER_KINDS = frozenset({*STATUS_KINDS, SessionEventKind.IDLED, SessionEventKind.RESUMED})
"""Those, and what the clock brings: producers may not record them."""
REVIEW_KINDS = frozenset(
    {
        SessionEventKind.LABEL_ADDED,
        SessionEventKind.LABEL_REMOVED,
        SessionEventKind.CUSTOM_FIELD_SET,
        SessionEventKind.ANALYSIS_COMPLETED,
    }
)
"""What is done to a session rather than in it: like the server's own kinds, no activity."""


class SessionEvent(Record):
    """One line of the activity log."""

    session_id: int
    agent_id: int | None
    workspace_id = owner()
    session = reference("models.Session")
    external_id = text(null=True)
    kind = choice(SessionEventKind)
    name = text(null=True)
    at = instant()
    actor_type = choice(ActorType)
    agent = reference("models.Agent", null=True)
    data = json(default=dict)

    class Meta:
        table = "session_event"
        unique_together = (("session_id", "external_id"),)
        indexes = (("session_id", "at", "id"), ("workspace_id", "kind", "session_id"))

    @property
    def timeline_at(self) -> datetime:
        """The time at which it stands among messages and events."""
        return self.at

    @property
    def timeline_rank(self) -> int:
        """Its place among what has the same time: events before messages."""
        return 0
