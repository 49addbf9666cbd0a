"""The catalogue: what the workspace has declared; whoever may read sessions may read it."""

from typing import Annotated

import strawberry

from loaders.catalogue import (
    all_agents,
    all_channels,
    all_custom_fields,
    all_forms,
    all_goals,
    all_journey_blocks,
    all_labels,
    all_topics,
)
from loaders.viewer import Viewer
from models.agent import Agent
from models.channel import Channel
from models.custom_field import CustomField
from models.enums import CustomFieldTarget, Scope
from models.form import Form
from models.goal import Goal
from models.journey import JourneyBlock
from models.label import Label
from resolvers.context import Info

IncludeArchived = Annotated[
    bool | None, strawberry.argument(description="Also those that are no longer offered.")
]
AppliesTo = Annotated[
    CustomFieldTarget | None,
    strawberry.argument(description="Only fields of sessions, or only of contacts."),
]


async def labels(info: Info, *, include_archived: IncludeArchived = False) -> list[Label]:
    """By name."""
    return await all_labels(_reader(info), include_archived=bool(include_archived))


async def custom_fields(
    info: Info, *, applies_to: AppliesTo = None, include_archived: IncludeArchived = False
) -> list[CustomField]:
    """By key."""
    return await all_custom_fields(
        _reader(info), applies_to, include_archived=bool(include_archived)
    )


async def agents(info: Info) -> list[Agent]:
    """By name."""
    return await all_agents(_reader(info))


async def channels(info: Info) -> list[Channel]:
    """By type and name."""
    return await all_channels(_reader(info))


async def goals(info: Info) -> list[Goal]:
    """By key."""
    return await all_goals(_reader(info))


async def journey_blocks(info: Info) -> list[JourneyBlock]:
    """By key."""
    return await all_journey_blocks(_reader(info))


async def forms(info: Info) -> list[Form]:
    """By key."""
    return await all_forms(_reader(info))


async def topics(info: Info) -> list[str]:
    """In order."""
    return await all_topics(_reader(info))


def _reader(info: Info) -> Viewer:
    viewer = info.context.viewer
    viewer.require(Scope.SESSIONS_READ)
    return viewer
