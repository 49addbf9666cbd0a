"""Channels."""

from collections.abc import Sequence

from loaders.batch import by_id
from loaders.viewer import Viewer
from models.channel import Channel


async def channels_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Channel | None]:
    """Channels by key."""
    return await by_id(viewer, Channel, keys)
