"""Tortoise's schema editor for SQLite, with rebuilt tables that keep what stood on them.

SQLite changes or removes a column by copying the table. Tortoise copies rows and columns only, so
that unique constraints, indexes and triggers would be gone with the old table.
"""

from typing import Any

from tortoise.migrations.schema_editor import SqliteSchemaEditor

Columns = tuple[str, ...]


class RebuildingEditor(SqliteSchemaEditor):
    """Puts on the new table what the old one had, unless it names the column that goes."""

    async def _remake_table(
        self,
        model: Any,
        create_field: Any = None,
        delete_field: Any = None,
        alter_fields: Any = None,
    ) -> None:
        client: Any = self.client
        stock: Any = super()
        table = model._meta.db_table
        definitions = await self._definitions(table)
        unique = await self._unique_constraints(table)
        await stock._remake_table(model, create_field, delete_field, alter_fields)
        lost = unique - await self._unique_constraints(table)
        gone = (
            f'"{delete_field.source_field or delete_field.model_field_name}"'
            if delete_field
            else ""
        )
        for statement in [*definitions, *(self._unique_index(model, columns) for columns in lost)]:
            if not gone or gone not in statement:
                await client.execute_query(statement)

    async def _definitions(self, table: str) -> list[str]:
        """The statements that made the table's indexes and triggers."""
        rows = await self._fetch(
            "SELECT sql FROM sqlite_master"
            " WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
            table,
        )
        return [row["sql"] for row in rows]

    async def _unique_constraints(self, table: str) -> set[Columns]:
        """The columns of each constraint that is part of the table's own statement."""
        rows = await self._fetch(
            "SELECT i.name AS constraint_name, c.name AS column_name"
            " FROM pragma_index_list(?) i JOIN pragma_index_info(i.name) c"
            " WHERE i.origin = 'u' ORDER BY i.name, c.seqno",
            table,
        )
        names = {row["constraint_name"] for row in rows}
        return {
            tuple(row["column_name"] for row in rows if row["constraint_name"] == name)
            for name in names
        }

    async def _fetch(self, sql: str, table: str) -> list[dict[str, str]]:
        client: Any = self.client
        rows: list[dict[str, str]] = await client.execute_query_dict(sql, [table])
        return rows

    def _unique_index(self, model: Any, columns: Columns) -> str:
        return self.UNIQUE_INDEX_CREATE_TEMPLATE.format(
            index_name=self._get_unique_constraint_name(model, list(columns)),
            table_name=self.quote(model._meta.db_table),
            fields=", ".join(self.quote(column) for column in columns),
            extra="",
        )
