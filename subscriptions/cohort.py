"""Cohorts: subscribers of the same stream share one execution, and the bytes of each event.

A subscriber catches up alone, to the end of the log, and then joins those who are there. Its place
in the log decides what is news to it, so nothing is lost or told twice at the joint. The cohort's
run outlives failures: it goes on where it stood. A subscriber that does not keep up is dropped with
a reason, so that nobody's memory grows and nobody waits for it.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing

import structlog

from loaders.cursor import ChangePosition
from models.errors import SlowConsumer
from subscriptions.stream import Course

QUEUED_FRAMES = 100
"""Events that a subscriber may be behind its cohort."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts of a run that fails."""

Run = Callable[[Course], AsyncGenerator[bytes]]
"""Executes a subscription on a course; gives the body of each event."""

_log = structlog.get_logger(__name__)


class Interrupted(Exception):
    """A run failed for a reason that may pass; it can go on from where it stood."""


class Member:
    """A subscriber's place in a cohort."""

    def __init__(self, start: ChangePosition) -> None:
        self.start = start
        self.is_slow = False
        self._bodies: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._end: Exception | None = None
        self._has_ended = False

    def push(self, body: bytes) -> None:
        """Have it told; what it cannot take in time it will have to read again."""
        if len(self._bodies) >= QUEUED_FRAMES:
            self._bodies.clear()
            self.is_slow = True
            self.end(None)
        else:
            self._bodies.append(body)
            self._news.set()

    def end(self, error: Exception | None) -> None:
        """There is no more to come."""
        self._has_ended, self._end = True, error
        self._news.set()

    async def bodies(self) -> AsyncGenerator[bytes]:
        """What it is told; raises what ended the run."""
        while True:
            while self._bodies:
                yield self._bodies.popleft()
            if self._has_ended:
                if self._end is not None:
                    raise self._end
                return
            self._news.clear()
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

    def joined(self, start: ChangePosition) -> Member | None:
        """A member, unless it would miss what has been told meanwhile."""
        if start.seq < self._position.seq or start.at < self._position.at:
            return None
        member = Member(start)
        self.members.add(member)
        return member

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
            async with aclosing(self._run(course)) as bodies:
                async for body in bodies:
                    self._tell(body, course)
        except Interrupted:
            self._failures += 1
            _log.warning("stream interrupted", failures=self._failures)
            return True
        return False

    def _tell(self, body: bytes, course: Course) -> None:
        told = course.told
        for member in [*self.members]:
            if told is None or told.is_news_since(member.start):
                member.push(body)
                if member.is_slow:
                    self.members.discard(member)
        self._failures = course.attempt = 0
        self._position = course.position or self._position


class Cohorts:
    """The cohorts of one process, by what makes their streams the same."""

    def __init__(self) -> None:
        self._cohorts: dict[Hashable, Cohort] = {}

    def __len__(self) -> int:
        return len(self._cohorts)

    async def follow(self, key: Hashable, run: Run) -> AsyncGenerator[bytes]:
        """The bodies of a stream for one subscriber; the reader closes it."""
        last, start, failures = b"", None, 0
        while True:
            course = Course(start=start, ends_at_head=True, attempt=failures)
            try:
                async with aclosing(run(course)) as bodies:
                    async for last in bodies:
                        start, failures, course.attempt = course.position, 0, 0
                        yield last
            except Interrupted:
                failures += 1
                await _pause(failures)
                continue
            start = course.position
            if not course.is_at_head or start is None:
                return
            cohort, member = self._joined(key, run, start)
            if member is not None:
                break
        try:
            async with aclosing(member.bodies()) as bodies:
                async for body in bodies:
                    if not (course.drops_repeats and body == last):
                        yield body
                    last = body
        finally:
            cohort.leave(member)
        if member.is_slow:
            reason = SlowConsumer("This subscriber did not keep up with the stream.")
            async with aclosing(run(Course(failure=reason))) as bodies:
                async for body in bodies:
                    yield body

    def _joined(
        self, key: Hashable, run: Run, start: ChangePosition
    ) -> tuple[Cohort, Member | None]:
        cohort = self._cohorts.get(key)
        if cohort is None:
            made = cohort = Cohort(run, start, lambda: self._forget(key, made))
            self._cohorts[key] = cohort
        return cohort, cohort.joined(start)

    def _forget(self, key: Hashable, cohort: Cohort) -> None:
        if self._cohorts.get(key) is cohort:
            del self._cohorts[key]


async def _pause(failures: int) -> None:
    """Longer from time to time, and not the same for all who wait."""
    pause = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
    await asyncio.sleep(pause * (0.5 + random.random() / 2))  # noqa: S311  # no secret
