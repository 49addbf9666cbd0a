"""A loop that looks at what is due, again and again, whatever one look meets."""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar, Self

import structlog

_log = structlog.get_logger(__name__)


class Rounds(ABC):
    """The loop of one process; owned by the application, which enters and leaves it."""

    pause_seconds: ClassVar[float]
    """Between two looks."""
    failing: ClassVar[str]
    """What the log says when looking begins to fail."""
    mended: ClassVar[str]
    """What it says when that is over."""

    def __init__(self) -> None:
        self._is_failing = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=type(self).__name__)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self.pause_seconds)

    async def look(self) -> None:
        """Do what is due by now; an outage is told once, when it begins and when it is over."""
        try:
            await self._round()
        except Exception:
            if not self._is_failing:
                _log.exception(self.failing)
            self._is_failing = True
            return
        if self._is_failing:
            _log.warning(self.mended)
        self._is_failing = False

    @abstractmethod
    async def _round(self) -> None:
        """One look; raise whatever keeps it from being done."""
