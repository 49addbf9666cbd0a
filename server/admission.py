"""What a door learns of a caller whose key is valid; doors know nothing else of viewers."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Admission:
    """The right to run operations."""

    key_id: int
    """Of the caller's API key."""
    make_context: Callable[..., object]
    """A new context, for one operation; a stream's may be given a `Course`."""
    audience: Hashable
    """Equal for callers who are shown the same."""
    max_body_bytes: int
    """The largest HTTP body this key may send."""


Admit = Callable[[str | None, str], Awaitable[Admission]]
"""From the `Authorization` value and the request id; raises Unauthenticated."""
