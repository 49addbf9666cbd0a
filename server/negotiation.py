"""Which media type answers an `Accept` header, by the GraphQL-over-HTTP specification."""

from enum import StrEnum
from functools import lru_cache

_EXACT = 2  # how well a media range fits: the type itself; `application/*` is 1, `*/*` is 0


class MediaType(StrEnum):
    """The two forms of a response; they differ in when the status may be other than 200."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"


@lru_cache(maxsize=256)
def negotiate(accept: str) -> MediaType | None:
    """The best of our types for the header (empty: absent), or None when none is acceptable.

    What a client named beats what it waved through; of two named with equal weight the newer
    type wins, since only who knows it names it.
    """
    if not accept.strip():
        return MediaType.JSON
    ranges = [_parsed(part) for part in accept.split(",")]
    graphql = _preference(MediaType.GRAPHQL, ranges)
    json = _preference(MediaType.JSON, ranges)
    if max(graphql, json)[0] == 0:
        return None
    prefers_graphql = graphql > json or (graphql == json and graphql[1] == _EXACT)
    return MediaType.GRAPHQL if prefers_graphql else MediaType.JSON


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
