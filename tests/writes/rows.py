"""What is in the database, for asserting that a write changed exactly what it should."""

from typing import Any

import orjson

from loaders.viewer import Viewer

COUNTED = (
    "agent", "change", "channel", "comment", "contact", "contact_field_value", "contact_handle",
    "contact_label", "conversation", "custom_field", "form", "form_submission", "goal",
    "goal_outcome", "idempotency_record", "journey_block", "journey_visit", "knowledge_gap",
    "label", "message", "reasoning_trace", "score", "session", "session_event",
    "session_field_value", "session_label",
)  # fmt: skip


async def row_counts(viewer: Viewer) -> dict[str, int]:
    """Rows of the viewer's workspace, by table."""
    found: dict[str, int] = {}
    for table in COUNTED:
        sql = f'SELECT COUNT(*) FROM "{table}" WHERE workspace_id = ?'
        found[table] = (await viewer.fetch(sql, (viewer.workspace_id,)))[0][0]
    return found


async def contact_rows(viewer: Viewer) -> tuple[object, ...]:
    """All that is known of contacts and whose everything is, and where the change log ends."""
    sqls = (
        'SELECT * FROM "contact" WHERE workspace_id = ? ORDER BY id',
        'SELECT * FROM "contact_handle" WHERE workspace_id = ? ORDER BY id',
        'SELECT * FROM "contact_label" WHERE workspace_id = ? ORDER BY id',
        'SELECT * FROM "contact_field_value" WHERE workspace_id = ? ORDER BY id',
        'SELECT * FROM "conversation" WHERE workspace_id = ? ORDER BY id',
        'SELECT id, contact_id, conversation_id, version FROM "session"'
        " WHERE workspace_id = ? ORDER BY id",
        'SELECT seq FROM "head" WHERE id = ?',
    )
    found = [await viewer.fetch(sql, (viewer.workspace_id,)) for sql in sqls]
    counts = await row_counts(viewer)
    return (*([tuple(row) for row in rows] for rows in found), counts)


async def told_changes(viewer: Viewer) -> list[tuple[Any, ...]]:
    """Type, key, kind, fields, and values before and after, of each change with values."""
    sql = (
        "SELECT t.entity_type, t.entity_id, t.kind, t.fields, v.before, v.after FROM change t"
        " JOIN change_value v ON v.id = t.id WHERE t.workspace_id = ? ORDER BY t.seq"
    )
    return [
        (*row[:3], *(orjson.loads(value) for value in row[3:]))
        for row in await viewer.fetch(sql, (viewer.workspace_id,))
    ]
