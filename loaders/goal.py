"""Goals, and what became of them in sessions."""

from collections.abc import Sequence

from loaders.batch import by_id, lists
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.viewer import Viewer
from models.goal import Goal, GoalOutcome


async def goals_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Goal | None]:
    """Goals by key."""
    return await by_id(viewer, Goal, keys)


async def outcomes_of_sessions(viewer: Viewer, keys: Sequence[int]) -> list[list[GoalOutcome]]:
    """By the goal's key, with their goal."""
    by_key = OrderTerm("key", "r.key", Kind.TEXT)
    rows = parts_of(viewer, GoalOutcome, by_key, relation="goal")
    return await lists(viewer, rows, "t.session_id", keys)
