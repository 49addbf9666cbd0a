"""Labels: what reviewers and analyzers tag sessions and contacts with."""

from models.enums import ValueSource
from models.fields import choice, flag, instant, number, owner, reference, text
from models.record import Record


class Label(Record):
    """Unique by its folded name, so that two spellings of one word cannot exist."""

    workspace_id: int
    workspace = reference("models.Workspace")
    name = text()
    name_folded = text()
    description = text(null=True)
    color = text(null=True)
    auto_apply = flag()
    is_archived = flag()
    created_at = instant()

    class Meta:
        table = "label"
        unique_together = (("workspace_id", "name_folded"),)


class SessionLabel(Record):
    """A label on a session, and who put it there."""

    session_id: int
    label_id: int
    workspace_id = owner()
    session = reference("models.Session")
    label = reference("models.Label")
    source = choice(ValueSource)
    confidence = number(null=True)
    applied_at = instant()
    applied_by = text(null=True)

    class Meta:
        table = "session_label"
        unique_together = (("session_id", "label_id"),)
        indexes = (("label_id", "session_id"),)


class ContactLabel(Record):
    """A label on a contact."""

    contact_id: int
    label_id: int
    workspace_id = owner()
    contact = reference("models.Contact")
    label = reference("models.Label")

    class Meta:
        table = "contact_label"
        unique_together = (("contact_id", "label_id"),)
        indexes = (("label_id", "contact_id"),)
