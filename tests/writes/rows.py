"""What is in the database, for asserting that a write changed exactly what it should."""

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
