"""Changing a message: what was said, how it was delivered, or that it is no more."""

from collections.abc import Mapping
from typing import Any

from loaders.condition import among
from loaders.references import Wanted
from loaders.session_state import Extent
from loaders.viewer import Viewer
from models.enums import Scope
from models.errors import NotFound
from models.message import Message
from models.session import Session
from resolvers.references import key_of
from resolvers.session_work import SessionWork
from resolvers.writing import INPUT, Writing
from resolvers.written import Written, written_once
from schema.inputs.document import stated, validated
from schema.inputs.message import MessageUpdateInput
from subscriptions.changelog import Changes

_COLUMNS = ("text", "delivery_status", "is_missing_knowledge", "metadata")


async def message_update(viewer: Viewer, given: MessageUpdateInput) -> Written:
    """Write what is stated, in a running session or one that has ended; raise NotFound."""
    viewer.require(Scope.INGEST)
    given = validated(given, "input")
    key = key_of(given.id, "Message", (*INPUT, "id"))

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        references = await writing.references(Wanted())
        work = await writing.load(await _session_of(writing, key), references, Extent.WHOLE)
        message = next(message for message in work.earlier.messages if message.id == key)
        _edit(work, message, _columns(stated(given), message, writing))
        await writing.write(work)
        return Written(node_id=key)

    return await written_once(viewer, None, None, write)


async def _session_of(writing: Writing, key: int) -> Session:
    """Locked, so that the message stands still."""
    viewer, path = writing.viewer, (*INPUT, "id")
    sql = (
        'SELECT m.session_id FROM "message" m'
        f" WHERE {among(viewer.dialect, 'm.id')} AND m.workspace_id = ?"
    )
    found = await writing.changes.transaction.fetch(sql, ([key], viewer.workspace_id))
    if not found:
        raise NotFound("There is no such message.", path)
    return await writing.session_by_key(found[0][0], path)


def _columns(given: Mapping[str, Any], message: Message, writing: Writing) -> dict[str, Any]:
    columns = {name: given[name] for name in _COLUMNS if name in given}
    if "metadata" in columns:
        columns["metadata"] = columns["metadata"] or {}
    if "text" in columns and columns["text"] != message.text:
        columns["edited_at"] = writing.now
    if "deleted" in given and given["deleted"] != (message.deleted_at is not None):
        columns["deleted_at"] = writing.now if given["deleted"] else None
    return columns


def _edit(work: SessionWork, message: Message, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        before = getattr(message, name)
        if before != value:
            work.stated[f"messages.{message.sequence}.{name}"] = (before, value)
            work.references.edits.assign(message, **{name: value})
            work.edited(message, "messages")
