"""The change log: one row per committed change, numbered without gaps per workspace.

The row is the truth and a wake-up is a hint: streams, webhooks and audit all read from here.
Values stand in `ChangeValue`, which can be erased without tearing the log.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from models.enums import ActorType
from models.fields import Json, choice, count, instant, json, reference, text
from models.message import Message
from models.record import Record
from models.session_event import SessionEvent


class EntityType(StrEnum):
    """What kind of row changed."""

    SESSION = "SESSION"
    CONTACT = "CONTACT"
    AGENT = "AGENT"
    LABEL = "LABEL"
    SAVED_VIEW = "SAVED_VIEW"
    WORKSPACE = "WORKSPACE"
    CUSTOM_FIELD = "CUSTOM_FIELD"
    GOAL = "GOAL"
    JOURNEY_BLOCK = "JOURNEY_BLOCK"
    FORM = "FORM"


class ChangeKind(StrEnum):
    """What happened to it."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


ALL_SESSIONS = "sessions"
"""Among the fields of a contact's change: it moved more sessions than have changes of their own."""


class Change(Record):
    """`seq` equals commit order: it is taken under the head's row lock, just before COMMIT.

    `fields` names what changed; `detail` holds what a stream must say although the row has moved
    on since: a status change's from, to, activity and endReason. `parts` are what was said and
    done (`parts_of`); of a session that is new, everything.
    """

    workspace_id: int
    workspace = reference("models.Workspace")
    seq = count()
    entity_type = choice(EntityType)
    entity_id = count()
    session_id = count(null=True)
    kind = choice(ChangeKind)
    fields = json(default=list)
    detail = json(null=True)
    parts = json(null=True)
    actor = text()
    actor_type = choice(ActorType)
    at = instant()
    request_id = text(null=True)

    class Meta:
        table = "change"
        unique_together = (("workspace_id", "seq"),)


def parts_of(added: Iterable[Message | SessionEvent], edited: Iterable[Record]) -> Json:
    """`messages` has the first and last sequence number, `events` and `edited` have keys."""
    rows = list(added)
    sequences = [row.sequence for row in rows if isinstance(row, Message)]
    parts = {
        "messages": [min(sequences), max(sequences)] if sequences else [],
        "events": [row.id for row in rows if isinstance(row, SessionEvent)],
        "edited": sorted({row.id for row in edited}),
    }
    return {name: keys for name, keys in parts.items() if keys} or None


Values = Mapping[str, tuple[Any, Any]]
"""Before and after, by field; what the database derives from other rows is not among them."""


def plain(value: Any) -> Json:
    """A column's value as JSON: instants as RFC 3339, money and durations as text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value) if isinstance(value, Decimal | timedelta) else value


class ChangeValue(Record):
    """Before and after of a change's fields as JSON objects; its `id` is the change's."""

    before = json(null=True)
    after = json(null=True)

    class Meta:
        table = "change_value"
