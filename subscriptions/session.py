"""Streams of sessions: the changes of a live list, changes of status, and numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from loaders.change import change_position
from loaders.change_log import Step, Told, changes_after
from loaders.condition import Condition
from loaders.cursor import ChangePosition
from loaders.matching import matching_ids
from loaders.metrics import Metrics
from loaders.row_set import RowSet
from loaders.session import sessions_by_id
from loaders.session_changes import Followed, SessionChange, session_changes_after
from loaders.session_timeline import TimelineItem, timeline_after
from loaders.shared import Shared
from loaders.viewer import Viewer
from models.change import Change, EntityType
from models.enums import SessionActivity, SessionEndReason, SessionStatus
from models.session import Session
from subscriptions.stream import CHECKPOINT_SECONDS

_AGING_SECONDS = 1.0
"""How late a session may leave a filter that is relative to now."""


@dataclass
class LiveList:
    """The changes of the sessions that a filter means."""

    viewer: Viewer
    followed: Followed
    has_controls: bool = True
    pause: float = 0

    @property
    def patience(self) -> float:
        """Time alone changes what some filters mean."""
        return _AGING_SECONDS if self.followed.condition.is_relative else CHECKPOINT_SECONDS

    async def advance(self, after: ChangePosition, shared: Shared) -> Step[SessionChange]:
        """Read the log, and the sessions afresh."""
        return await session_changes_after(self.viewer, self.followed, after, shared=shared)


@dataclass(frozen=True)
class StatusChange:
    """One transition; `session` is the row as it is now, None when it was deleted since."""

    cursor: str
    session_id: int
    session: Session | None
    from_: SessionStatus | None
    to: SessionStatus
    activity: SessionActivity
    end_reason: SessionEndReason | None
    at: datetime


@dataclass
class StatusChanges:
    """Changes of status and activity, of one session or of those that a filter means."""

    viewer: Viewer
    sessions: RowSet[Session]
    session_id: int | None = None
    is_filtered: bool = False
    """Whether sessions that are gone may not have matched."""
    has_controls: bool = False
    patience: float = CHECKPOINT_SECONDS
    pause: float = 0

    async def advance(self, after: ChangePosition, shared: Shared) -> Step[StatusChange]:
        """Of the sessions that match now; the rows are read afresh, once for all changes."""
        wanted = self._wanted()
        read = partial(changes_after, self.viewer, after.seq, wanted)
        stretch = await shared.once((changes_after, after.seq, wanted), read)
        position = ChangePosition(after.workspace_id, stretch.end, self.viewer.now())
        items = await self._told(stretch.changes, after, shared)
        return Step(items, position, stretch.is_last, len(stretch.changes))

    def _wanted(self) -> Condition:
        sql = "t.entity_type = ? AND t.detail IS NOT NULL"
        if self.session_id is None:
            return Condition(sql, (EntityType.SESSION,))
        return Condition(f"{sql} AND t.session_id = ?", (EntityType.SESSION, self.session_id))

    async def _told(
        self, changes: Sequence[Change], after: ChangePosition, shared: Shared
    ) -> list[Told[StatusChange]]:
        ids = sorted({change.entity_id for change in changes})
        if not ids:
            return []
        found = await shared.rows(sessions_by_id, self.viewer, ids)
        rows: dict[int, Session | None] = dict(zip(ids, found, strict=True))
        matching = await matching_ids(self.viewer, self.sessions, ids)
        resumes = [ChangePosition(after.workspace_id, one.seq, after.at) for one in changes]
        return [
            Told(_status_change(change, rows[change.entity_id], resume), resume, change.seq)
            for change, resume in zip(changes, resumes, strict=True)
            if change.entity_id in matching
            or (rows[change.entity_id] is None and not self.is_filtered)
        ]


def _status_change(change: Change, session: Session | None, resume: ChangePosition) -> StatusChange:
    detail = change.detail
    before, reason = detail["from"], detail["endReason"]
    return StatusChange(
        cursor=resume.encode(),
        session_id=change.entity_id,
        session=session,
        from_=SessionStatus(before) if before else None,
        to=SessionStatus(detail["to"]),
        activity=SessionActivity(detail["activity"]),
        end_reason=SessionEndReason(reason) if reason else None,
        at=change.at,
    )


@dataclass
class LiveMetrics:
    """Numbers, counted again after changes, and now and then because time passes."""

    viewer: Viewer
    count: Callable[[], Metrics]
    pause: float
    has_controls: bool = False
    patience: float = CHECKPOINT_SECONDS

    async def advance(
        self,
        after: ChangePosition,  # noqa: ARG002  # counts all
        shared: Shared,  # noqa: ARG002  # the log is not read
    ) -> Step[Metrics]:
        """The numbers as they are now; what they are is read when they are selected."""
        position = await change_position(self.viewer)
        told = Told(self.count(), position, position.seq, position.at)
        return Step([told], position, is_last=True)


@dataclass
class LiveTimeline:
    """What is said and done in one session."""

    viewer: Viewer
    session_id: int
    has_controls: bool = True
    patience: float = CHECKPOINT_SECONDS
    pause: float = 0

    async def advance(
        self,
        after: ChangePosition,
        shared: Shared,  # noqa: ARG002  # few follow the same session
    ) -> Step[TimelineItem]:
        """Read the log, and the rows afresh."""
        return await timeline_after(self.viewer, self.session_id, after)
