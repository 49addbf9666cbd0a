"""Saved views: a filter under a name, with how its list is shown."""

from models.fields import flag, instant, json, reference, text
from models.record import Record


class SavedView(Record):
    """`filter_json` and `order_by` are kept as the client gave them; private unless `is_shared`."""

    workspace_id: int
    workspace = reference("models.Workspace")
    name = text()
    filter_json = json(default=dict)
    order_by = json(null=True)
    columns = json(default=list)
    is_shared = flag()
    owner = text()
    created_at = instant()
    updated_at = instant()

    class Meta:
        table = "saved_view"
        indexes = (("workspace_id", "name"),)
