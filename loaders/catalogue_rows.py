"""Rows of the catalogue, read to be written."""

from loaders.viewer import Viewer
from models.database import Rows, records
from models.record import R, selection, table_name


async def lock_rows(
    source: Rows, viewer: Viewer, model: type[R], where: str, *values: object
) -> list[R]:
    """The viewer's rows that meet a condition on `t`, locked until the transaction ends."""
    lock = " ORDER BY t.id FOR UPDATE" if source.dialect == "postgres" else ""
    sql = (
        f'SELECT {selection(model, "t")} FROM "{table_name(model)}" t'
        f" WHERE t.workspace_id = ? AND {where}{lock}"
    )
    return await records(source, model, sql, (viewer.workspace_id, *values))


async def count_rows(
    source: Rows, viewer: Viewer, model: type[R], where: str, *values: object
) -> int:
    """How many of the viewer's rows meet a condition on `t`."""
    sql = f'SELECT COUNT(*) FROM "{table_name(model)}" t WHERE t.workspace_id = ? AND {where}'
    return int((await source.fetch(sql, (viewer.workspace_id, *values)))[0][0])
