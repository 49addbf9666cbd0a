"""Which settings are in force, so that nobody goes on writing by older ones."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.fields import CountField

_PLAIN: dict[str, Any] = {"null": True, "generated": False, "unique": False}


class Migration(migrations.Migration):
    dependencies = [("models", "0006_review")]

    operations = [
        ops.AddField("Workspace", "settings_version", CountField(**_PLAIN)),
        ops.AddField("Head", "settings_version", CountField(**_PLAIN)),
    ]
