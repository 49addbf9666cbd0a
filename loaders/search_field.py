"""The fields that a search looks into: where their folded text is, and where it came from."""

from dataclasses import dataclass

from loaders.rights import scopes_of
from loaders.viewer import Viewer
from models.enums import SearchField

_SESSION = '"session" s'
_CONTACT = f'{_SESSION} JOIN "contact" c ON c.id = s.contact_id'
_AGENT = f'{_SESSION} JOIN "agent" a ON a.id = s.agent_id'


@dataclass(frozen=True)
class SearchedText:
    """`text` from `source` is the original, `session` an expression for the session's key there.

    `column` of `session_search` has it folded; message text has an index of its own.
    """

    reads: str
    text: str
    source: str = _SESSION
    session: str = "s.id"
    workspace: str = "s.workspace_id"
    column: str | None = None


TEXTS: dict[SearchField, SearchedText] = {
    SearchField.SESSION_ID: SearchedText("short_id", "s.short_id", column="short_id"),
    SearchField.EXTERNAL_ID: SearchedText("external_id", "s.external_id", column="external_id"),
    SearchField.SUMMARY: SearchedText("summary_text", "s.summary_text", column="summary"),
    SearchField.TOPIC: SearchedText("topic", "s.topic", column="topic"),
    SearchField.CONTACT_NAME: SearchedText(
        "contact.name", "c.name", _CONTACT, column="contact_name"
    ),
    SearchField.CONTACT_EMAIL: SearchedText(
        "contact.email", "c.email", _CONTACT, column="contact_email"
    ),
    SearchField.CONTACT_PHONE: SearchedText(
        "contact.phone", "c.phone", _CONTACT, column="contact_phone"
    ),
    SearchField.AGENT_NAME: SearchedText("agent.name", "a.name", _AGENT, column="agent_name"),
    SearchField.COMMENT: SearchedText(
        "comment.body", "t.body", '"comment" t', "t.session_id", "t.workspace_id", "comment"
    ),
    SearchField.METADATA: SearchedText("metadata", "s.metadata", column="metadata"),
    SearchField.MESSAGE_TEXT: SearchedText(
        "message.text", "t.text", '"message" t', "t.session_id", "t.workspace_id"
    ),
}
_BY_DEFAULT = tuple(field for field in SearchField if field is not SearchField.MESSAGE_TEXT)


def readable_fields(viewer: Viewer) -> tuple[SearchField, ...]:
    """Where a search looks unless told: wherever the viewer may read, message text apart."""
    return tuple(
        field
        for field in _BY_DEFAULT
        if all(viewer.may(scope) for scope in scopes_of({TEXTS[field].reads}))
    )
