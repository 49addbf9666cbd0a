"""What the process does without for a while: told once, and tried again ever more seldom."""

import random
import time
from collections.abc import Iterator
from itertools import count

import structlog

_FIRST_PAUSE = 0.2
LONGEST_PAUSE = 2.0
"""Seconds; processes that lost the same service come back within this time of its return."""

_log = structlog.get_logger(__name__)


class Outage:
    """One line in the log when it begins and one when it ends, however often it is noticed."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._since: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether it has begun and not ended."""
        return self._since is not None

    def began(self, error: Exception) -> None:
        """What is missing is missing now, or still."""
        if self._since is None:
            self._since = time.monotonic()
            _log.warning("outage began", of=self._what, error=f"{type(error).__name__}: {error}")

    def ended(self) -> None:
        """It works now, or still; as loud as the beginning, so that nobody reads one alone."""
        if self._since is not None:
            seconds = round(time.monotonic() - self._since, 1)
            self._since = None
            _log.warning("outage ended", of=self._what, seconds=seconds)


def pauses() -> Iterator[float]:
    """Seconds to wait before each new attempt: doubling, and apart from those of others."""
    for attempt in count():
        longest = min(_FIRST_PAUSE * 2 ** min(attempt, 16), LONGEST_PAUSE)
        yield random.uniform(longest / 2, longest)  # noqa: S311  # nothing to guess here
