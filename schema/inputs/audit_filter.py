"""The filter of the audit trail."""

from strawberry import ID

from schema.inputs.document import document, optional
from schema.inputs.filter import DateTimeFilter, StringFilter


@document("Which entries; the fields are ANDed.")
class AuditFilter:
    """Match of an entry."""

    entity_id: ID | None = optional("Global id of what was written, also if it is gone.")
    actor: StringFilter | None = optional("Who wrote: the name of an API key, or `sweeper`.")
    action: StringFilter | None = optional(
        "What was done, such as SESSION_UPDATED or LABEL_CREATED."
    )
    at: DateTimeFilter | None = optional("When it was written.")
