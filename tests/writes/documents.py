"""Ingest documents made by hand, small enough to read in a test."""

from typing import Any

import orjson

from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput


def document(external_id: str = "s-1", **parts: Any) -> dict[str, Any]:
    """A finished session of two messages; `start=…` adds to or overrides its start."""
    start = {
        "externalId": external_id,
        "source": "test",
        "contact": {"externalId": "c-1", "attributes": {"name": "Ada", "email": "ada@example.com"}},
        "agent": {"externalId": "a-1", "name": "Otto", "kind": "AI_AGENT"},
        "channelType": "WEB",
        "startedAt": "2026-01-01T12:00:00.000Z",
        **parts.pop("start", {}),
    }
    at = "2026-01-01T12:00:{}Z"
    messages = [
        {"externalId": "m-1", "senderType": "CONTACT", "text": "hi", "sentAt": at.format(10)},
        {"externalId": "m-2", "senderType": "AI_AGENT", "text": "hello", "sentAt": at.format(15)},
    ]
    end = {"status": "COMPLETED", "endReason": "CONTACT_ENDED", "endedAt": "2026-01-01T12:05:00Z"}
    return {"start": start, "messages": messages, "end": end, **parts}


def ingestible(given: dict[str, Any]) -> SessionIngestInput:
    """As the import reads it."""
    return parsed(SessionIngestInput, orjson.dumps(given))
