"""Whole sessions in one write: the GraphQL batch and the line of an NDJSON import."""

from typing import Annotated

from pydantic import Field, InstanceOf

from models.enums import ImportConflict, SessionEndReason
from schema.inputs.analysis import AnalysisInput
from schema.inputs.document import document, optional, required
from schema.inputs.limits import FinalStatus, IdempotencyKey
from schema.inputs.message import Attachments, Messages
from schema.inputs.session import IDEMPOTENCY, SessionStartInput
from schema.inputs.session_event import Events
from schema.scalars import Instant, LongText, Name


@document("How an ingested session ended.")
class SessionIngestEnd:
    """The end of a finished session."""

    status: FinalStatus = required("Outcome: COMPLETED, FAILED or CANCELLED.")
    end_reason: SessionEndReason | None = optional("Why it ended; IMPORTED when left out.")
    ended_at: Instant = required("When it ended.")
    error_code: Name | None = optional("Machine-readable cause, for FAILED.")
    error_message: LongText | None = optional("Cause in words, for FAILED.")
    recordings: Attachments | None = optional("Audio or video of the whole session.")


@document("A whole finished or running session in one write; the unit of NDJSON import.")
class SessionIngestInput:
    """A session with all that happened in it."""

    start: SessionStartInput = required("How it began.")
    messages: Messages | None = optional("Messages in the order they were sent.")
    events: Events | None = optional("Events in the order they happened.")
    end: SessionIngestEnd | None = optional("How it ended; left out while it runs.")
    analysis: AnalysisInput | None = optional("Findings about it.")


Batch = Annotated[list[InstanceOf[SessionIngestInput]], Field(max_length=100)]
"""Sessions that GraphQL has built are checked one by one, so that each fails on its own."""


@document("Sessions to ingest; each succeeds or fails on its own, never the batch.")
class SessionIngestBatchInput:
    """A batch of whole sessions."""

    idempotency_key: IdempotencyKey | None = optional(IDEMPOTENCY)
    sessions: Batch = required("At most 100 sessions.")
    on_conflict: ImportConflict = optional(
        "What to do with a known (source, externalId).", default=ImportConflict.SKIP
    )
