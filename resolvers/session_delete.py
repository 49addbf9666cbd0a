"""Deleting sessions: everything of theirs goes, and the log keeps only that they are gone."""

from collections.abc import Sequence

from loaders.viewer import Viewer
from models.change import ChangeKind
from models.enums import Scope
from models.session import Session
from resolvers.writing import Writing
from resolvers.written import Written, written_once
from schema.inputs.delete import DeleteInput
from schema.inputs.document import validated
from subscriptions.changelog import Changes

_FORGET = """
DELETE FROM "change_value"
WHERE id IN (SELECT c.id FROM "change" c WHERE c.entity_id = ? AND c.entity_type = 'SESSION')
"""


async def session_delete(viewer: Viewer, given: DeleteInput) -> Written:
    """Raise NotFound."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")

    async def write(changes: Changes) -> Written:
        session = await Writing(changes, viewer, viewer.now()).session_by_id(given.id)
        await delete_sessions(changes, [session])
        return Written(deleted_id=given.id)

    return await written_once(viewer, None, None, write)


async def delete_sessions(changes: Changes, sessions: Sequence[Session]) -> None:
    """Delete locked sessions; what the log knows of their values is forgotten as well."""
    transaction = changes.transaction
    keys = [session.id for session in sessions]
    await transaction.execute_many(_FORGET, [(key,) for key in keys])
    await transaction.delete(Session, keys)
    for session in sessions:
        changes.session(session, ChangeKind.DELETED, ())
