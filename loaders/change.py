"""The head of the change log: where a reader of the workspace stands."""

from loaders.cursor import ChangePosition
from loaders.viewer import Viewer


async def change_position(viewer: Viewer) -> ChangePosition:
    """The log's position now; read it before the rows it is handed out with."""
    at = viewer.now()
    rows = await viewer.fetch("SELECT seq FROM head WHERE id = ?", (viewer.workspace_id,))
    return ChangePosition(viewer.workspace_id, rows[0][0] if rows else 0, at)
