"""Where messages go that do not name their session: by contact and channel."""

from datetime import datetime

from loaders.references import Wanted
from loaders.session_state import Extent, lock_sessions, messages_of_contact
from models.enums import ChannelType, UserErrorCode
from models.errors import Rejected, Violation
from models.message import Message
from models.session import Session
from resolvers.naming import add, want_agent, want_contact, want_messages
from resolvers.opening import open_session
from resolvers.references import References
from resolvers.session_work import SessionWork
from resolvers.writing import INPUT, Writing
from resolvers.written import Written
from schema.inputs.session import MessageAppendInput, SessionStartInput

_ROUTE = {"contact": "contact", "channel_type": "channelType"}


def check_route(given: MessageAppendInput) -> None:
    """Raise Rejected unless the session, or contact and channel type, are given."""
    missing = [name for name in _ROUTE if getattr(given, name) is None]
    if given.session is None and missing:
        raise Rejected([_needed(_ROUTE[name]) for name in missing])


def _needed(name: str) -> Violation:
    message = f"Without `session`, `{name}` is needed to route the messages."
    return Violation(UserErrorCode.REQUIRED, message, (*INPUT, name))


def wanted_by(given: MessageAppendInput) -> Wanted:
    """What the call names."""
    wanted = Wanted()
    want_messages(wanted, given.messages)
    want_agent(wanted, given.agent)
    if given.session is None and given.contact is not None:
        want_contact(wanted, given.contact)
        add(wanted.channels, given.channel_external_id)
        add(wanted.conversations, given.conversation_external_id)
    return wanted


async def repeated(
    writing: Writing, given: MessageAppendInput, references: References
) -> Written | None:
    """A provider's retry of messages that the contact's sessions on the channel have already.

    Without this a retry that arrives after the session was closed would open another one.
    """
    ids = [m.external_id for m in given.messages if m.external_id is not None]
    start = start_of(given, writing.now)
    contact = references.contact(start.contact, (*INPUT, "contact"))
    if not ids or len(ids) < len(given.messages) or not contact.is_stored:
        return None
    known = await messages_of_contact(
        writing.changes.transaction, writing.viewer, (contact.id, start.channel_type), ids
    )
    by_external: dict[str | None, Message] = {m.external_id: m for m in known}
    if not set(ids) <= set(by_external):
        return None
    found = [by_external[external_id] for external_id in ids]
    return Written(
        session_id=found[-1].session_id,
        message_ids=tuple(m.id for m in found),
        is_replay=True,
    )


async def routed(
    writing: Writing, given: MessageAppendInput, references: References
) -> SessionWork:
    """The open session of (contact, channel) with the newest activity, or a new one.

    Where there is none, the one that ended last is reopened, if it ended within reopenWindow.
    """
    start = start_of(given, writing.now)
    contact = references.contact(start.contact, (*INPUT, "contact"))
    channel = references.channel(start.channel_type, start.channel_external_id, None)
    if contact.is_stored:
        found = await _running(writing, contact.id, start.channel_type)
        fitting = [s for s in found if channel is None or s.channel_id == channel.id]
        if fitting:
            newest = max(fitting, key=lambda s: (s.is_open, s.ended_at or s.last_activity_at))
            return await writing.load(newest, references, Extent.FACTS)
    return open_session(start, references, writing.viewer.settings, INPUT, writing.now)


async def _running(writing: Writing, contact_id: int, kind: ChannelType) -> list[Session]:
    """The open ones, and those that may be reopened."""
    window = writing.viewer.settings.reopen_window
    since: tuple[datetime, ...] = ()
    is_running = "s.ended_at IS NULL"
    if window:
        is_running, since = f"({is_running} OR s.ended_at > ?)", (writing.now - window,)
    where = f"s.contact_id = ? AND s.channel_type = ? AND {is_running}"
    transaction, viewer = writing.changes.transaction, writing.viewer
    return await lock_sessions(transaction, viewer, where, contact_id, kind, *since)


def start_of(given: MessageAppendInput, now: datetime) -> SessionStartInput:
    """The start of the session that the messages would open; it begins with the first of them."""
    sent = [m.sent_at for m in given.messages if m.sent_at is not None]
    if given.channel_type is None or given.contact is None:
        raise AssertionError("checked by check_route")
    return SessionStartInput(
        contact=given.contact,
        channel_type=given.channel_type,
        channel_external_id=given.channel_external_id,
        conversation_external_id=given.conversation_external_id,
        agent=given.agent,
        modality=given.modality,
        started_at=min([*sent, now]),
    )
