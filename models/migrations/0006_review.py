"""What analysis, review and merged contacts need; sessions that have ended are to be analyzed."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.fields import ChoiceField, CountField, InstantField, JsonField

_PLAIN: dict[str, Any] = {"null": True, "generated": False, "unique": False}


async def analyze_all(_apps: Any, editor: Any) -> None:
    """Those that nobody has analyzed, the earlier the older."""
    await editor.client.execute_query(
        'UPDATE "session" SET analysis_due_at = ended_at'
        " WHERE ended_at IS NOT NULL AND analysis_status = 'PENDING'"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0005_change_parts")]

    operations = [
        ops.AddField("Session", "topic_source", ChoiceField(**_PLAIN)),
        ops.AddField("Session", "result_source", ChoiceField(**_PLAIN)),
        ops.AddField("Session", "analysis_error", fields.TextField(**_PLAIN)),
        ops.AddField("Session", "analysis_kinds", JsonField(**_PLAIN)),
        ops.AddField("Session", "analysis_due_at", InstantField(**_PLAIN)),
        ops.AddField("Session", "messages_purged_at", InstantField(**_PLAIN)),
        ops.AddField("Contact", "merged_into_id", CountField(**_PLAIN)),
        ops.RunPython(analyze_all),
    ]
