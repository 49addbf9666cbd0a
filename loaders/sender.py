"""Senders: whoever spoke, the session's contact or an agent."""

from collections.abc import Sequence

from loaders.agent import agents_by_id
from loaders.contact import contacts_of_sessions
from loaders.viewer import Viewer
from models.agent import Agent
from models.contact import Contact
from models.message import Sender


async def senders(viewer: Viewer, keys: Sequence[Sender]) -> list[Contact | Agent | None]:
    """At most one statement for all contacts and one for all agents."""
    session_ids = [sender.key for sender in keys if sender.is_contact]
    agent_ids = [sender.key for sender in keys if not sender.is_contact]
    contacts = await contacts_of_sessions(viewer, session_ids) if session_ids else []
    agents = await agents_by_id(viewer, agent_ids) if agent_ids else []
    in_session = dict(zip(session_ids, contacts, strict=True))
    by_key = dict(zip(agent_ids, agents, strict=True))
    return [in_session[sender.key] if sender.is_contact else by_key[sender.key] for sender in keys]
