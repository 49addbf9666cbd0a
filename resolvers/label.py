"""Labels: how many sessions they are on."""

from collections.abc import Sequence

from loaders.label import session_counts
from loaders.viewer import Viewer
from resolvers.session import Filter, wanted_sessions


async def session_counts_of_labels(
    viewer: Viewer, keys: Sequence[int], filter: Filter = None
) -> list[int]:
    """Of the sessions of a filter, those with each label."""
    return await session_counts(viewer, keys, await wanted_sessions(viewer, filter, None))
