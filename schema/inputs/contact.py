"""How a write names a contact and says what is known of it."""

from strawberry import ID

from models.enums import ChannelType
from schema.inputs.custom_field import CustomFieldValues
from schema.inputs.document import document, optional, required
from schema.inputs.limits import EmailAddress, LabelNames, TelephoneNumber
from schema.scalars import JsonObject, JsonValue, Link, Name


@document("An address on a channel.")
class ContactHandleInput:
    """Address of a contact."""

    channel_type: ChannelType = required("Network of the address.")
    address: Name = required(
        "Phone number, e-mail address or account name; compared in normalised form."
    )


@document(
    "What is known of a contact. Only the fields given are written. In contactUpsert null clears;"
    " in other writes, which mention a contact in passing, null is the same as left out.",
    partial=True,
)
class ContactAttributes:
    """Facts about a contact."""

    name: Name | None = optional("Full name.")
    email: EmailAddress | None = optional("E-mail address.")
    phone: TelephoneNumber | None = optional("Phone number, best in E.164.")
    company: Name | None = optional("Organisation the contact belongs to.")
    avatar_url: Link | None = optional("Picture shown beside the name.")
    source: Name | None = optional("Where the contact came from, such as import or a campaign.")
    location: JsonValue | None = optional("Place, in the producer's own shape.")
    is_blocked: bool | None = optional(
        "Nothing from this contact is wanted: new sessions with it, and what it says, are refused."
    )
    metadata: JsonObject | None = optional("Free keys and values; replaces what was stored.")
    custom_fields: CustomFieldValues | None = optional(
        "Values of custom fields of contacts, the others stay; unknown fields are created as TEXT."
    )
    labels: LabelNames | None = optional(
        "Names of labels to add, the others stay; unknown ones are created."
    )


@document(
    "A contact, found by id, else by externalId, else by handle; created when nothing is found,"
    " unless an id was given. References that name different contacts are a CONFLICT. Names of a"
    " merged contact find the one that took its place."
)
class ContactRef:
    """Reference to a contact."""

    id: ID | None = optional("Global id of a known contact.")
    external_id: Name | None = optional("Id in the producing system, unique in the workspace.")
    handle: ContactHandleInput | None = optional("Address the contact writes or calls from.")
    attributes: ContactAttributes | None = optional("Facts to store with the contact.")
