"""Forms, and what was submitted with them."""

from models.fields import count, instant, json, owner, reference, text
from models.record import Record


class Form(Record):
    """A form a session can submit."""

    workspace_id: int
    workspace = reference("models.Workspace")
    key = text()
    name = text()
    created_at = instant()

    class Meta:
        table = "form"
        unique_together = (("workspace_id", "key"),)


class FormSubmission(Record):
    """One submission with its values."""

    session_id: int
    form_id: int
    workspace_id = owner()
    session = reference("models.Session")
    form = reference("models.Form")
    submitted_at = instant()
    values = json(default=dict)
    message_id = count(null=True)  # same session, so no constraint to check at every delete

    class Meta:
        table = "form_submission"
        indexes = (("session_id", "submitted_at"), ("form_id", "session_id"))
