"""Knowledge gaps of sessions."""

from collections.abc import Sequence

from loaders.batch import first_of_each
from loaders.row_set import parts_of
from loaders.viewer import Viewer
from models.knowledge_gap import KnowledgeGap


async def gaps_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[list[KnowledgeGap]]:
    """In the order they were found; the first 1,000."""
    return await first_of_each(viewer, parts_of(viewer, KnowledgeGap), "t.session_id", keys)
