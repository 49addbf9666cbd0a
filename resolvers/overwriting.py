"""`onConflict: UPDATE`: what a document changes on a session that exists.

Given start fields overwrite; messages and events are matched by externalId: known ones are
updated, new ones appended, those without one ignored; the end applies if the session is open;
startedAt and contact never change. A field with a default, `contentType` and `isTest`, overwrites
only with another value, because a document that leaves it out looks the same.
"""

from datetime import datetime
from typing import Any

from models.enums import ActorType, MessageContentType, ValueSource
from models.errors import Path
from models.record import Record
from resolvers.analysis import apply_analysis
from resolvers.closing import closing_of
from resolvers.opening import label_and_describe, stated_columns
from resolvers.session_rows import event_data, message_columns
from resolvers.session_work import SessionWork
from schema.inputs.ingest import SessionIngestInput
from schema.inputs.message import MessageInput
from schema.inputs.session import SessionStartInput
from schema.inputs.session_event import SessionEventInput


def overwrite(work: SessionWork, given: SessionIngestInput, path: Path, now: datetime) -> None:
    """Apply the document to the loaded session; raise DomainError."""
    _overwrite_start(work, given.start, (*path, "start"), now)
    fresh = [m for m in given.messages or () if m.external_id and not _update_message(work, m)]
    work.append(fresh, (*path, "messages"), now, closed_too=True)
    events = [e for e in given.events or () if e.external_id and not _update_event(work, e)]
    work.record(events, (*path, "events"), now, closed_too=True)
    if given.end is not None and work.session.is_open:
        work.end(closing_of(given.end), (*path, "end"))
    if given.analysis is not None:
        apply_analysis(work, given.analysis, ValueSource.IMPORTED, (*path, "analysis"), now)


def _overwrite_start(
    work: SessionWork, given: SessionStartInput, path: Path, now: datetime
) -> None:
    session, references = work.session, work.references
    stated = stated_columns(given)
    agent = references.agent(given.agent, ActorType.AI_AGENT, (*path, "agent"))
    if agent is not None:
        work.earlier.agents[agent.id] = agent
        stated["agent_id"] = agent.id
    channel = references.channel(
        session.channel_type, given.channel_external_id, given.channel_name
    )
    if channel is not None:
        stated["channel_id"] = channel.id
    vars(session).update(stated)
    label_and_describe(work, given, path, now)


def _update_message(work: SessionWork, given: MessageInput) -> bool:
    """Overwrite a known message with what is given; false when it is not known."""
    known = work.known_message(given.external_id)
    if known is None:
        return False
    stated = {
        name: value
        for name, value in message_columns(given).items()
        if getattr(given, name) is not None
    }
    if given.content_type is MessageContentType.TEXT:
        del stated["content_type"]
    if given.sent_at is not None:
        stated["sent_at"] = given.sent_at
    _overwrite_row(work, known, stated, "messages")
    return True


def _update_event(work: SessionWork, given: SessionEventInput) -> bool:
    """Overwrite a known event with what is given; false when it is not known."""
    known = work.known_event(given.external_id)
    if known is None:
        return False
    stated = {"name": given.name, "at": given.at, "data": event_data(given) or None}
    present = {name: value for name, value in stated.items() if value is not None}
    _overwrite_row(work, known, present, "events")
    return True


def _overwrite_row(work: SessionWork, row: Record, stated: dict[str, Any], relation: str) -> None:
    if any(getattr(row, name) != value for name, value in stated.items()):
        work.references.edits.assign(row, **stated)
        work.edited(row, relation)
