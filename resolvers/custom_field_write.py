"""Custom fields are declared, changed and deleted by whoever administers the workspace.

Key, target and type are for good, because filters, values and producers rely on them. An option
that is taken away is no longer accepted; values that have it stay, and are found by it.
"""

from typing import Any

from loaders.catalogue_rows import count_rows, lock_rows
from loaders.viewer import Viewer
from loaders.workspace import lock_workspace
from models.custom_field import CustomField
from models.enums import CustomFieldType, Scope, UserErrorCode
from models.errors import LimitExceeded, Rejected, Taken, Violation
from resolvers.catalogue_write import add, edit, remove, row_to_write
from resolvers.writing import INPUT
from resolvers.written import Written, written_once
from schema.inputs.custom_field import CustomFieldInput, CustomFieldUpdateInput
from schema.inputs.delete import DeleteInput
from schema.inputs.document import stated, validated
from subscriptions.changelog import Changes

MAX_FIELDS = 200
"""Of sessions, and as many of contacts: no session can have more values."""
_WITH_OPTIONS = frozenset({CustomFieldType.SELECT, CustomFieldType.MULTI_SELECT})


async def custom_field_create(viewer: Viewer, given: CustomFieldInput) -> Written:
    """Declare a field; raise Taken, LimitExceeded, or Rejected for options that do not fit."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")
    _check_options(given.type, given.options)

    async def write(changes: Changes) -> Written:
        await _refuse_taken(changes, viewer, given)
        return Written(node_id=(await add(changes, viewer, CustomField, vars(given))).id)

    return await written_once(viewer, None, given, write)


async def _refuse_taken(changes: Changes, viewer: Viewer, given: CustomFieldInput) -> None:
    transaction = changes.transaction
    await lock_workspace(transaction, viewer)  # two that are counted at once would be one too many
    where, target = "t.applies_to = ?", given.applies_to
    named = f"{where} AND t.key = ?"
    if await lock_rows(transaction, viewer, CustomField, named, target, given.key):
        message = f"There is a custom field {given.key!r} of a {target.lower()} already."
        raise Taken(message, (*INPUT, "key"))
    if await count_rows(transaction, viewer, CustomField, where, target) >= MAX_FIELDS:
        raise LimitExceeded(f"A {target.lower()} has at most {MAX_FIELDS} custom fields.", INPUT)


async def custom_field_update(viewer: Viewer, given: CustomFieldUpdateInput) -> Written:
    """Change what is stated; raise NotFound, or Rejected for options of a type that has none."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")
    values = stated(given)
    id_ = values.pop("id")

    async def write(changes: Changes) -> Written:
        row = await row_to_write(changes, viewer, CustomField, id_, noun="custom field")
        if "options" in values:
            _check_options(row.type, values["options"])
        await edit(changes, row, values)
        return Written(node_id=row.id)

    return await written_once(viewer, None, given, write)


async def custom_field_delete(viewer: Viewer, given: DeleteInput) -> Written:
    """Delete a field with all its values; raise NotFound."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")

    async def write(changes: Changes) -> Written:
        row = await row_to_write(changes, viewer, CustomField, given.id, noun="custom field")
        await remove(changes, row, "key", "applies_to", "type", "name", "description", "options")
        return Written(deleted_id=given.id)

    return await written_once(viewer, None, given, write)


def _check_options(type_: CustomFieldType, options: Any) -> None:
    where = (*INPUT, "options")
    if type_ in _WITH_OPTIONS and options is None:
        message = f"A custom field of type {type_} needs options."
        raise Rejected([Violation(UserErrorCode.REQUIRED, message, where)])
    if type_ not in _WITH_OPTIONS and options is not None:
        message = f"A custom field of type {type_} has no options."
        raise Rejected([Violation(UserErrorCode.INVALID, message, where)])
