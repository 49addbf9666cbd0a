"""How a session begins: the one place where a session row is made."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from loaders.session_state import Earlier
from models.contact import Contact
from models.enums import ActorType, Modality, ValueSource
from models.errors import Path
from models.keys import new_key, short_id
from models.record import make
from models.session import Session
from models.workspace import Settings
from resolvers.references import References
from resolvers.session_work import SessionWork
from schema.inputs.json import as_json
from schema.inputs.session import SessionStartInput, UtmInput

DEFAULT_SOURCE = "api"
_UTM = ("source", "medium", "campaign", "term", "content")


def open_session(
    given: SessionStartInput, references: References, settings: Settings, path: Path, now: datetime
) -> SessionWork:
    """A new session of the contact and channel that the input names."""
    contact = references.contact(given.contact, (*path, "contact"))
    channel = references.channel(given.channel_type, given.channel_external_id, given.channel_name)
    conversation = references.conversation(
        contact, given.channel_type, channel, given.conversation_external_id
    )
    agent = references.agent(given.agent, ActorType.AI_AGENT, (*path, "agent"))
    started_at = given.started_at or now
    session = make(
        Session,
        workspace_id=contact.workspace_id,
        source=given.source or DEFAULT_SOURCE,
        external_id=given.external_id,
        contact_id=contact.id,
        conversation_id=conversation.id,
        agent_id=agent.id if agent else None,
        channel_type=given.channel_type,
        channel_id=channel.id if channel else None,
        modality=given.modality or Modality.TEXT,
        **_beginning(started_at, now, settings),
        **start_columns(given),
    )
    work = SessionWork(session, references, settings, Earlier())
    if agent is not None:
        work.earlier.agents[agent.id] = agent
    work.reachable = is_reachable(contact, given)
    work.opened(started_at)
    label_and_describe(work, given, path, now)
    return work


def _beginning(started_at: datetime, now: datetime, settings: Settings) -> dict[str, Any]:
    """The new row's key and instants, and the factors of its revenue as they are today."""
    key = new_key(started_at)
    return {
        "id": key,
        "short_id": short_id(key),
        "started_at": started_at,
        "last_activity_at": started_at,
        "currency": settings.currency,
        "conversion_ratio": settings.conversion_ratio,
        "recognition": settings.recognition,
        "created_at": now,
        "updated_at": now,
        "_saved_in_db": False,
    }


def start_columns(given: SessionStartInput) -> dict[str, Any]:
    """What a start says of the session itself; used again when a start is overwritten."""
    close_after = given.close_after
    return {
        "topic": given.topic,
        "is_test": bool(given.is_test),
        "metadata": given.metadata or {},
        "close_after_ms": close_after // timedelta(milliseconds=1) if close_after else None,
        "recordings": as_json(given.recordings) if given.recordings else [],
        **utm_columns(given.utm),
    }


def stated_columns(given: SessionStartInput) -> dict[str, Any]:
    """Those of them that the start really states; `isTest: false` is its default, so it is not."""
    absent = {name for name in ("topic", "metadata", "recordings") if getattr(given, name) is None}
    return {
        name: value
        for name, value in start_columns(given).items()
        if name not in absent and value is not None and value is not False
    }


def utm_columns(utm: UtmInput | None) -> Mapping[str, str | None]:
    """One column per campaign parameter."""
    return {f"utm_{name}": getattr(utm, name) if utm else None for name in _UTM}


def label_and_describe(
    work: SessionWork, given: SessionStartInput, path: Path, now: datetime
) -> None:
    """Labels and custom fields that a start names."""
    work.label(given.labels or (), ValueSource.API, now)
    work.set_values(given.custom_fields or (), ValueSource.API, (*path, "customFields"), now)


def is_reachable(contact: Contact, given: SessionStartInput) -> bool:
    """Whether the contact left an e-mail address, a telephone number or a handle."""
    return bool(contact.email or contact.phone or given.contact.handle)
