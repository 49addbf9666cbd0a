"""Participants: who took part in a session, kept as JSON on it (`models/facts.py` derives it)."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import ActorType
from models.fields import from_milliseconds
from models.session import Session


@dataclass(frozen=True)
class Participant:
    """One actor with the time it was there."""

    actor_type: ActorType
    agent_id: int | None
    contact_id: int | None
    joined_at: datetime
    left_at: datetime | None
    message_count: int


def participants_of(session: Session) -> list[Participant]:
    """In order of joining."""
    return [
        Participant(
            actor_type=(actor := ActorType(item["actorType"])),
            agent_id=item["agentId"],
            contact_id=session.contact_id if actor is ActorType.CONTACT else None,
            joined_at=from_milliseconds(item["joinedAt"]),
            left_at=None if item["leftAt"] is None else from_milliseconds(item["leftAt"]),
            message_count=item["messageCount"],
        )
        for item in session.participants
    ]
