"""Bounds that the inputs of several nouns share; `schema/scalars.py` has those of one scalar."""

from typing import Annotated

from pydantic import AfterValidator, Field

from models.address import check_dialled, check_mailbox
from models.enums import SessionStatus
from schema.scalars import LabelName, Money, Name

MAX_INT32 = 2**31 - 1
"""GraphQL's Int is 32 bits wide; what is taken in must be able to come out."""
MAX_EXACT = 2.0**53
"""Up to here a Float holds every whole number."""


def _not_negative(amount: Money) -> Money:
    if amount < 0:
        raise ValueError("this amount is not negative")
    return amount


def _final(status: SessionStatus) -> SessionStatus:
    if status is SessionStatus.ACTIVE:
        raise ValueError("a session ends COMPLETED, FAILED or CANCELLED")
    return status


Int32 = Annotated[int, Field(ge=-MAX_INT32 - 1, le=MAX_INT32)]
Count = Annotated[int, Field(ge=0, le=MAX_INT32)]
ByteSize = Annotated[float, Field(ge=0, le=MAX_EXACT, allow_inf_nan=False)]
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
SignedShare = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Amount = Annotated[Money, AfterValidator(_not_negative)]
FinalStatus = Annotated[SessionStatus, AfterValidator(_final)]
EmailAddress = Annotated[Name, AfterValidator(check_mailbox)]
TelephoneNumber = Annotated[Name, AfterValidator(check_dialled)]
IdempotencyKey = Annotated[str, Field(min_length=1, max_length=256)]
LabelNames = Annotated[list[LabelName], Field(max_length=50)]
