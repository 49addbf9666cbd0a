"""Every stream's loop: replay what the log has since a cursor, then follow it, without a gap.

What a stream tells is said by its source, one step after another; when, and how it begins and
ends, is the same for all. A `Course` lets whoever runs an operation have it stop where the log
ends, start somewhere else than its client asked for, or say why it cannot go on: that is how
subscribers of the same stream come to share one (`subscriptions/cohort.py`).
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from loaders.change import change_position
from loaders.change_log import READ_AT_ONCE, Step, Told, starting_point
from loaders.cursor import ChangePosition
from loaders.shared import Shared
from loaders.viewer import Viewer
from models.enums import ResyncReason
from models.errors import BadRequest, CursorExpired, FilterChanged, SlowConsumer
from subscriptions.hub import Hub, Listener

TOLD_AT_ONCE = 25
"""Items that are executed and sent together, a quarter of what a subscriber may be behind."""
CHECKPOINT_SECONDS = 15.0
_CHECKPOINT_CHANGES = READ_AT_ONCE

_REASONS: dict[type[BadRequest], ResyncReason] = {
    CursorExpired: ResyncReason.CURSOR_EXPIRED,
    FilterChanged: ResyncReason.FILTER_CHANGED,
    SlowConsumer: ResyncReason.SLOW_CONSUMER,
}


@dataclass(frozen=True)
class StreamCheckpoint:
    """Everything up to `cursor` has been considered."""

    cursor: str
    at: datetime


@dataclass(frozen=True)
class ResyncRequired:
    """The reader has to read its list again, and to follow it from there."""

    reason: ResyncReason
    head: str


class Source(Protocol):
    """What a stream tells."""

    @property
    def viewer(self) -> Viewer:
        """Who reads."""
        ...

    @property
    def has_controls(self) -> bool:
        """Whether checkpoints and resyncs are among its items; else it ends with an error."""
        ...

    @property
    def patience(self) -> float:
        """Seconds after which to look again although nothing was heard of."""
        ...

    @property
    def pause(self) -> float:
        """Least seconds between two looks."""
        ...

    async def advance(self, after: ChangePosition, shared: Shared) -> Step[Any]:
        """What there is to tell after a position; `shared` is of the viewer's workspace."""
        ...


@dataclass
class Course:
    """How an operation's stream is to go, and how far it has come."""

    start: ChangePosition | None = None
    """Where to begin instead of where the client asked."""
    ends_at_head: bool = False
    """Whether to end where the log ends; `position` is then where to go on."""
    failure: BadRequest | None = None
    """Why there is nothing more to tell than that."""
    drops_repeats: bool = False
    """Whether an item that reads like the one before is no news."""
    attempt: int = 0
    """How often it has failed where it begins."""
    told: Sequence[Told[Any]] = ()
    """The items that were yielded last."""
    position: ChangePosition | None = None
    """Where to resume after what was yielded last."""
    is_at_head: bool = False
    """Whether it ended because the log did."""


async def stream(
    hub: Hub, source: Source, after: ChangePosition | None, course: Course
) -> AsyncGenerator[list[Any]]:
    """The rows of a stream, in lists of a few; it ends with its reader, or with ResyncRequired."""
    try:
        if course.failure is not None:
            raise course.failure
        with hub.listener(source.viewer.workspace_id) as listener:
            async for rows in _told(hub, listener, source, after, course):
                yield rows
    except (CursorExpired, FilterChanged, SlowConsumer) as error:
        if not source.has_controls:
            raise
        head = await change_position(source.viewer)
        resync = ResyncRequired(_REASONS[type(error)], head.encode())
        yield _rows([Told(resync, course.position or head)], course)


async def _told(
    hub: Hub, listener: Listener, source: Source, after: ChangePosition | None, course: Course
) -> AsyncGenerator[list[Any]]:
    position = course.position = course.start
    if position is None:
        position = course.position = await starting_point(source.viewer, after)
        if source.has_controls:
            yield _checkpoint(source, position, course)
    clock = asyncio.get_running_loop().time
    considered, quiet_since = 0, clock()
    while True:
        looked_at = clock()
        step = await source.advance(position, hub.shared(source.viewer.workspace_id))
        for first in range(0, len(step.items), TOLD_AT_ONCE):
            yield _rows(step.items[first : first + TOLD_AT_ONCE], course)
            await asyncio.sleep(0)  # however much there is to tell, others have their turn
            quiet_since = clock()
        position = course.position = step.position
        considered += step.considered
        is_quiet = step.is_last and clock() - quiet_since >= CHECKPOINT_SECONDS
        if source.has_controls and (considered >= _CHECKPOINT_CHANGES or is_quiet):
            considered, quiet_since = 0, clock()
            yield _checkpoint(source, position, course)
        if step.is_last:
            if course.ends_at_head:
                course.is_at_head = True
                return
            await asyncio.sleep(source.pause - (clock() - looked_at))
            await listener.wait(source.patience)


def _checkpoint(source: Source, position: ChangePosition, course: Course) -> list[Any]:
    checkpoint = StreamCheckpoint(position.encode(), source.viewer.now())
    return _rows([Told(checkpoint, position)], course)


def _rows(told: Sequence[Told[Any]], course: Course) -> list[Any]:
    course.told, course.position = told, told[-1].resume
    return [one.row for one in told]
