"""The door to the database: lanes, transactions, and rows that come back as they went in."""

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loaders.viewer import Viewer
from models.database import Contention, Database, Lane, records
from models.errors import Overloaded
from models.goal import Goal
from models.keys import new_key, short_id
from models.record import columns, make, selection
from models.workspace import Workspace

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def goal(workspace: Workspace, key: str, value: Decimal | None = None) -> Goal:
    return make(
        Goal,
        id=new_key(),
        workspace_id=workspace.id,
        key=key,
        name=key,
        value=value,
        created_at=NOW,
    )


async def goals(database: Database, workspace: Workspace) -> list[Goal]:
    sql = f"SELECT {selection(Goal, 'g')} FROM goal g WHERE workspace_id = ? ORDER BY g.id"
    return await records(database.lane(), Goal, sql, (workspace.id,))


def values(row: Goal) -> list[Any]:
    return [getattr(row, name) for name in columns(Goal)]


async def test_a_first_read_starts_no_thread_that_could_be_left_behind(database: Database) -> None:
    before = threading.enumerate()

    for lane in Lane:
        await database.lane(lane).fetch("SELECT 1")

    assert threading.enumerate() == before


@pytest.mark.parametrize("count", [1, 8, 31, 32, 73, 585])
async def test_inserted_rows_come_back_equal(
    database: Database, workspace: Workspace, count: int
) -> None:
    amounts = [None, Decimal(0), Decimal("1.5"), Decimal("99999999999.9999"), Decimal(-3)]
    rows = [goal(workspace, f"g{i}", amounts[i % 5]) for i in range(count)]

    async with database.transaction() as transaction:
        await transaction.insert(Goal, rows)

    found = await goals(database, workspace)
    assert [values(row) for row in found] == [values(row) for row in rows]
    assert all(isinstance(row, Goal) for row in found)


async def test_updated_columns_are_written_and_the_others_left(
    database: Database, workspace: Workspace
) -> None:
    row = goal(workspace, "g", Decimal(1))
    async with database.transaction() as transaction:
        await transaction.insert(Goal, [row])
        vars(row).update(name="renamed", value=Decimal("2.25"), created_at=NOW + timedelta(1))
        await transaction.update(row, "name", "value")

    found = (await goals(database, workspace))[0]
    assert (found.name, found.value, found.created_at) == ("renamed", Decimal("2.25"), NOW)


async def test_a_failed_block_writes_nothing(database: Database, workspace: Workspace) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await transaction.insert(Goal, [goal(workspace, "g")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert await goals(database, workspace) == []


async def test_a_taken_key_is_contention(database: Database, workspace: Workspace) -> None:
    with pytest.raises(Contention):
        async with database.transaction() as transaction:
            await transaction.insert(Goal, [goal(workspace, "same"), goal(workspace, "same")])

    assert await goals(database, workspace) == []


async def test_reads_go_on_beside_an_open_transaction(
    database: Database, workspace: Workspace
) -> None:
    async with database.transaction() as transaction:
        await transaction.insert(Goal, [goal(workspace, "g")])
        async with asyncio.timeout(2):
            seen = [await goals(database, workspace) for _lane in Lane]

    assert seen == [[], []]


async def test_a_read_lane_refuses_to_write(viewer: Viewer) -> None:
    if viewer.dialect == "postgres":
        pytest.skip("PostgreSQL has one pool for both")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await viewer.fetch("UPDATE head SET seq = 9 RETURNING id")


async def test_transactions_of_one_process_take_turns(
    database: Database, workspace: Workspace
) -> None:
    async def write(i: int) -> None:
        async with database.transaction() as transaction:
            await transaction.insert(Goal, [goal(workspace, f"g{i}")])

    await asyncio.gather(*(write(i) for i in range(20)))

    assert len(await goals(database, workspace)) == 20


@pytest.fixture
def held(tmp_path: Path, database: Database) -> sqlite3.Connection:
    """Another process that holds SQLite's write lock."""
    if database.dialect == "postgres":
        pytest.skip("PostgreSQL has no lock on the whole database")
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


async def test_a_writer_waits_for_another_process(
    database: Database, workspace: Workspace, held: sqlite3.Connection
) -> None:
    async def write() -> None:
        async with database.transaction() as transaction:
            await transaction.insert(Goal, [goal(workspace, "g")])

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    held.execute("COMMIT")
    await writing
    held.close()

    assert len(await goals(database, workspace)) == 1


async def test_a_cancelled_wait_for_the_lock_leaves_the_connection_usable(
    database: Database, workspace: Workspace, held: sqlite3.Connection
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), database.transaction():
            pass
    held.execute("COMMIT")
    held.close()

    async with asyncio.timeout(8), database.transaction() as transaction:
        await transaction.insert(Goal, [goal(workspace, "g")])
    assert len(await goals(database, workspace)) == 1


@pytest.mark.slow
async def test_a_lock_that_is_held_too_long_is_an_overload(
    database: Database, workspace: Workspace, held: sqlite3.Connection
) -> None:
    with pytest.raises(Overloaded):
        async with database.transaction():
            pass
    held.execute("COMMIT")
    held.close()

    async with database.transaction() as transaction:
        await transaction.insert(Goal, [goal(workspace, "g")])
    assert len(await goals(database, workspace)) == 1


async def test_keys_sort_by_time_and_short_ids_tell_them_apart() -> None:
    earlier, later = new_key(NOW), new_key(NOW + timedelta(milliseconds=1))
    many = {short_id(new_key(NOW)) for _ in range(10_000)}

    assert earlier < later < 1 << 63
    assert len(many) == 10_000
