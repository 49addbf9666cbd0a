"""What is in the database, for asserting that a write changed exactly what it should."""

from loaders.viewer import Viewer

COUNTED = (
    "agent", "change", "channel", "comment", "contact", "contact_handle", "conversation",
    "custom_field",
    "form", "goal", "goal_outcome", "idempotency_record", "journey_block", "journey_visit",
    "label", "message", "reasoning_trace", "session", "session_event", "session_field_value",
    "session_label", "score", "knowledge_gap",
)  # fmt: skip


async def row_counts(viewer: Viewer) -> dict[str, int]:
    """Rows of the viewer's workspace, by table."""
    found: dict[str, int] = {}
    for table in COUNTED:
        sql = f'SELECT COUNT(*) FROM "{table}" WHERE workspace_id = ?'
        found[table] = (await viewer.fetch(sql, (viewer.workspace_id,)))[0][0]
    return found
