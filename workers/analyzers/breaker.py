"""Circuit breaking: a service that keeps failing is left alone for a while, then tried with one.

Without it every session of a workspace would wait for the time limit of a service that is down.
"""

from collections.abc import Callable
from time import monotonic

from cachetools import LRUCache

from workers.analyzers.interface import AnalyzerUnavailable

FAILURES = 5
"""In a row; a retried call counts once."""
COOL_DOWN = 30.0
"""Seconds until the service is tried again."""
_MOST = 10_000

Key = tuple[int, str]
"""A workspace and the URL it calls: what fails for one need not fail for another."""


class Breaker:
    """Closed, open, or half open: then one call shows whether the service is back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def enter(self) -> None:
        """Before a call; raise AnalyzerUnavailable while it is open."""
        if self._failures < FAILURES:
            return
        left = self._open_until - self._clock()
        if left > 0:
            raise AnalyzerUnavailable(left)
        self._open_until = self._clock() + COOL_DOWN  # others wait for what this one finds

    def succeeded(self) -> None:
        """After a call."""
        self._failures = 0

    def failed(self) -> None:
        """After a call."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._open_until = self._clock() + COOL_DOWN


class Breakers:
    """One for each service that a workspace calls; those not used for long are forgotten."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: LRUCache[Key, Breaker] = LRUCache(_MOST)

    def of(self, workspace_id: int, url: str) -> Breaker:
        """The service's breaker for the workspace."""
        key = (workspace_id, url)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Breaker(self._clock)
        return found
