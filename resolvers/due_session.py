"""What the clock does to sessions: the state machine of the mutations, as of the due time.

`endedAt` and the events say when it was due; the change log says when it was written.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from loaders.due_session import lock_due_sessions, may_sweep
from loaders.viewer import Viewer
from models.change import ChangeKind, parts_of
from models.session import RECKONED, UNSEEN, Session
from models.session_event import SessionEvent
from models.transition import Transition
from resolvers.session_rows import clock_event, end_event, status_change
from resolvers.writing import retried
from subscriptions import changelog
from subscriptions.changelog import Changes

_WRITTEN = (
    "status", "activity", "end_reason", "ended_by", "error_code", "error_message", "ended_at",
    "closes_at", "next_transition_at", "duration_ms", "participants", "currency",
    "conversion_ratio", "recognition", "analysis_due_at",
    "additional_secured_revenue", "version", "updated_at",
)  # fmt: skip


async def let_time_pass(viewer: Viewer, keys: Sequence[int], now: datetime) -> int | None:
    """Apply everything that is due at `now` to those of the sessions that are still due.

    One transaction, and as many statements for one session as for many. Return how many sessions
    were looked at; None when another process is sweeping.
    """

    async def write() -> int | None:
        async with changelog.transaction(viewer) as changes:
            transaction = changes.transaction
            if not await may_sweep(transaction):
                return None
            sessions = await lock_due_sessions(transaction, viewer, keys, now)
            events = [e for session in sessions for e in _age(changes, viewer, session, now)]
            await transaction.insert(SessionEvent, events)
            await transaction.update_all(Session, sessions, *_WRITTEN)
        return len(sessions)

    return await retried(write)


def _age(
    changes: Changes, viewer: Viewer, session: Session, now: datetime
) -> Iterator[SessionEvent]:
    """Everything that was due since somebody last looked, in its order."""
    due = None
    while True:
        yield from _step(changes, viewer, session, due, now)
        due = session.due(viewer.settings, now)
        if due is None:
            return


def _step(
    changes: Changes, viewer: Viewer, session: Session, due: Transition | None, now: datetime
) -> list[SessionEvent]:
    """One transition, or none but what the settings have become; one change if it shows."""
    before = dict(vars(session))
    events: list[SessionEvent] = []
    if due is not None:
        session.undergo(due)
        events = [(clock_event if session.is_open else end_event)(session, due.at)]
    session.adopt(viewer.settings, now)
    session.secure_revenue(viewer.settings)
    names = {name for name, value in vars(session).items() if value != before[name]} - UNSEEN
    if not names:
        return events
    vars(session).update(version=session.version + 1, updated_at=now)
    stated = names - RECKONED
    names |= {"version", "updated_at"} if due is None else {"version", "updated_at", "events"}
    detail = None if due is None else status_change(session, before["status"])
    told = {"detail": detail, "parts": parts_of(events, ())}
    values = {n: (before[n], getattr(session, n)) for n in stated}
    changes.session(session, ChangeKind.UPDATED, names, values, **told)
    return events
