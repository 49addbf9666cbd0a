"""Reasoning traces; they come with their journey block in the same statement."""

from collections.abc import Sequence

from loaders.batch import first_of_each, lists
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.viewer import Viewer
from models.reasoning import ReasoningTrace


async def traces_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[list[ReasoningTrace]]:
    """In the order of their messages; the first 1,000."""
    sequence = OrderTerm("sequence", "m.sequence", Kind.WHOLE)
    rows = parts_of(viewer, ReasoningTrace, sequence, relation="journey_block").joining(
        'JOIN "message" m ON m."id" = t."message_id"'
    )
    return await first_of_each(viewer, rows, "t.session_id", keys)


async def traces_of_messages(viewer: Viewer, keys: Sequence[int]) -> list[ReasoningTrace | None]:
    """A message has one at most."""
    rows = parts_of(viewer, ReasoningTrace, relation="journey_block")
    found = await lists(viewer, rows, "t.message_id", keys)
    return [traces[0] if traces else None for traces in found]
