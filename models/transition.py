"""What silence and age do to an open session, and when: pure functions of instants."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import SessionActivity, SessionEndReason
from models.workspace import ChannelTimeout


@dataclass(frozen=True)
class Transition:
    """The session becomes IDLE, or is ENDED for a reason, as of an instant."""

    at: datetime
    activity: SessionActivity
    reason: SessionEndReason | None = None


def closing(
    started_at: datetime, last_activity_at: datetime, limits: ChannelTimeout
) -> Transition | None:
    """By silence or by age, whichever comes first; silence if both do. None for never."""
    found: list[Transition] = []
    if limits.close_after is not None:
        found.append(
            _ending(last_activity_at + limits.close_after, SessionEndReason.INACTIVITY_TIMEOUT)
        )
    if limits.max_duration is not None:
        # What was said beyond the limit, while nobody looked, was still said in the session.
        at = max(started_at + limits.max_duration, last_activity_at)
        found.append(_ending(at, SessionEndReason.MAX_DURATION))
    return min(found, key=lambda transition: transition.at, default=None)


def _ending(at: datetime, reason: SessionEndReason) -> Transition:
    return Transition(at, SessionActivity.ENDED, reason)
