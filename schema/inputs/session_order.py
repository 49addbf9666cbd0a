"""The order of sessions."""

from models.enums import OrderDirection, SessionOrderField
from schema.inputs.document import document, optional, required


@document(
    "At most three terms. Ties are always broken by id, so every order is total and every cursor is"
    " stable. Null is smaller than every value, on both databases."
)
class SessionOrder:
    """One term of the order."""

    field: SessionOrderField = required("What to order by.")
    direction: OrderDirection = optional(
        "Largest or newest first by default.", default=OrderDirection.DESC
    )
