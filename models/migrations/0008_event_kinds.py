"""Sessions are found by what happened in them without reading every event."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0007_settings_version")]

    operations = [
        ops.AddIndex("SessionEvent", Index(fields=["workspace_id", "kind", "session_id"])),
    ]
