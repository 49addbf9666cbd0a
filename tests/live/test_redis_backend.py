"""What the backend does with more messages than anybody takes."""

import asyncio

from subscriptions.redis_backend import GAP, RedisBackend
from tests.live.test_hub import LONG, NOTHING
from tests.redis_server import RedisServer

CHANNEL = "sessiongraph.test"


async def test_messages_that_nobody_takes_become_one_gap(redis: RedisServer) -> None:
    backend = RedisBackend(redis.url)
    await backend.subscribe(CHANNEL)
    async with asyncio.timeout(LONG):
        assert (await backend.next_published()).message == GAP  # it follows

        await redis.tell(CHANNEL, *map(str, range(1, 1_501)))
        await asyncio.sleep(NOTHING)
        taken = [(await backend.next_published()).message for _ in range(500)]
    await backend.disconnect()

    assert taken == [GAP, *map(str, range(1_002, 1_501))]
