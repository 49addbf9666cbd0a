"""From inputs to the rows of one session; nothing is read or written here."""

from datetime import datetime
from typing import Any, cast

from models.enums import (
    ActorType,
    MessageContentType,
    SessionActivity,
    SessionEventKind,
    SessionStatus,
)
from models.fields import Json
from models.keys import new_key
from models.message import Message
from models.reasoning import ReasoningTrace
from models.record import make
from models.session import Session
from models.session_event import SessionEvent
from schema.inputs.json import as_json
from schema.inputs.message import MessageInput
from schema.inputs.reasoning import ReasoningInput
from schema.inputs.session_event import SessionEventInput


def message_row(
    session: Session, given: MessageInput, sequence: int, agent_id: int | None, now: datetime
) -> Message:
    """A message at its place in the order of arrival."""
    return make(
        Message,
        id=new_key(now),
        workspace_id=session.workspace_id,
        session_id=session.id,
        sequence=sequence,
        agent_id=agent_id,
        sent_at=given.sent_at or now,
        **message_columns(given),
    )


def message_columns(given: MessageInput) -> dict[str, Any]:
    """What a message says of itself; used again when a known message is overwritten."""
    return {
        "external_id": given.external_id,
        "sender_type": given.sender_type,
        "content_type": given.content_type or MessageContentType.TEXT,
        "text": given.text,
        "payload": given.payload,
        "attachments": as_json(given.attachments) if given.attachments else [],
        "offset_ms": given.offset_ms,
        "delivery_status": given.delivery_status,
        "is_missing_knowledge": bool(given.is_missing_knowledge),
        "metadata": given.metadata or {},
    }


def trace_row(message: Message, given: ReasoningInput, block_id: int | None) -> ReasoningTrace:
    """Why the agent answered with this message."""
    return make(
        ReasoningTrace,
        id=new_key(message.sent_at),
        workspace_id=message.workspace_id,
        session_id=message.session_id,
        message_id=message.id,
        journey_block_id=block_id,
        trace_id=given.trace_id,
        model=given.model,
        steps=as_json(given.steps),
        input_tokens=given.input_tokens,
        output_tokens=given.output_tokens,
        cost=given.cost,
        started_at=given.started_at,
        duration_ms=given.duration_ms,
    )


def event_row(
    session: Session, given: SessionEventInput, agent_id: int | None, now: datetime
) -> SessionEvent:
    """An event; the keys of what it names are kept in `data`, which alone clients see."""
    return make(
        SessionEvent,
        id=new_key(now),
        workspace_id=session.workspace_id,
        session_id=session.id,
        external_id=given.external_id,
        kind=given.kind,
        name=given.name,
        at=given.at or now,
        actor_type=given.actor_type or ActorType.SYSTEM,
        agent_id=agent_id,
        data=event_data(given),
    )


def event_data(given: SessionEventInput) -> Json:
    """The producer's data, with the keys of what the event names."""
    named = {
        "goalKey": given.goal_key,
        "journeyBlockKey": given.journey_block_key,
        "exitKind": given.exit_kind,
        "formKey": given.form_key,
    }
    keys = {name: value for name, value in named.items() if value is not None}
    if not keys:
        return {} if given.data is None else given.data
    if given.data is None:
        return keys
    data: Any = given.data
    if given.kind is SessionEventKind.FORM_SUBMITTED or not isinstance(data, dict):
        return {**keys, "values": data}
    return {**cast("dict[str, object]", data), **keys}


def status_event(
    session: Session, kind: SessionEventKind, at: datetime, data: dict[str, Json], actor: ActorType
) -> SessionEvent:
    """A line of the status history, recorded by the server."""
    return make(
        SessionEvent,
        id=new_key(at),
        workspace_id=session.workspace_id,
        session_id=session.id,
        kind=kind,
        at=at,
        actor_type=actor,
        data=data,
    )


def clock_event(session: Session, at: datetime) -> SessionEvent:
    """That an open session fell silent, or is live again."""
    is_live = session.activity is SessionActivity.LIVE
    kind = SessionEventKind.RESUMED if is_live else SessionEventKind.IDLED
    return status_event(session, kind, at, {}, ActorType.SYSTEM)


def end_event(session: Session, at: datetime) -> SessionEvent:
    """That a session has ended, and how."""
    data = {
        "from": SessionStatus.ACTIVE.value,
        "to": session.status.value,
        "reason": session.end_reason.value if session.end_reason else None,
    }
    actor = session.ended_by or ActorType.SYSTEM
    return status_event(session, SessionEventKind.ENDED, at, data, actor)


def status_change(session: Session, before: SessionStatus | None) -> dict[str, str | None]:
    """What a status stream tells of a change that has been made."""
    return {
        "from": before.value if before else None,
        "to": session.status.value,
        "activity": session.activity.value,
        "endReason": session.end_reason.value if session.end_reason else None,
    }
