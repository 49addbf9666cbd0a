"""Analyzers of installed packages, offered as entry points of the group `sessiongraph.analyzers`.

An entry point is a function `(transcript, kinds, options) -> AnalysisInput`, plain or async; a
plain one runs in a thread.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import structlog

from models.analyzer_options import ENTRY_POINTS
from models.enums import AnalyzerKind
from models.errors import Rejected
from models.fields import Json
from schema.inputs.analysis import AnalysisInput
from schema.inputs.document import validated
from workers.analyzers.interface import AnalyzerFailed, only
from workers.analyzers.transcript import Transcript

SECONDS = 60.0
"""That a call may take; a plain function goes on in its thread, but nobody waits for it."""

Analyze = Callable[[Transcript, frozenset[AnalyzerKind], Json], Any]

_log = structlog.get_logger(__name__)


@cache
def _loaded(name: str) -> Analyze:
    (entry,) = entry_points(group=ENTRY_POINTS, name=name)
    function: Analyze = entry.load()
    return function


def forget() -> None:
    """Look again at what is installed."""
    _loaded.cache_clear()


class Plugin:
    """One installed analyzer with the options of one workspace."""

    def __init__(self, name: str, options: Json) -> None:
        self._name = name
        self._options = options
        self._seconds = SECONDS

    async def __call__(
        self, transcript: Transcript, kinds: Collection[AnalyzerKind]
    ) -> AnalysisInput:
        """What the function finds; raise AnalyzerFailed, whatever it raises."""
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._find(transcript, frozenset(kinds))
        except TimeoutError:
            reason = f"The analyzer took more than {self._seconds:g} seconds."
            raise AnalyzerFailed(reason) from None
        except Exception as error:
            _log.exception("analyzer raised", provider=self._name)
            raise AnalyzerFailed(f"The analyzer raised {type(error).__name__}.") from error
        if not isinstance(found, AnalysisInput):
            raise AnalyzerFailed(f"The analyzer returned {type(found).__name__}.")
        return self._checked(only(found, kinds))

    async def _find(self, transcript: Transcript, kinds: frozenset[AnalyzerKind]) -> object:
        analyze = _loaded(self._name)
        if inspect.iscoroutinefunction(analyze):
            running: Awaitable[object] = analyze(transcript, kinds, self._options)
            return await running
        return await asyncio.to_thread(analyze, transcript, kinds, self._options)

    def _checked(self, found: AnalysisInput) -> AnalysisInput:
        try:
            return validated(replace(found, provider=found.provider or self._name))
        except Rejected as error:
            raise AnalyzerFailed(f"The findings are not valid: {error.message}.") from error
