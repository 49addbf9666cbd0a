"""Idempotency records: what a write answered, so that its retry answers the same."""

from datetime import timedelta

from models.fields import instant, json, reference, text
from models.record import Record

KEPT_FOR = timedelta(hours=48)


class IdempotencyRecord(Record):
    """Written in the transaction of the write; `answer` holds ids, the rows are read afresh."""

    workspace_id: int
    workspace = reference("models.Workspace")
    key = text()
    fingerprint = text()
    answer = json()
    created_at = instant()

    class Meta:
        table = "idempotency_record"
        unique_together = (("workspace_id", "key"),)
        indexes = (("created_at",),)
