"""Blocked contacts: they open no sessions, and what they say is not taken.

Agents may still write into sessions that are open, and imports tell of the past.
"""

from models.enums import ActorType
from models.errors import ContactBlocked, Path
from models.message import Message
from resolvers.session_work import SessionWork
from resolvers.writing import Writing


def refuse_blocked(writing: Writing, work: SessionWork, path: Path) -> None:
    """Raise ContactBlocked for a new session or a new message of a blocked contact.

    Before anything of the work is written; what is known already is a repeat and no news.
    """
    said = any(message.sender_type is ActorType.CONTACT for message in work.new[Message])
    if not (said or work.is_new):
        return
    contact = work.references.known.contacts.get(work.session.contact_id)
    if writing.is_blocked or (contact is not None and contact.is_blocked):
        raise ContactBlocked("The contact is blocked.", path)
