"""When the clock is to look at an open session: those that are there, at once."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.fields import InstantField


async def look_at_all(_apps: Any, editor: Any) -> None:
    """The rules are code: whoever looks reckons when each session is really due."""
    await editor.client.execute_query(
        'UPDATE "session" SET next_transition_at = last_activity_at WHERE ended_at IS NULL'
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0003_search")]

    operations = [
        ops.AddField(
            model_name="Session",
            name="next_transition_at",
            field=InstantField(null=True, generated=False, unique=False),
        ),
        ops.RunPython(look_at_all),
    ]
