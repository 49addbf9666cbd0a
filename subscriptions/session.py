"""Streams of sessions: replay what the log has since a cursor, then follow it, without a gap."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime

from loaders.change_log import starting_point, status_changes_after
from loaders.cursor import ChangePosition
from loaders.matching import matching_ids
from loaders.session import sessions_by_id
from loaders.viewer import Viewer
from models.change import Change
from models.enums import SessionActivity, SessionEndReason, SessionStatus
from models.session import Session
from schema.inputs.session_filter import SessionFilter
from subscriptions.hub import Hub

_LONGEST_WAIT = 30.0
"""Seconds without a wake-up after which the log is read all the same."""


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


@dataclass(frozen=True)
class Selected:
    """Which changes a subscriber wants."""

    session_id: int | None = None
    filter: SessionFilter | None = None


async def session_status_changes(
    viewer: Viewer, hub: Hub, selected: Selected, after: ChangePosition | None
) -> AsyncGenerator[StatusChange]:
    """Every status change after the cursor, then those to come; ends with the socket."""
    with hub.listener(viewer.workspace_id) as listener:
        seq = await starting_point(viewer, after)
        while True:
            stretch = await status_changes_after(viewer, seq, selected.session_id)
            for event in await _events(viewer, stretch.changes, selected):
                yield event
            seq = stretch.end
            if stretch.is_last:
                await listener.wait(_LONGEST_WAIT)


async def _events(
    viewer: Viewer, changes: Sequence[Change], selected: Selected
) -> list[StatusChange]:
    """Of the sessions that match now; the rows are read afresh, once for all changes."""
    ids = sorted({change.entity_id for change in changes})
    if not ids:
        return []
    rows = dict(zip(ids, await sessions_by_id(viewer, ids), strict=True))
    matching = await matching_ids(viewer, selected.filter, ids)
    return [
        _event(viewer, change, rows[change.entity_id])
        for change in changes
        if change.entity_id in matching
        or (rows[change.entity_id] is None and selected.filter is None)
    ]


def _event(viewer: Viewer, change: Change, session: Session | None) -> StatusChange:
    detail = change.detail
    before, reason = detail["from"], detail["endReason"]
    return StatusChange(
        cursor=ChangePosition(viewer.workspace_id, change.seq, viewer.now()).encode(),
        session_id=change.entity_id,
        session=session,
        from_=SessionStatus(before) if before else None,
        to=SessionStatus(detail["to"]),
        activity=SessionActivity(detail["activity"]),
        end_reason=SessionEndReason(reason) if reason else None,
        at=change.at,
    )
