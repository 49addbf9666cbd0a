"""Comparators: what can be asked of one value, of each kind of value.

The operators of one comparator are ANDed. A missing value fails every comparison, also under
`not`; only `isNull: true` asks for it.
"""

from typing import Annotated

from pydantic import Field
from strawberry import ID

from models.enums import (
    AssessmentCode,
    ChannelType,
    HandledBy,
    Modality,
    SentimentLabel,
    SessionActivity,
    SessionEndReason,
    SessionLengthClass,
    SessionStatus,
)
from schema.inputs.document import document, optional, required
from schema.inputs.limits import FiniteFloat, Int32
from schema.scalars import AnyInstant, LongText, Money, Span

_LIST = Field(max_length=1000)
Ids = Annotated[list[ID], _LIST]
Texts = Annotated[list[LongText], _LIST]
Ints = Annotated[list[Int32], _LIST]
Statuses = Annotated[list[SessionStatus], _LIST]
Activities = Annotated[list[SessionActivity], _LIST]
ChannelTypes = Annotated[list[ChannelType], _LIST]
Modalities = Annotated[list[Modality], _LIST]
EndReasons = Annotated[list[SessionEndReason], _LIST]
LengthClasses = Annotated[list[SessionLengthClass], _LIST]
Sentiments = Annotated[list[SentimentLabel], _LIST]
Assessments = Annotated[list[AssessmentCode], _LIST]
Handlers = Annotated[list[HandledBy], _LIST]

EQ = "Equal to this."
NEQ = "Other than this."
IN = "One of these, at most 1,000; an empty list matches nothing."
NOT_IN = "None of these, at most 1,000; an empty list matches every value."
GT = "Greater than this."
GTE = "At least this."
LT = "Less than this."
LTE = "At most this."
IS_NULL = "True: there is no value. False: there is one."


@document("Compares a global id.")
class IDFilter:
    """Of a reference."""

    eq: ID | None = optional(EQ)
    neq: ID | None = optional(NEQ)
    in_: Ids | None = optional(IN, name="in")
    not_in: Ids | None = optional(NOT_IN)
    is_null: bool | None = optional(IS_NULL)


@document(
    "contains/startsWith ignore case, eq/in are exact. A missing value fails every comparison"
    " except isNull: true, also under not."
)
class StringFilter:
    """Of a text."""

    eq: LongText | None = optional(EQ)
    neq: LongText | None = optional(NEQ)
    in_: Texts | None = optional(IN, name="in")
    not_in: Texts | None = optional(NOT_IN)
    contains: LongText | None = optional("Has this in it, case and accents aside.")
    not_contains: LongText | None = optional("Does not have this in it, case and accents aside.")
    starts_with: LongText | None = optional("Begins with this, case and accents aside.")
    is_null: bool | None = optional(IS_NULL)


@document("Compares a whole number.")
class IntFilter:
    """Of a whole number."""

    eq: Int32 | None = optional(EQ)
    neq: Int32 | None = optional(NEQ)
    in_: Ints | None = optional(IN, name="in")
    gt: Int32 | None = optional(GT)
    gte: Int32 | None = optional(GTE)
    lt: Int32 | None = optional(LT)
    lte: Int32 | None = optional(LTE)
    is_null: bool | None = optional(IS_NULL)


@document("Compares a number.")
class FloatFilter:
    """Of a number."""

    eq: FiniteFloat | None = optional(EQ)
    gt: FiniteFloat | None = optional(GT)
    gte: FiniteFloat | None = optional(GTE)
    lt: FiniteFloat | None = optional(LT)
    lte: FiniteFloat | None = optional(LTE)
    is_null: bool | None = optional(IS_NULL)


@document("Compares an amount of money.")
class DecimalFilter:
    """Of an amount."""

    eq: Money | None = optional(EQ)
    gt: Money | None = optional(GT)
    gte: Money | None = optional(GTE)
    lt: Money | None = optional(LT)
    lte: Money | None = optional(LTE)
    is_null: bool | None = optional(IS_NULL)


@document("Compares an instant.")
class DateTimeFilter:
    """Of an instant."""

    gt: AnyInstant | None = optional("After this.")
    gte: AnyInstant | None = optional("At this instant or after it.")
    lt: AnyInstant | None = optional("Before this.")
    lte: AnyInstant | None = optional("At this instant or before it.")
    last: Span | None = optional(
        "Relative to now, e.g. PT24H, P7D, P30D; re-evaluated at every use."
    )
    is_null: bool | None = optional(IS_NULL)


@document("Compares the status.")
class SessionStatusFilter:
    """Of a session's status."""

    eq: SessionStatus | None = optional(EQ)
    neq: SessionStatus | None = optional(NEQ)
    in_: Statuses | None = optional(IN, name="in")
    not_in: Statuses | None = optional(NOT_IN)


@document("Compares the activity.")
class SessionActivityFilter:
    """Of a session's activity."""

    eq: SessionActivity | None = optional(EQ)
    in_: Activities | None = optional(IN, name="in")


@document("Compares the network.")
class ChannelTypeFilter:
    """Of a session's network."""

    eq: ChannelType | None = optional(EQ)
    neq: ChannelType | None = optional(NEQ)
    in_: ChannelTypes | None = optional(IN, name="in")
    not_in: ChannelTypes | None = optional(NOT_IN)


@document("Compares the modality.")
class ModalityFilter:
    """Of a session's modality."""

    eq: Modality | None = optional(EQ)
    in_: Modalities | None = optional(IN, name="in")


@document("Compares why it ended; an open session has no reason.")
class EndReasonFilter:
    """Of a session's end."""

    eq: SessionEndReason | None = optional(EQ)
    in_: EndReasons | None = optional(IN, name="in")
    is_null: bool | None = optional(IS_NULL)


@document("Compares the length class; an open session has none.")
class LengthClassFilter:
    """Of a session's length."""

    eq: SessionLengthClass | None = optional(EQ)
    in_: LengthClasses | None = optional(IN, name="in")


@document("Compares the sentiment.")
class SentimentLabelFilter:
    """Of a session's sentiment."""

    eq: SentimentLabel | None = optional(EQ)
    neq: SentimentLabel | None = optional(NEQ)
    in_: Sentiments | None = optional(IN, name="in")
    is_null: bool | None = optional(IS_NULL)


@document("Compares an assessment.")
class AssessmentFilter:
    """Of a session's assessment."""

    eq: AssessmentCode | None = optional(EQ)
    in_: Assessments | None = optional(IN, name="in")
    is_null: bool | None = optional(IS_NULL)


@document("Compares who handled it.")
class HandledByFilter:
    """Of who handled a session."""

    eq: HandledBy | None = optional(EQ)
    in_: Handlers | None = optional(IN, name="in")


@document("A stretch of time; what takes one says whether its end belongs to it.")
class TimeWindow:
    """From one instant to another."""

    from_: AnyInstant = required("Where it starts.", name="from")
    to: AnyInstant = required("Where it ends, not before the start.")
