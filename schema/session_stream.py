"""What streams of sessions tell, and their pull twin."""

from datetime import datetime
from typing import Annotated, ClassVar

import strawberry

from loaders import session_timeline
from loaders.session_changes import SessionChange as SessionChangeRow
from models.enums import (
    ActorType,
    ResyncReason,
    SessionActivity,
    SessionChangeKind,
    SessionEndReason,
    SessionStatus,
)
from models.global_id import encode_id
from models.session_fields import changed_fields
from schema.fields import column, derived
from schema.message import Message
from schema.node import OfRow
from schema.scalars import ChangeCursor
from schema.session import Session
from schema.session_event import SessionEvent
from subscriptions import stream
from subscriptions.session import StatusChange

_RESUME = "Everything up to here has been told: resume with `after`."


def _session_id(row: SessionChangeRow | StatusChange) -> str:
    return encode_id("Session", row.session_id)


def _changed(row: SessionChangeRow) -> list[str]:
    return changed_fields(row.fields)


@strawberry.type(description="Something that happened to a live list.")
class SessionChange(OfRow):
    """A change of the log, or of time, as it concerns one list."""

    row_type: ClassVar = SessionChangeRow

    cursor: ChangeCursor = column(_RESUME)
    kind: SessionChangeKind = column("What it means for the list.")
    session_id: strawberry.ID = derived(_session_id, "The session it is about.")
    session: Session | None = column("The session as it is now; null for LEFT and DELETED.")
    changed_fields: list[str] = derived(
        _changed,
        "Fields of the session that were written, sorted; empty for a session that is new, and when"
        " time alone passed it.",
    )
    at: datetime = column("When the change was recorded.")
    actor_type: ActorType = column("Who made it.")


@strawberry.type(
    description="Heartbeat: everything up to `cursor` has been considered. The first item, and then"
    " one every 15 seconds of silence and after every 500 changes of the log."
)
class StreamCheckpoint(OfRow):
    """Tells nothing but a position."""

    row_type: ClassVar = stream.StreamCheckpoint

    cursor: ChangeCursor = column(_RESUME)
    at: datetime = column("When that was.")


@strawberry.type(
    description="The last item of a stream that cannot go on: run the query again, then subscribe"
    " from its changeCursor."
)
class ResyncRequired(OfRow):
    """Ends the stream."""

    row_type: ClassVar = stream.ResyncRequired

    reason: ResyncReason = column("Why.")
    head: ChangeCursor = column("Where the change log stood.")


SessionStreamItem = Annotated[
    SessionChange | StreamCheckpoint | ResyncRequired,
    strawberry.union("SessionStreamItem", description="An item of a live list."),
]


@strawberry.type(description="A stretch of the changes of a live list.")
class SessionChangePage:
    """Read from `resolvers.session_changes.SessionChangePage`."""

    changes: list[SessionChange] = column("In order.")
    end_cursor: ChangeCursor = column("Everything up to here is told: `after` of the next call.")
    has_more: bool = column("Whether the change log goes on already.")
    resync_required: bool = column(
        "Whether the list has to be read again: the log no longer reaches back to `after`, or the"
        " list changed as a whole. `changes` is empty then."
    )


@strawberry.type(
    description="A session's status or activity changed. Idle and resume have from = to; the filter"
    " is evaluated on the session after the change."
)
class SessionStatusEvent:
    """One transition."""

    cursor: ChangeCursor = column("Position of the change: resume with `after`.")
    session_id: strawberry.ID = derived(_session_id, "The session that changed.")
    session: Session | None = column("The session as it is now; null when it was deleted since.")
    from_: SessionStatus | None = column("Status before; null when it began.", name="from")
    to: SessionStatus = column("Status after.")
    activity: SessionActivity = column("Activity after.")
    end_reason: SessionEndReason | None = column("Why it ended; null while it runs.")
    at: datetime = column("When the change was recorded.")


@strawberry.type(description="Something was said.")
class MessageAdded(OfRow):
    """A message that is new."""

    row_type: ClassVar = session_timeline.MessageAdded

    cursor: ChangeCursor = column(_RESUME)
    message: Message = column("The message as it is now.")


@strawberry.type(description="A message was edited, or its delivery reported.")
class MessageUpdated(OfRow):
    """A message that was there before."""

    row_type: ClassVar = session_timeline.MessageUpdated

    cursor: ChangeCursor = column(_RESUME)
    message: Message = column("The message as it is now.")


@strawberry.type(
    description="Something happened. An event that is reported again with other details comes again"
    " under its id."
)
class SessionEventAdded(OfRow):
    """An event that is new, or reads differently."""

    row_type: ClassVar = session_timeline.SessionEventAdded

    cursor: ChangeCursor = column(_RESUME)
    event: SessionEvent = column("The event as it is now.")


TimelineStreamItem = Annotated[
    MessageAdded | MessageUpdated | SessionEventAdded | StreamCheckpoint | ResyncRequired,
    strawberry.union("TimelineStreamItem", description="An item of a transcript, live."),
]
