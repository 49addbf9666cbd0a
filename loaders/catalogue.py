"""The catalogue: what a workspace has declared, and what its sessions are about.

These lists have no pages: a workspace declares tens of labels and goals, not thousands.
"""

from loaders.batch import all_of
from loaders.condition import TRUE, Condition, every
from loaders.row_set import Kind, OrderTerm, rows_of
from loaders.viewer import Viewer
from models.agent import Agent
from models.channel import Channel
from models.custom_field import CustomField
from models.enums import CustomFieldTarget
from models.form import Form
from models.goal import Goal
from models.journey import JourneyBlock
from models.label import Label

_BY_KEY = OrderTerm("key", "t.key", Kind.TEXT)
_BY_NAME = OrderTerm("name", "fold(t.name)", Kind.TEXT)
_NOT_ARCHIVED = Condition("NOT t.is_archived")

# One index probe per topic, however many sessions have it; DISTINCT would read them all.
_TOPICS = """
WITH RECURSIVE found(topic) AS (
  SELECT MIN(s.topic) FROM session s WHERE s.workspace_id = ?
  UNION ALL
  SELECT (SELECT MIN(s.topic) FROM session s WHERE s.workspace_id = ? AND s.topic > found.topic)
  FROM found WHERE found.topic IS NOT NULL
)
SELECT topic FROM found WHERE topic IS NOT NULL
"""


async def all_labels(viewer: Viewer, *, include_archived: bool) -> list[Label]:
    """By folded name."""
    by_name = OrderTerm("name_folded", "t.name_folded", Kind.TEXT)
    where = TRUE if include_archived else _NOT_ARCHIVED
    return await all_of(viewer, rows_of(viewer, Label, by_name, where=where))


async def all_custom_fields(
    viewer: Viewer, applies_to: CustomFieldTarget | None, *, include_archived: bool
) -> list[CustomField]:
    """By key, those of contacts first."""
    target = OrderTerm("applies_to", "t.applies_to", Kind.TEXT)
    conditions = [] if include_archived else [_NOT_ARCHIVED]
    if applies_to is not None:
        conditions.append(Condition("t.applies_to = ?", (applies_to,)))
    return await all_of(
        viewer, rows_of(viewer, CustomField, target, _BY_KEY, where=every(conditions))
    )


async def all_agents(viewer: Viewer) -> list[Agent]:
    """By name."""
    return await all_of(viewer, rows_of(viewer, Agent, _BY_NAME))


async def all_channels(viewer: Viewer) -> list[Channel]:
    """By type, then by name."""
    by_type = OrderTerm("type", "t.type", Kind.TEXT)
    return await all_of(viewer, rows_of(viewer, Channel, by_type, _BY_NAME))


async def all_goals(viewer: Viewer) -> list[Goal]:
    """By key."""
    return await all_of(viewer, rows_of(viewer, Goal, _BY_KEY))


async def all_journey_blocks(viewer: Viewer) -> list[JourneyBlock]:
    """By key."""
    return await all_of(viewer, rows_of(viewer, JourneyBlock, _BY_KEY))


async def all_forms(viewer: Viewer) -> list[Form]:
    """By key."""
    return await all_of(viewer, rows_of(viewer, Form, _BY_KEY))


async def all_topics(viewer: Viewer) -> list[str]:
    """What sessions are about, each once, in order."""
    rows = await viewer.fetch(_TOPICS, (viewer.workspace_id, viewer.workspace_id))
    return [row[0] for row in rows]
