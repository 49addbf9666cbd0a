"""The order of contacts."""

from models.enums import ContactOrderField, OrderDirection
from schema.inputs.document import document, optional, required


@document("One term of an order of contacts; ties are always broken by id.")
class ContactOrder:
    """One term of the order."""

    field: ContactOrderField = required("What to order by.")
    direction: OrderDirection = optional(
        "Largest or newest first by default.", default=OrderDirection.DESC
    )
