"""Filters on what belongs to a session: goals, journey, forms, scores and events."""

from strawberry import ID

from models.enums import GoalStatus, JourneyExitKind, SessionEventKind, ValueSource
from schema.inputs.document import document, optional, required
from schema.inputs.filter import DateTimeFilter, FloatFilter, StringFilter
from schema.scalars import LongText, Name

SOME = "At least one of them matches."
NONE = "None of them matches; true without any."
IS_EMPTY = "True: there is none. False: there is one."


@document("What became of a goal; the fields are ANDed.")
class GoalMatch:
    """Match of one goal outcome."""

    goal_id: ID | None = optional("By global id of the goal.")
    key: LongText | None = optional("By the goal's machine name.")
    status: GoalStatus | None = optional("By how far it got.")
    completed_at: DateTimeFilter | None = optional("By when it was reached.")


@document("What must be true of all goals together; the fields are ANDed.")
class GoalListFilter:
    """Match of all goal outcomes."""

    some: GoalMatch | None = optional(SOME)
    none: GoalMatch | None = optional(NONE)
    is_empty: bool | None = optional(IS_EMPTY)


@document(
    "Without exitKind and isLast: the block was reached. isLast: it was the last one reached"
    " (drop-off)."
)
class JourneyMatch:
    """Match of one visit."""

    block_id: ID | None = optional("By global id of the block.")
    key: LongText | None = optional("By the block's machine name.")
    exit_kind: JourneyExitKind | None = optional("By how it was left.")
    is_last: bool | None = optional("True: the last one reached. False: the others.")


@document("What must be true of all visits together; the fields are ANDed.")
class JourneyListFilter:
    """Match of all visits."""

    some: JourneyMatch | None = optional(SOME)
    none: JourneyMatch | None = optional(NONE)


@document("Which submission; the fields are ANDed.")
class FormMatch:
    """Match of one submission."""

    form_id: ID | None = optional("By global id of the form.")
    key: LongText | None = optional("By the form's machine name.")


@document("What must be true of all submissions together; the fields are ANDed.")
class FormListFilter:
    """Match of all submissions."""

    some: FormMatch | None = optional(SOME)
    none: FormMatch | None = optional(NONE)
    is_empty: bool | None = optional(IS_EMPTY)


@document("Which score; the fields are ANDed.")
class ScoreMatch:
    """Match of one score."""

    name: Name = required("What was measured.")
    value: FloatFilter | None = optional("By the number given.")
    label: StringFilter | None = optional("By the word given.")
    source: ValueSource | None = optional("By who gave it.")


@document("What must be true of all scores together; the fields are ANDed.")
class ScoreListFilter:
    """Match of all scores."""

    some: ScoreMatch | None = optional(SOME)
    none: ScoreMatch | None = optional(NONE)


@document("Which event; the fields are ANDed.")
class EventMatch:
    """Match of one event."""

    kind: SessionEventKind | None = optional("By what happened.")
    name: LongText | None = optional("By the name that a custom event was given.")
    at: DateTimeFilter | None = optional("By when it happened.")


@document("What must be true of all events together; needs MESSAGES_READ.")
class EventListFilter:
    """Match of all events."""

    some: EventMatch | None = optional(SOME)
    none: EventMatch | None = optional(NONE)
