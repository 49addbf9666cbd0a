"""What events make of goals and journeys: outcomes and visits, advanced one event at a time."""

from collections.abc import Callable
from datetime import datetime

from models.enums import GoalStatus, JourneyExitKind, SessionEventKind
from models.goal import GoalOutcome
from models.journey import JourneyVisit

GOAL_KINDS = frozenset({SessionEventKind.GOAL_TRIGGERED, SessionEventKind.GOAL_COMPLETED})
JOURNEY_KINDS = frozenset(
    {SessionEventKind.JOURNEY_BLOCK_ENTERED, SessionEventKind.JOURNEY_BLOCK_EXITED}
)

Setter = Callable[..., None]
"""`set(row, **values)`: how a loaded row is changed, so that the change is noted."""


def advance_goal(outcome: GoalOutcome, kind: SessionEventKind, at: datetime, set_: Setter) -> None:
    """The first trigger and the first completion count; completion is never taken back."""
    if kind is SessionEventKind.GOAL_COMPLETED:
        first = min(at, outcome.completed_at) if outcome.completed_at else at
        set_(outcome, status=GoalStatus.COMPLETED, completed_at=first)
    elif outcome.triggered_at is None or at < outcome.triggered_at:
        set_(outcome, triggered_at=at)


def open_visit(visits: list[JourneyVisit], block_id: int) -> JourneyVisit | None:
    """The latest visit of the block that has not been left yet."""
    return next(
        (v for v in reversed(visits) if v.block_id == block_id and v.exited_at is None), None
    )


def leave_block(
    visit: JourneyVisit, at: datetime, exit_kind: JourneyExitKind | None, set_: Setter
) -> None:
    """Note when and how the visit ended."""
    set_(visit, exited_at=max(at, visit.entered_at), exit_kind=exit_kind)


def mark_last(visits: list[JourneyVisit], set_: Setter) -> None:
    """The visit with the highest sequence is where the session is, or stopped."""
    for visit in visits:
        set_(visit, is_last=visit is visits[-1])
