"""The head of the change log: where a reader of the workspace stands."""

from loaders.cursor import ChangePosition
from loaders.viewer import Viewer
from loaders.workspace import read_head


async def change_position(viewer: Viewer) -> ChangePosition:
    """The log's position now; read it before the rows it is handed out with."""
    at = viewer.now()
    seq, _trimmed_to = await read_head(viewer)
    return ChangePosition(viewer.workspace_id, seq, at)
