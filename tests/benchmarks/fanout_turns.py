"""The turns that the sides of the fan-out take, and what is seen in each."""

import asyncio
import time
from dataclasses import dataclass, replace

from server.app import GRAPHQL
from tests.benchmarks.audience import Audience
from tests.benchmarks.fanout_sides import REPLAY, TOPICS, Side

PER_SECOND = 100
"""Changes, at a steady pace."""
REPLAYED = 10_000
_WARM_UP = 100
"""Subscribers, and changes, before the memory is first looked at."""
_KIBIBYTE = 1024


@dataclass(frozen=True)
class Sample:
    """What one turn of one server delivered, and what it took."""

    deliveries: int
    seconds: float
    cpu_seconds: float
    generator_share: float
    """How much of a core the subscribers used."""
    median_latency: float = 0
    p99_latency: float = 0
    """From the request that makes a change to its arrival, in seconds; where there is a pace."""

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Deliveries for each second of the server's CPU."""
        return self.deliveries / self.cpu_seconds


@dataclass(frozen=True)
class Cost:
    """What a subscriber takes before anything happens: CPU in ms and memory in KiB."""

    connect: float
    subscribe: float
    idle: float
    subscribed: float


class Meter:
    """The CPU of a server and of this process, and the time, since it was made."""

    def __init__(self, side: Side) -> None:
        self._server = side.server
        self._cpu = side.server.cpu_seconds()
        self._own = time.process_time()
        self.began = time.perf_counter()

    def sample(self, deliveries: int, seconds: float = 0) -> Sample:
        """Until now; the deliveries may have taken less time than that."""
        took = time.perf_counter() - self.began
        share = (time.process_time() - self._own) / took
        cpu = max(self._server.cpu_seconds() - self._cpu, 0.01)
        return Sample(deliveries, seconds or took, cpu, share)


async def warmed(side: Side) -> bytes:
    """Have everything run that runs later; one message that came."""
    await side.audience.connect(_WARM_UP)
    await _listening(side)
    await side.publish_many(_WARM_UP)
    await side.publish(0)
    await side.audience.tally.until((_WARM_UP + 1) * _WARM_UP // TOPICS)
    side.audience.close()
    await asyncio.sleep(1)  # until the server has noticed
    return side.audience.tally.example


async def joined(side: Side, subscribers: int) -> Cost:
    """Connect, wait, subscribe."""
    memory, cpu = [side.server.resident_bytes()], [side.server.cpu_seconds()]
    await side.audience.connect(subscribers)
    await asyncio.sleep(0.5)
    memory.append(side.server.resident_bytes())
    cpu.append(side.server.cpu_seconds())
    await _listening(side)
    memory.append(side.server.resident_bytes())
    cpu.append(side.server.cpu_seconds())
    return Cost(
        (cpu[1] - cpu[0]) / subscribers * 1000,
        (cpu[2] - cpu[1]) / subscribers * 1000,
        (memory[1] - memory[0]) / subscribers / _KIBIBYTE,
        (memory[2] - memory[0]) / subscribers / _KIBIBYTE,
    )


async def _listening(side: Side) -> None:
    subscribers = len(side.audience.subscribers)
    await side.audience.subscribe(side.bodies(subscribers))
    await side.settled(subscribers)
    side.audience.clear()


async def replays(side: Side, times: int) -> list[Sample]:
    """One subscriber that was away for so many changes."""
    asked = {"query": "{ sessions(first: 1) { changeCursor } }"}
    found = await side.door.post(GRAPHQL, asked)
    after = found["data"]["sessions"]["changeCursor"]
    await side.publish_many(REPLAYED)
    return [await _replayed(side, after) for _ in range(times)]


async def _replayed(side: Side, after: str) -> Sample:
    await side.audience.connect(1)
    side.audience.clear()
    meter = Meter(side)
    await side.audience.subscribe([{"query": REPLAY, "variables": {"after": after}}])
    await side.audience.tally.until(REPLAYED)
    sample = meter.sample(REPLAYED)
    side.audience.close()
    return sample


async def saturated(side: Side) -> Sample:
    """A pile of changes, from the first delivery to the last."""
    audience, tally = side.audience, side.audience.tally
    audience.clear()
    wanted = side.burst * len(audience.subscribers) // TOPICS
    meter = Meter(side)
    await asyncio.gather(side.publish_many(side.burst), tally.until(wanted))
    return meter.sample(wanted, tally.last_at - tally.first_at)


async def paced(side: Side, seconds: float) -> Sample:
    """One change after another, each by a request."""
    audience, sent = side.audience, [list[float]() for _ in range(TOPICS)]
    audience.clear()
    changes = max(TOPICS, round(seconds * PER_SECOND / TOPICS) * TOPICS)
    wanted = changes * len(audience.subscribers) // TOPICS
    meter = Meter(side)
    async with asyncio.TaskGroup() as requests:
        for number in range(changes):
            await asyncio.sleep(meter.began + number / PER_SECOND - time.perf_counter())
            sent[number % TOPICS].append(time.perf_counter())
            requests.create_task(side.publish(number % TOPICS))
    await audience.tally.until(wanted)
    sample = meter.sample(wanted)
    latencies = _latencies(audience, sent)
    median, p99 = latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
    return replace(sample, median_latency=median, p99_latency=p99)


def _latencies(audience: Audience, sent: list[list[float]]) -> list[float]:
    """Of every delivery, in order; what a topic's subscribers are told has the order of writing."""
    return sorted(
        arrived - left
        for number, subscriber in enumerate(audience.subscribers)
        for left, arrived in zip(sent[number % TOPICS], subscriber.times, strict=True)
    )
