"""Cohorts: subscribers of the same stream share one execution, and the bytes of each event.

A subscriber catches up alone, to the end of the log, and then joins those who are there. Its place
in the log decides what is news to it, so nothing is lost or told twice at the joint. The cohort's
run outlives failures: it goes on where it stood. A subscriber that does not keep up is dropped with
a reason, so that nobody's memory grows and nobody waits for it.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import structlog

from loaders.change_log import Told
from loaders.cursor import ChangePosition
from models.errors import SlowConsumer
from subscriptions.stream import Course

QUEUED_FRAMES = 100
"""Events that a subscriber may be behind its cohort."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts of a run that fails."""


@dataclass(eq=False)
class Batch:
    """Events that are told together."""

    bodies: Sequence[bytes]
    told: Sequence[Told[Any]] = ()
    """What each of them is about."""
    pieces: dict[int, Sequence[bytes]] = field(default_factory=dict[int, Sequence[bytes]])
    """How sockets send it (`server/frames.py`)."""

    @property
    def position(self) -> ChangePosition | None:
        """Where to resume after it."""
        return self.told[-1].resume if self.told else None

    def since(self, start: ChangePosition) -> "Batch":
        """What of it is news to a reader who has considered everything up to `start`."""
        news = [told.is_news_since(start) for told in self.told]
        if all(news):
            return self
        return Batch([body for body, is_news in zip(self.bodies, news, strict=True) if is_news])


Run = Callable[[Course], AsyncGenerator[Batch]]
"""Executes a subscription on a course."""

Deliver = Callable[[Batch], bool]
"""Tells a subscriber at once; False when it cannot take anything just now."""

_log = structlog.get_logger(__name__)


class Interrupted(Exception):
    """A run failed for a reason that may pass; it can go on from where it stood."""


class Member:
    """A subscriber's place in a cohort.

    What happens is delivered at once, or waits its turn behind what waits already.
    """

    def __init__(
        self, start: ChangePosition, deliver: Deliver, last: Sequence[bytes] | None
    ) -> None:
        self.is_slow = False
        self.start = start
        self._deliver = deliver
        self._last = last
        self._waiting: deque[Batch] = deque()
        self._behind = 0
        self._news = asyncio.Event()
        self._is_idle = False
        self._end: Exception | None = None
        self._has_ended = False

    def push(self, batch: Batch) -> None:
        """Have it told; what it cannot take in time it will have to read again."""
        news = batch.since(self.start)
        if not news.bodies or self._repeats(news):
            return
        if self._is_idle and self._deliver(news):
            return
        self._is_idle = False
        self._behind += len(news.bodies)
        if self._behind > QUEUED_FRAMES:
            self._waiting.clear()
            self.is_slow = True
            self.end(None)
        else:
            self._waiting.append(news)
            self._news.set()

    def _repeats(self, news: Batch) -> bool:
        if self._last is None:
            return False
        is_repeat = news.bodies == self._last
        self._last = news.bodies
        return is_repeat

    def end(self, error: Exception | None) -> None:
        """There is no more to come."""
        self._is_idle = False
        self._has_ended, self._end = True, error
        self._news.set()

    async def batches(self) -> AsyncGenerator[Batch]:
        """What was not delivered at once; raises what ended the run."""
        while True:
            while self._waiting:
                batch = self._waiting.popleft()
                self._behind -= len(batch.bodies)
                yield batch
            if self._has_ended:
                if self._end is not None:
                    raise self._end
                return
            self._news.clear()
            self._is_idle = True
            await self._news.wait()


class Cohort:
    """One run of a stream, and those it is told to."""

    def __init__(self, run: Run, start: ChangePosition, on_end: Callable[[], None]) -> None:
        self.members: set[Member] = set()
        self._run = run
        self._position = start
        self._failures = 0
        self._on_end = on_end
        self._task = asyncio.create_task(self._lead())

    def join(self, member: Member) -> bool:
        """Whether it could, without missing what has been told meanwhile."""
        start = member.start
        if start.seq < self._position.seq or start.at < self._position.at:
            return False
        self.members.add(member)
        return True

    def leave(self, member: Member) -> None:
        """The last one ends it."""
        self.members.discard(member)
        if not self.members:
            self._on_end()
            self._task.cancel()

    async def _lead(self) -> None:
        error: Exception | None = None
        try:
            while await self._goes_on():
                await _pause(self._failures)
        except Exception as failure:  # its subscribers are told
            error = failure
        self._on_end()
        for member in self.members:
            member.end(error)

    async def _goes_on(self) -> bool:
        """Whether the run was only interrupted."""
        course = Course(start=self._position, attempt=self._failures)
        try:
            async with aclosing(self._run(course)) as batches:
                async for batch in batches:
                    self._tell(batch, course)
        except Interrupted:
            self._failures += 1
            _log.warning("stream interrupted", failures=self._failures)
            return True
        return False

    def _tell(self, batch: Batch, course: Course) -> None:
        for member in [*self.members]:
            member.push(batch)
            if member.is_slow:
                self.members.discard(member)
        self._failures = course.attempt = 0
        self._position = batch.position or self._position


class Cohorts:
    """The cohorts of one process, by what makes their streams the same."""

    def __init__(self) -> None:
        self._cohorts: dict[Hashable, Cohort] = {}

    def __len__(self) -> int:
        return len(self._cohorts)

    async def follow(self, key: Hashable, run: Run, deliver: Deliver) -> AsyncGenerator[Batch]:
        """What one subscriber is told, but for what `deliver` takes; the reader closes it.

        Nothing is delivered before the reader has come back for more.
        """
        start: ChangePosition | None = None
        last, failures = Batch(()), 0
        while True:
            course = Course(start=start, ends_at_head=True, attempt=failures)
            try:
                async with aclosing(run(course)) as batches:
                    async for last in batches:
                        start, failures, course.attempt = last.position, 0, 0
                        yield last
            except Interrupted:
                failures += 1
                await _pause(failures)
                continue
            start = course.position
            if not course.is_at_head or start is None:
                return
            member = Member(start, deliver, last.bodies if course.drops_repeats else None)
            cohort = self._cohort(key, run, start)
            if cohort.join(member):
                break
        try:
            async with aclosing(member.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            cohort.leave(member)
        if member.is_slow:
            reason = SlowConsumer("This subscriber did not keep up with the stream.")
            async with aclosing(run(Course(failure=reason))) as batches:
                async for batch in batches:
                    yield batch

    def _cohort(self, key: Hashable, run: Run, start: ChangePosition) -> Cohort:
        cohort = self._cohorts.get(key)
        if cohort is None:
            made = cohort = Cohort(run, start, lambda: self._forget(key, made))
            self._cohorts[key] = cohort
        return cohort

    def _forget(self, key: Hashable, cohort: Cohort) -> None:
        if self._cohorts.get(key) is cohort:
            del self._cohorts[key]


async def _pause(failures: int) -> None:
    """Longer from time to time, and not the same for all who wait."""
    pause = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
    await asyncio.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311  # no secret
