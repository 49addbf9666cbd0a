"""Rows of a write's answer, in the order of its ids."""

from collections.abc import Sequence

from loaders.batch import by_id
from loaders.viewer import Viewer
from models.message import Message


async def messages_of_answers(
    viewer: Viewer, keys: Sequence[tuple[int, ...]]
) -> list[list[Message]]:
    """The messages of each answer."""
    ids = sorted({key for answer in keys for key in answer})
    rows = dict(zip(ids, await by_id(viewer, Message, ids), strict=True))
    return [[row for key in answer if (row := rows[key]) is not None] for answer in keys]
