"""Labels are made, changed and deleted by whoever administers the workspace."""

from loaders.catalogue_rows import lock_rows
from loaders.viewer import Viewer
from models.enums import Scope
from models.errors import Taken
from models.label import Label
from models.text import fold
from resolvers.catalogue_write import add, edit, remove, row_to_write
from resolvers.writing import INPUT
from resolvers.written import Written, written_once
from schema.inputs.delete import DeleteInput
from schema.inputs.document import stated, validated
from schema.inputs.label import LabelInput, LabelUpdateInput
from subscriptions.changelog import Changes


async def label_create(viewer: Viewer, given: LabelInput) -> Written:
    """Make a label; raise Taken when one of that name is there, archived or not."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")
    values = {**vars(given), "name_folded": fold(given.name)}

    async def write(changes: Changes) -> Written:
        await _refuse_taken(changes, viewer, given.name, key=0)
        return Written(node_id=(await add(changes, viewer, Label, values)).id)

    return await written_once(viewer, None, given, write)


async def label_update(viewer: Viewer, given: LabelUpdateInput) -> Written:
    """Change what is stated; raise NotFound, or Taken for another label's name."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")
    values = stated(given)
    id_, name = values.pop("id"), values.get("name")
    if name is not None:
        values["name_folded"] = fold(name)

    async def write(changes: Changes) -> Written:
        row = await row_to_write(changes, viewer, Label, id_, noun="label")
        if name is not None:
            await _refuse_taken(changes, viewer, name, key=row.id)
        await edit(changes, row, values)
        return Written(node_id=row.id)

    return await written_once(viewer, None, given, write)


async def label_delete(viewer: Viewer, given: DeleteInput) -> Written:
    """Delete a label and take it off sessions and contacts; raise NotFound."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")

    async def write(changes: Changes) -> Written:
        row = await row_to_write(changes, viewer, Label, given.id, noun="label")
        await remove(changes, row, "name", "description", "color", "auto_apply", "is_archived")
        return Written(deleted_id=given.id)

    return await written_once(viewer, None, given, write)


async def _refuse_taken(changes: Changes, viewer: Viewer, name: str, *, key: int) -> None:
    where = "t.name_folded = ? AND t.id <> ?"
    found = await lock_rows(changes.transaction, viewer, Label, where, fold(name), key)
    if found:
        raise Taken(f"There is a label named {found[0].name!r} already.", (*INPUT, "name"))
