"""Streams of one workspace share what they read of the same state of the log."""

import asyncio

import pytest

from loaders.contact import contacts_by_id
from loaders.session import sessions_by_id
from loaders.shared import Shared
from loaders.viewer import Viewer
from models.errors import Overloaded
from tests.reads.rows import Rows


async def test_each_row_is_read_once_however_many_ask_and_in_their_order(viewer: Viewer) -> None:
    rows = Rows(viewer)
    keys = [rows.session().id for _ in range(3)]
    await rows.save()
    statements: list[str] = []
    viewer.database.on_statement = statements.append
    shared = Shared()

    both = await asyncio.gather(
        shared.rows(sessions_by_id, viewer, keys[:2]),
        shared.rows(sessions_by_id, viewer, [keys[1], 1, keys[0], keys[1]]),
    )
    again = await shared.rows(sessions_by_id, viewer, keys)

    found = [[row and row.id for row in some] for some in (*both, again)]
    assert found == [keys[:2], [keys[1], None, keys[0], keys[1]], keys]
    assert len(statements) == 3  # the first two, the one that is not there, and the third
    assert await shared.rows(contacts_by_id, viewer, keys) == [None] * 3


async def test_a_read_that_fails_is_made_again_and_one_that_is_given_up_goes_on() -> None:
    shared, begun, may_end = Shared(), asyncio.Event(), asyncio.Event()
    reads: list[int] = []

    async def read() -> int:
        reads.append(len(reads))
        begun.set()
        await may_end.wait()
        if reads == [0]:
            raise Overloaded("away")
        return len(reads)

    first = [asyncio.create_task(shared.once("key", read)) for _ in range(2)]
    await begun.wait()
    may_end.set()
    assert [type(error) for error in await asyncio.gather(*first, return_exceptions=True)] == [
        Overloaded
    ] * 2

    may_end.clear()
    begun.clear()
    second = [asyncio.create_task(shared.once("key", read)) for _ in range(2)]
    await begun.wait()
    second[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await second[0]
    may_end.set()

    assert (await second[1], await shared.once("key", read), reads) == (2, 2, [0, 1])
