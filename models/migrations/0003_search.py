"""The search index, filled with the sessions and messages that are there."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.fold_postgres import fold_function
from models.record import Dialect
from models.search_index import backfill, statements


async def fill_index(_apps: Any, editor: Any) -> None:
    """The index is derived, so it is made as it is now; a later shape would be made anew."""
    dialect: Dialect = editor.client.capabilities.dialect
    functions = (fold_function(),) if dialect == "postgres" else ()
    for statement in (*functions, *statements(dialect), *backfill(dialect)):
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [("models", "0002_saved_views")]

    operations = [ops.RunPython(fill_index)]
