"""Goals, journey blocks and forms are declared by kind and key; the key is for good."""

from typing import Any

from loaders.catalogue_rows import lock_rows
from loaders.viewer import Viewer
from models.enums import DefinitionKind, Scope, UserErrorCode
from models.errors import Rejected, Violation
from models.form import Form
from models.goal import Goal
from models.journey import JourneyBlock
from models.record import Record
from resolvers.catalogue_write import add, edit
from resolvers.writing import INPUT
from resolvers.written import Written, written_once
from schema.inputs.definition import DefinitionInput
from schema.inputs.document import stated, validated
from subscriptions.changelog import Changes

_MODELS: dict[DefinitionKind, type[Record]] = {
    DefinitionKind.GOAL: Goal,
    DefinitionKind.JOURNEY_BLOCK: JourneyBlock,
    DefinitionKind.FORM: Form,
}
_ONLY_OF = {"value": DefinitionKind.GOAL, "journey": DefinitionKind.JOURNEY_BLOCK}


async def definition_upsert(viewer: Viewer, given: DefinitionInput) -> Written:
    """Declare it, or change what is stated of it; raise Rejected for what its kind has not."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")
    values = _of_kind(given)

    async def write(changes: Changes) -> Written:
        model = _MODELS[given.kind]
        known = await lock_rows(changes.transaction, viewer, model, "t.key = ?", given.key)
        if known:
            await edit(changes, known[0], values)
        row = known[0] if known else await add(changes, viewer, model, values)
        return Written(node_id=row.id, definition_kind=given.kind)

    return await written_once(viewer, None, given, write)


def _of_kind(given: DefinitionInput) -> dict[str, Any]:
    """The columns that are stated; an absent one is left out of those that the kind has not."""
    values = stated(given)
    kind = values.pop("kind")
    foreign = [name for name, owner in _ONLY_OF.items() if name in values and owner is not kind]
    unfit = [
        Violation(UserErrorCode.INVALID, f"A {kind} has no {name}.", (*INPUT, name))
        for name in foreign
        if values[name] is not None
    ]
    if unfit:
        raise Rejected(unfit)
    return {name: value for name, value in values.items() if name not in foreign}
