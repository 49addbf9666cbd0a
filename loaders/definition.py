"""Goals, journey blocks and forms by kind and key: what was declared with `definitionUpsert`."""

from collections.abc import Sequence
from typing import Any

from loaders.batch import Batch
from loaders.form import forms_by_id
from loaders.goal import goals_by_id
from loaders.journey import blocks_by_id
from loaders.viewer import Viewer
from models.enums import DefinitionKind

_LOADS: dict[DefinitionKind, Batch] = {
    DefinitionKind.GOAL: goals_by_id,
    DefinitionKind.JOURNEY_BLOCK: blocks_by_id,
    DefinitionKind.FORM: forms_by_id,
}


async def definitions_by_id(
    viewer: Viewer, keys: Sequence[tuple[DefinitionKind, int]]
) -> list[Any]:
    """In the order of the keys; one statement per kind."""
    found: dict[tuple[DefinitionKind, int], Any] = {}
    for kind in dict.fromkeys(kind for kind, _key in keys):
        mine = [key for of, key in keys if of is kind]
        rows = await _LOADS[kind](viewer, mine)
        found.update(zip(((kind, key) for key in mine), rows, strict=True))
    return [found[key] for key in keys]
