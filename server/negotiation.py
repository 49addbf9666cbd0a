"""Which media type answers an `Accept` header.

By the GraphQL-over-HTTP specification, and by GraphQL over SSE for clients that ask for events.
"""

from enum import StrEnum
from functools import lru_cache

_EXACT = 2  # how well a media range fits: the type itself; `application/*` is 1, `*/*` is 0


class MediaType(StrEnum):
    """The forms of a response; the first two differ in when the status may be other than 200."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"
    EVENTS = "text/event-stream"


@lru_cache(maxsize=256)
def negotiate(accept: str) -> MediaType | None:
    """The best of our types for the header (empty: absent), or None when none is acceptable.

    What a client named beats what it waved through; of two named with equal weight the newer
    type wins, since only who knows it names it. Events are for those who prefer them: clients name
    them beside the others for the sake of subscriptions.
    """
    if not accept.strip():
        return MediaType.JSON
    ranges = _ranges(accept)
    graphql = _preference(MediaType.GRAPHQL, ranges)
    json = _preference(MediaType.JSON, ranges)
    events = _events_weight(ranges)
    if events and (events, _EXACT) > max(graphql, json):
        return MediaType.EVENTS
    if max(graphql, json)[0] == 0:
        return None
    prefers_graphql = graphql > json or (graphql == json and graphql[1] == _EXACT)
    return MediaType.GRAPHQL if prefers_graphql else MediaType.JSON


@lru_cache(maxsize=256)
def accepts_events(accept: str) -> bool:
    """Whether the header names the media type of events."""
    return _events_weight(_ranges(accept)) > 0


def _ranges(accept: str) -> list[tuple[str, float]]:
    return [_parsed(part) for part in accept.split(",")]


def _parsed(part: str) -> tuple[str, float]:
    """One media range and its weight; an unreadable weight accepts nothing."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _weight(value.strip())
    return name, 1.0


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _preference(media_type: MediaType, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """The weight that the most specific fitting range gives, and how specific it is."""
    fits = [
        (specificity, weight)
        for specificity, pattern in enumerate(("*/*", "application/*", media_type.value))
        for name, weight in ranges
        if name == pattern
    ]
    specificity, weight = max(fits, default=(0, 0.0))
    return weight, specificity


def _events_weight(ranges: list[tuple[str, float]]) -> float:
    """No wildcard stands for events."""
    return max((weight for name, weight in ranges if name == MediaType.EVENTS), default=0.0)
