"""How inputs say that a session ends."""

from datetime import datetime

from models.enums import SessionEndReason
from models.session import Closing
from schema.inputs.ingest import SessionIngestEnd
from schema.inputs.session import SessionEndInput


def closing_of(given: SessionIngestEnd) -> Closing:
    """The end of an ingested session; IMPORTED when it does not say why."""
    return Closing(
        status=given.status,
        at=given.ended_at,
        reason=given.end_reason or SessionEndReason.IMPORTED,
        error_code=given.error_code,
        error_message=given.error_message,
    )


def closing_now(given: SessionEndInput, now: datetime) -> Closing:
    """The end of a running session; now unless it says when."""
    return Closing(
        status=given.status,
        at=given.ended_at or now,
        reason=given.end_reason,
        error_code=given.error_code,
        error_message=given.error_message,
    )
