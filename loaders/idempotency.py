"""Reads what a write with an idempotency key has answered before."""

from loaders.viewer import Viewer
from models.database import Transaction, records
from models.idempotency import KEPT_FOR, IdempotencyRecord
from models.record import selection


async def recorded_answer(
    transaction: Transaction, viewer: Viewer, key: str | None
) -> IdempotencyRecord | None:
    """The record of a key that is younger than 48 hours; an older one makes room."""
    if key is None:
        return None
    sql = (
        f'SELECT {selection(IdempotencyRecord, "t")} FROM "idempotency_record" t'
        " WHERE t.workspace_id = ? AND t.key = ?"
    )
    found = await records(transaction, IdempotencyRecord, sql, (viewer.workspace_id, key))
    if found and found[0].created_at < viewer.now() - KEPT_FOR:
        await transaction.fetch('DELETE FROM "idempotency_record" WHERE id = ?', (found[0].id,))
        return None
    return found[0] if found else None
