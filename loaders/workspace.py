"""The viewer's workspace: its row, and whether its settings are those that this process knows.

The row is shared by all viewers of a workspace in a process, and renewed where it is found to be
old: by whoever reads or moves the head, which has the number of the newest settings.
"""

from collections.abc import Sequence

from loaders.viewer import Viewer
from models.database import Rows, records
from models.record import selection
from models.workspace import Workspace


async def own_workspaces(viewer: Viewer, keys: Sequence[int]) -> list[Workspace | None]:
    """The viewer's own, and none else."""
    return [viewer.workspace if key == viewer.workspace_id else None for key in keys]


async def lock_workspace(source: Rows, viewer: Viewer) -> Workspace:
    """The viewer's workspace as it is now; one writer at a time has it, and nobody else waits."""
    return await _read(source, viewer, " FOR NO KEY UPDATE" if source.dialect == "postgres" else "")


async def renew_workspace(source: Rows, viewer: Viewer) -> None:
    """Let every viewer of the workspace in this process know its settings."""
    viewer.workspace.renew(await _read(source, viewer))


async def read_head(viewer: Viewer) -> tuple[int, int]:
    """The change log's last number, and the one up to which it has been trimmed."""
    sql = "SELECT seq, trimmed_to, settings_version FROM head WHERE id = ?"
    ((seq, trimmed_to, settings_version),) = await viewer.fetch(sql, (viewer.workspace_id,))
    if settings_version != viewer.workspace.settings_version:
        await renew_workspace(viewer.database.lane(), viewer)
    return int(seq), int(trimmed_to)


async def _read(source: Rows, viewer: Viewer, lock: str = "") -> Workspace:
    sql = f'SELECT {selection(Workspace, "t")} FROM "workspace" t WHERE t.id = ?{lock}'
    (found,) = await records(source, Workspace, sql, (viewer.workspace_id,))
    return found
