"""The filter of contacts, for lists of them and for sessions by their contact."""

from typing import Annotated

from pydantic import Field

from schema.inputs.custom_field_filter import CustomFieldFilters
from schema.inputs.document import document, optional
from schema.inputs.filter import DateTimeFilter, IDFilter, StringFilter
from schema.inputs.label_filter import LabelListFilter
from schema.inputs.metadata_filter import MetadataFilters


@document("Which contacts. Fields of one object are ANDed.")
class ContactFilter:
    """Match of a contact."""

    and_: "ContactFilters | None" = optional("All of these match.", name="and")
    or_: "ContactFilters | None" = optional("At least one of these matches.", name="or")
    not_: "ContactFilter | None" = optional("This does not match.", name="not")
    id: IDFilter | None = optional("By global id.")
    external_id: StringFilter | None = optional("By the id in the producing system.")
    name: StringFilter | None = optional("By name.")
    email: StringFilter | None = optional("By e-mail address.")
    phone: StringFilter | None = optional("By phone number.")
    labels: LabelListFilter | None = optional("By labels.")
    custom_fields: CustomFieldFilters | None = optional("By custom fields; all of these match.")
    metadata: MetadataFilters | None = optional("By free keys and values; all of these match.")
    created_at: DateTimeFilter | None = optional("By when the contact was first known.")
    last_seen_at: DateTimeFilter | None = optional("By when the contact was last active.")
    is_blocked: bool | None = optional("True: blocked ones. False: the others.")


ContactFilters = Annotated[list[ContactFilter], Field(max_length=200)]
