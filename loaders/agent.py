"""Agents."""

from collections.abc import Sequence

from loaders.batch import by_id
from loaders.viewer import Viewer
from models.agent import Agent


async def agents_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Agent | None]:
    """Agents by key."""
    return await by_id(viewer, Agent, keys)
