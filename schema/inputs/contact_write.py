"""Writing contacts themselves, not in passing with a session."""

from typing import Annotated

from pydantic import Field
from strawberry import ID

from schema.inputs.contact import ContactRef
from schema.inputs.document import document, optional, required
from schema.inputs.limits import IdempotencyKey
from schema.inputs.session import IDEMPOTENCY

MAX_LOSERS = 100
Losers = Annotated[list[ID], Field(min_length=1, max_length=MAX_LOSERS)]


@document("A contact to write.")
class ContactUpsertInput:
    """A contact by any of its names, and what is known of it."""

    idempotency_key: IdempotencyKey | None = optional(IDEMPOTENCY)
    contact: ContactRef = required("Which contact, and what to write of it.")


@document("Contacts that are one person.")
class ContactMergeInput:
    """Who stays, and who goes into it."""

    winner_id: ID = required("Global id of the contact that stays.")
    loser_ids: Losers = required(
        f"Global ids of the contacts that go into it, 1 to {MAX_LOSERS}; what the winner lacks is"
        " taken from the first that has it."
    )
