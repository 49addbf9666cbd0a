"""Messages: a session's transcript, a conversation's thread, and single ones."""

from collections.abc import Sequence
from dataclasses import replace

from loaders.batch import by_id, first_of_each
from loaders.condition import Condition
from loaders.keyset import Page, PageArguments, read_pages
from loaders.message_filter import matching_messages
from loaders.prepared_filter import Prepared
from loaders.row_set import Kind, OrderTerm, RowSet, parts_of, rows_of
from loaders.search import Searched, is_looked_up, messages
from loaders.viewer import Viewer
from models.database import Lane
from models.errors import InvalidCursor
from models.message import Message
from models.text import fold
from schema.inputs.message_filter import MessageFilter

_SEQUENCE = OrderTerm("sequence", "t.sequence", Kind.WHOLE)
_NEWEST_ARRIVAL = OrderTerm("id", 't."id"', Kind.WHOLE, descending=True)
_SENT_AT = OrderTerm("sent_at", "t.sent_at", Kind.INSTANT)
_SESSION = 'JOIN "session" s ON s."id" = t."session_id"'


async def messages_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Message | None]:
    """Messages by key."""
    return await by_id(viewer, Message, keys)


def transcripts(viewer: Viewer, wanted: Prepared[MessageFilter] | None = None) -> RowSet[Message]:
    """Messages in order of arrival."""
    rows = parts_of(viewer, Message, _SEQUENCE)
    if wanted is None:
        return rows
    return rows.narrowed(matching_messages(viewer, wanted), wanted.identity)


def all_messages(viewer: Viewer, wanted: Prepared[MessageFilter] | None) -> RowSet[Message]:
    """Messages of all sessions, the newest arrival first.

    The filter says exactly which; what it asks of the text is looked up in the search index first.
    """
    rows = rows_of(viewer, Message, _NEWEST_ARRIVAL)
    if wanted is None:
        return rows
    meant, text = matching_messages(viewer, wanted), wanted.filter.text
    rows = rows.narrowed(meant, "all", wanted.identity)
    rows = replace(rows, lane=Lane.SLOW)
    asked = text and (text.contains, text.starts_with)
    terms = [term for part in asked or () if part and is_looked_up(term := fold(part))]
    if not terms:
        return rows
    found = messages(viewer.dialect, viewer.workspace_id, terms)
    searched = Searched("t.id", rows.where, found, by_key=True)
    return replace(rows.narrowed(searched.condition), searched=searched)


async def messages_of_conversations(
    viewer: Viewer, keys: Sequence[int], page: PageArguments
) -> list[Page[Message] | InvalidCursor]:
    """A page of each conversation's thread, through all its sessions, in order of sending."""
    own = Condition("s.workspace_id = ?", (viewer.workspace_id,))  # leads the index on sessions
    rows = parts_of(viewer, Message, _SENT_AT, _SEQUENCE, where=own).joining(_SESSION)
    return await read_pages(viewer, rows, "s.conversation_id", keys, page)


async def last_messages(viewer: Viewer, keys: Sequence[int]) -> list[Message | None]:
    """The message that arrived last in each session."""
    last = Condition("t.sequence = s.last_sequence")
    rows = parts_of(viewer, Message, where=last).joining(_SESSION)
    found = await first_of_each(viewer, rows, "t.session_id", keys, limit=1)
    return [messages[0] if messages else None for messages in found]
