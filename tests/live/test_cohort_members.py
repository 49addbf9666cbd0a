"""What a cohort does with its run and its members, whatever the run executes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

import subscriptions.cohort
from loaders.change_log import Told
from loaders.cursor import ChangePosition
from subscriptions.cohort import Batch, Cohorts, Interrupted
from subscriptions.stream import Course

AT = datetime(2026, 1, 1, tzinfo=UTC)


def position(seq: int) -> ChangePosition:
    return ChangePosition(1, seq, AT)


def batch(*seqs: int) -> Batch:
    return Batch([b"%d" % seq for seq in seqs], [Told(None, position(seq), seq) for seq in seqs])


class Log:
    """A stream of numbers, whose reading can be made to fail."""

    def __init__(self) -> None:
        self.written: list[Batch] = []
        self.news = asyncio.Event()
        self.fails = 0
        self.attempts: list[int] = []

    def write(self, *seqs: int) -> None:
        """They happen together."""
        self.written.append(batch(*seqs))
        self.news.set()

    async def run(self, course: Course) -> AsyncGenerator[Batch]:
        """As an operation runs on a course."""
        start = course.start or position(0)
        course.position = start
        if course.failure:
            yield Batch([b"slow"])
            return
        if course.ends_at_head:
            course.is_at_head = True
            return
        while True:
            for one in [one for one in self.written if one.told[0].is_news_since(start)]:
                self.attempts.append(course.attempt)
                if self.fails:
                    self.fails -= 1
                    raise Interrupted
                assert one.position is not None
                start = one.position
                yield one
            self.news.clear()
            await self.news.wait()


class Socket:
    """A subscriber that takes what it is given at once, or not."""

    def __init__(self, cohorts: Cohorts, log: Log, *, takes: bool) -> None:
        self.takes = takes
        self.heard: list[bytes] = []
        self.delivered = 0
        self.is_blocked = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.task = asyncio.create_task(self._read(cohorts, log))

    def deliver(self, told: Batch) -> bool:
        """As sockets do."""
        if self.takes:
            self.delivered += 1
            self.heard += told.bodies
        return self.takes

    async def until(self, count: int) -> list[bytes]:
        """What it has heard, once it is so much."""
        async with asyncio.timeout(5):
            while len(self.heard) < count:  # noqa: ASYNC110  # heard from two sides
                await asyncio.sleep(0.001)
        return self.heard

    async def _read(self, cohorts: Cohorts, log: Log) -> None:
        async with aclosing(cohorts.follow("numbers", log.run, self.deliver)) as batches:
            async for told in batches:
                if not self.takes:
                    self.is_blocked.set()
                    await self.may_go_on.wait()
                self.heard += told.bodies


@pytest.fixture
async def joined(monkeypatch: pytest.MonkeyPatch) -> tuple[Log, Socket, Socket]:
    """Two members of one cohort, of which one takes everything at once and one nothing."""
    monkeypatch.setattr(subscriptions.cohort, "_FIRST_PAUSE", 0.001)
    log, cohorts = Log(), Cohorts()
    quick, slow = (Socket(cohorts, log, takes=takes) for takes in (True, False))
    await asyncio.sleep(0.01)
    return log, quick, slow


async def left(*sockets: Socket) -> None:
    for socket in sockets:
        socket.task.cancel()
    await asyncio.gather(*(socket.task for socket in sockets), return_exceptions=True)


async def test_an_event_that_is_told_begins_the_count_of_failures_anew(
    joined: tuple[Log, Socket, Socket],
) -> None:
    log, quick, slow = joined
    log.fails = 2
    log.write(1)
    await quick.until(1)
    log.fails = 1
    log.write(2)
    log.write(3)
    await quick.until(3)

    assert quick.heard == [b"1", b"2", b"3"]
    # Twice failed, told by the third attempt; the next is tried on the same course, as the first.
    assert log.attempts == [0, 1, 2, 0, 1, 0]
    await left(quick, slow)


async def test_who_cannot_take_an_event_at_once_gets_all_in_order_and_then_at_once_again(
    joined: tuple[Log, Socket, Socket],
) -> None:
    log, quick, slow = joined
    log.write(1, 2)
    await slow.is_blocked.wait()
    slow.takes = True  # but what waits comes first
    for seq in range(3, 8):
        log.write(seq)
    await quick.until(7)
    assert slow.heard == []
    slow.may_go_on.set()
    await slow.until(7)
    log.write(8)

    assert await slow.until(8) == await quick.until(8) == [b"%d" % seq for seq in range(1, 9)]
    assert (quick.delivered, slow.delivered) == (7, 1)
    await left(quick, slow)


async def test_who_is_behind_by_more_events_than_are_kept_is_told_so_and_others_go_on(
    joined: tuple[Log, Socket, Socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions.cohort, "QUEUED_FRAMES", 4)
    log, quick, slow = joined
    log.write(1, 2)
    await slow.is_blocked.wait()
    for first in (3, 5, 7):
        log.write(first, first + 1)
    await quick.until(8)
    slow.may_go_on.set()

    assert await slow.until(3) == [b"1", b"2", b"slow"]
    assert await quick.until(8) == [b"%d" % seq for seq in range(1, 9)]
    await left(quick, slow)


def test_who_joins_between_two_events_told_together_gets_the_later_one() -> None:
    told = batch(4, 5)

    assert told.since(position(3)) is told
    assert told.since(position(4)).bodies == [b"5"]
    assert told.since(position(5)).bodies == []
