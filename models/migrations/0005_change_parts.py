"""What was said and done in a change, so that a running session can be followed."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.fields import JsonField


class Migration(migrations.Migration):
    dependencies = [("models", "0004_next_transition")]

    operations = [
        ops.AddField(
            model_name="Change",
            name="parts",
            field=JsonField(null=True, generated=False, unique=False),
        ),
    ]
