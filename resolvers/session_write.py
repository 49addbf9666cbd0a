"""The write side: start, append, record, end and ingest sessions.

Each takes a viewer and a checked input, so that GraphQL, other doors and workers call the same.
"""

from datetime import datetime

from loaders.references import Wanted
from loaders.session_state import Extent, lock_sessions
from loaders.viewer import Viewer
from models.enums import ActorType, Scope, ValueSource
from models.errors import DomainError, Path, Taken
from models.session import Session
from resolvers.blocking import refuse_blocked
from resolvers.closing import closing_now
from resolvers.ingest import Document, Ingested, ingest_into
from resolvers.naming import want_events, want_start
from resolvers.opening import DEFAULT_SOURCE, open_session, stated_columns
from resolvers.references import References
from resolvers.routing import check_route, repeated, routed, wanted_by
from resolvers.writing import INPUT, Writing
from resolvers.written import IngestedAnswer, Written, written_once
from schema.inputs.document import validated
from schema.inputs.ingest import SessionIngestBatchInput, SessionIngestInput
from schema.inputs.json import as_json
from schema.inputs.session import (
    MessageAppendInput,
    SessionEndInput,
    SessionEventRecordInput,
    SessionStartInput,
)
from subscriptions.changelog import Changes


async def session_start(viewer: Viewer, given: SessionStartInput) -> Written:
    """Open a session; a known (source, externalId) with equal fields is a replay, else Taken."""
    viewer.require(Scope.INGEST)
    given = validated(given, "input")

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        wanted = Wanted()
        want_start(wanted, given)
        references = await writing.references(wanted)
        known = await _known(writing, given)
        if known is not None:
            _check_same_start(known, given, references)
            return Written(session_id=known.id, is_replay=True)
        work = open_session(given, references, viewer.settings, INPUT, writing.now)
        refuse_blocked(writing, work, (*INPUT, "contact"))
        await writing.write(work)
        return Written(session_id=work.session.id, session_opened=True)

    return await written_once(viewer, given.idempotency_key, given, write)


async def _known(writing: Writing, given: SessionStartInput) -> Session | None:
    if given.external_id is None:
        return None
    found = await lock_sessions(
        writing.changes.transaction,
        writing.viewer,
        "s.source = ? AND s.external_id = ?",
        given.source or DEFAULT_SOURCE,
        given.external_id,
    )
    return found[0] if found else None


def _check_same_start(known: Session, given: SessionStartInput, references: References) -> None:
    """Raise Taken when a given field differs from the session that has the externalId."""
    stated = stated_columns(given)
    stated |= {"channel_type": given.channel_type, "started_at": given.started_at}
    stated["contact_id"] = references.contact(given.contact, (*INPUT, "contact")).id
    agent = references.agent(given.agent, ActorType.AI_AGENT, (*INPUT, "agent"))
    stated["agent_id"] = agent.id if agent else None
    if any(value is not None and getattr(known, name) != value for name, value in stated.items()):
        where = (*INPUT, "externalId")
        raise Taken("Another session of this source has the externalId.", where)


async def message_append(viewer: Viewer, given: MessageAppendInput) -> Written:
    """Add messages to the session named, or to the one that contact and channel lead to."""
    viewer.require(Scope.INGEST)
    given = validated(given, "input")
    check_route(given)

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        references = await writing.references(wanted_by(given))
        if given.session is not None:
            session = await writing.session(given.session)
            work = await writing.load(session, references, Extent.FACTS)
        else:
            retried = await repeated(writing, given, references)
            if retried is not None:
                return retried
            work = await routed(writing, given, references)
        messages = work.append(given.messages, (*INPUT, "messages"), writing.now)
        named_by = "contact" if given.session is None else "session"
        refuse_blocked(writing, work, (*INPUT, named_by))
        changed = await writing.write(work)
        return Written(
            session_id=work.session.id,
            message_ids=tuple(message.id for message in messages),
            session_opened=work.is_new,
            is_replay=not changed,
        )

    return await written_once(viewer, given.idempotency_key, given, write)


async def session_event_record(viewer: Viewer, given: SessionEventRecordInput) -> Written:
    """Record events in a running session; known ones are skipped."""
    viewer.require(Scope.INGEST)
    given = validated(given, "input")

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        wanted = Wanted()
        want_events(wanted, given.events)
        references = await writing.references(wanted)
        work = await writing.load(await writing.session(given.session), references)
        work.record(given.events, (*INPUT, "events"), writing.now)
        changed = await writing.write(work)
        return Written(session_id=work.session.id, is_replay=not changed)

    return await written_once(viewer, given.idempotency_key, given, write)


async def session_end(viewer: Viewer, given: SessionEndInput) -> Written:
    """Close a running session; raise InvalidTransition when it has ended."""
    viewer.require(Scope.INGEST)
    given = validated(given, "input")

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        references = await writing.references(Wanted())
        session = await writing.session(given.session)
        work = await writing.load(session, references, Extent.FACTS)
        work.end(closing_now(given, writing.now), INPUT)
        _describe_end(work.session, given, writing.now)
        await writing.write(work)
        return Written(session_id=work.session.id)

    return await written_once(viewer, given.idempotency_key, given, write)


def _describe_end(session: Session, given: SessionEndInput, now: datetime) -> None:
    if given.summary is not None:
        vars(session).update(
            summary_text=given.summary, summary_source=ValueSource.API, summary_at=now
        )
    if given.recordings:
        vars(session)["recordings"] = [*session.recordings, *as_json(given.recordings)]


async def session_ingest(viewer: Viewer, given: SessionIngestBatchInput) -> Written:
    """Write whole sessions; each succeeds or fails on its own."""
    viewer.require(Scope.INGEST)
    given = validated(given, "input")
    prefix = (*INPUT, "sessions")
    documents = [_checked(d, (*prefix, str(i))) for i, d in enumerate(given.sessions)]

    async def write(changes: Changes) -> Written:
        results = await ingest_into(changes, viewer, documents, given.on_conflict, prefix)
        return Written(results=tuple(map(_answer, results)))

    return await written_once(viewer, given.idempotency_key, given, write)


def _answer(ingested: Ingested) -> IngestedAnswer:
    session_id = ingested.session.id if ingested.session else None
    return IngestedAnswer(ingested.index, ingested.outcome, session_id, tuple(ingested.violations))


def _checked(document: SessionIngestInput, path: Path) -> Document:
    try:
        return validated(document, *path)
    except DomainError as error:
        return error
