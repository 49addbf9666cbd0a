"""Settings of a workspace to decide; null goes back to the default."""

import re
from datetime import timedelta
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from models.enums import AnalyzerKind, ChannelType
from schema.inputs.document import document, optional, required
from schema.inputs.limits import Amount
from schema.scalars import JsonObject, Key, Span, format_duration

T = TypeVar("T")

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_LINK = re.compile(r"https?://[^\s{}]+")
_MAX_LINK = 2048


def _between(least: timedelta, most: timedelta) -> AfterValidator:
    def check(span: timedelta) -> timedelta:
        if not least <= span <= most:
            bounds = f"between {format_duration(least)} and {format_duration(most)}"
            raise ValueError(f"this duration lies {bounds}")
        return span

    return AfterValidator(check)


def _template(*placeholders: str) -> AfterValidator:
    def check(text: str) -> str:
        filled = text
        for placeholder in placeholders:
            filled = filled.replace(placeholder, "x")
        if len(text) > _MAX_LINK or not _LINK.fullmatch(filled):
            known = " and ".join(placeholders)
            raise ValueError(f"a link is an http or https URL, which may contain {known}")
        return text

    return AfterValidator(check)


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the name becomes a path
        raise ValueError("this is not an IANA time zone, such as Europe/Berlin") from None
    return name


def _one_for_each(key: str, what: str) -> AfterValidator:
    def check(items: list[T]) -> list[T]:
        if len({getattr(item, key) for item in items}) < len(items):
            raise ValueError(f"{what} stands in the list twice")
        return items

    return AfterValidator(check)


Silence = Annotated[Span, _between(_SECOND, 365 * _DAY)]
Idleness = Annotated[Span, _between(_SECOND, 30 * _DAY)]
Window = Annotated[Span, _between(timedelta(0), 30 * _DAY)]
Length = Annotated[Span, _between(timedelta(0), 7 * _DAY)]
Retention = Annotated[Span, _between(_DAY, 36_500 * _DAY)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_check_zone)]
ConversationLink = Annotated[str, _template("{conversationId}", "{externalId}")]
SessionLink = Annotated[str, _template("{sessionId}", "{externalId}")]


@document("When silence or age closes the sessions of one channel; both are decided.")
class ChannelTimeoutInput:
    """A channel's own limits."""

    channel_type: ChannelType = required("The channel.")
    close_after: Silence | None = optional(
        "Silence after which an open session is closed, PT1S to P365D; null is never."
    )
    max_duration: Silence | None = optional(
        "Age at which an open session is closed, PT1S to P365D; null is never."
    )


@document("Which program computes a derived value.")
class AnalyzerBindingInput:
    """A program and its options."""

    kind: AnalyzerKind = required("What is computed.")
    provider: Key = required("Name of the program.")
    enabled: bool = required("Whether it runs.")
    options: JsonObject | None = optional("Options of the program.")


ChannelTimeouts = Annotated[
    list[ChannelTimeoutInput],
    _one_for_each("channel_type", "a channel"),
]
Analyzers = Annotated[
    list[AnalyzerBindingInput],
    _one_for_each("kind", "a kind of analyzer"),
]


@document(
    "Settings to decide: only the fields present are changed; null goes back to the default.",
    partial=True,
)
class WorkspaceSettingsInput:
    """What a workspace decides."""

    idle_after: Idleness | None = optional(
        "ACTIVE and LIVE becomes IDLE after this much silence: PT1S to P30D, by default PT10M."
    )
    close_after: Silence | None = optional(
        "An open session is closed after this much silence: PT1S to P365D, by default the"
        " channel's own."
    )
    max_duration: Silence | None = optional(
        "An open session is closed at this age: PT1S to P365D, by default the channel's own."
    )
    channel_timeouts: ChannelTimeouts | None = optional(
        "Limits of single channels; the list replaces the one before."
    )
    session_url_template: SessionLink | None = optional(
        "Deep link to one session; {sessionId} and {externalId} are replaced."
    )
    reopen_window: Window | None = optional(
        "A message that arrives on a closed session reopens it within this time: PT0S, the"
        " default, to P30D."
    )
    short_below: Length | None = optional(
        "Shorter sessions are SHORT: PT0S to P7D, at most longFrom, by default PT1M."
    )
    long_from: Length | None = optional(
        "Sessions of this length and more are LONG: PT0S to P7D, by default PT5M."
    )
    currency: Currency | None = optional(
        "ISO 4217 code of all amounts of new sessions, by default USD."
    )
    conversion_ratio: Share | None = optional(
        "Share of opportunities that become deals, 0..1, by default 1."
    )
    recognition: Share | None = optional(
        "Share of in-hours deals credited to the AI, 0..1, by default 1."
    )
    default_lead_value: Amount | None = optional(
        "What a lead without a value of its own is worth, by default 0."
    )
    conversation_url_template: ConversationLink | None = optional(
        "Deep link to the inbox thread; {conversationId} and {externalId} are replaced."
    )
    message_retention: Retention | None = optional(
        "What was said is erased so long after a session's end: at least P1D, by default never."
    )
    session_retention: Retention | None = optional(
        "Sessions are deleted so long after their end: at least P1D, by default never."
    )
    timezone: Zone | None = optional(
        "IANA name of the zone that days and hours are counted in, by default UTC."
    )
    analyzers: Analyzers | None = optional(
        "Which programs compute derived values; the list replaces the one before."
    )
