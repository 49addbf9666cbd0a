"""Migrations: once, in turns, complete, and without losing a row, on both databases."""

import asyncio
import os
import secrets
import shutil
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector

from loaders.viewer import Viewer
from models.change import ChangeValue
from models.comment import Comment
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.errors import Unprepared
from models.idempotency import IdempotencyRecord
from models.keys import new_key
from models.migrate import MIGRATIONS, migrate
from models.record import Dialect, Record, make, related_model, table_name
from models.saved_view import SavedView
from resolvers.administration import create_key, create_workspace
from server.demo.load import load_demo
from tests.architecture.rows import row_types
from tests.conftest import POSTGRES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.joinpath(*MIGRATIONS.split("."))
ALL = sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))
NOW = datetime(2026, 3, 1, tzinfo=UTC)

_INVENTORY: dict[Dialect, tuple[str, ...]] = {
    "sqlite": (
        # A rebuilt table has its unique constraints as indexes: equal in all but name and place.
        "SELECT name, sql FROM sqlite_master"
        " WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND name NOT LIKE 'uid_%'",
        'SELECT t.name, i."unique", i.partial,'
        " (SELECT group_concat(coalesce(c.name, 'expression'))"
        " FROM pragma_index_xinfo(i.name) c WHERE c.key)"
        " FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table'",
        'SELECT t.name, c.name, c.type, c."notnull", c.pk, c.dflt_value'
        " FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
        'SELECT t.name, f."table", f."from", f."to", f.on_delete'
        " FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
    ),
    "postgres": (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
        "SELECT table_name, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = current_schema()",
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = current_schema()::regnamespace",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
    ),
}  # fmt: skip
"""Everything but rows: what was made on tables, columns, references and functions."""


@pytest.fixture(params=["sqlite", "postgres"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[str]:
    """A database that was never migrated."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/new.db"
        return
    base = os.environ.get(POSTGRES)
    if not base:
        pytest.skip(f"{POSTGRES} is not set")
    schema = f"sessiongraph_migrations_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(base)
    await connection.execute(f'CREATE SCHEMA "{schema}"')
    try:
        yield f"{base}?schema={schema}"
    finally:
        await connection.execute(f'DROP SCHEMA "{schema}" CASCADE')
        await connection.close()


async def test_an_empty_database_is_migrated_once(empty_url: str) -> None:
    url = DatabaseUrl.parse(empty_url)

    assert await migrate(url) == ALL
    assert await migrate(url) == []


async def test_two_processes_that_migrate_at_once_take_turns(empty_url: str) -> None:
    environment = {**os.environ, "SESSIONGRAPH_DATABASE_URL": empty_url}

    async def run() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", "migrate"),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode, output

    async with asyncio.timeout(60):
        results = await asyncio.gather(run(), run())

    applied = f"Applied {', '.join(ALL)}.\n".encode()
    assert sorted(results) == [(0, applied), (0, b"Nothing to apply.\n")]


async def test_a_database_without_trigrams_is_refused_in_one_sentence() -> None:
    base = os.environ.get(POSTGRES)
    if not base:
        pytest.skip(f"{POSTGRES} is not set")
    name = f"sessiongraph_bare_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(base)
    try:
        await connection.execute(f"CREATE ROLE {name} LOGIN")
        await connection.execute(f"CREATE DATABASE {name}")
        place = urlsplit(base)
        url = f"postgres://{name}@{place.hostname}:{place.port or 5432}/{name}"

        with pytest.raises(Unprepared, match=r"extension pg_trgm.*permission denied.*superuser"):
            await migrate(DatabaseUrl.parse(url))
    finally:
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        await connection.execute(f"DROP ROLE IF EXISTS {name}")
        await connection.close()


async def test_the_migrations_make_what_the_models_declare(tmp_path: Path) -> None:
    url = DatabaseUrl.parse(f"sqlite://{tmp_path}/unused.db")

    async with Database(url):
        assert Tortoise.apps is not None
        detector = MigrationAutodetector(
            Tortoise.apps, url.tortoise_config(1, migrating=True)["apps"]
        )
        missing = [
            operation for writer in await detector.changes() for operation in writer.operations
        ]

    assert missing == []


async def test_changing_every_parent_table_loses_neither_rows_nor_indexes(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = DatabaseUrl.parse(empty_url)
    await migrate(url)
    async with Database(url) as database:
        await _fill(database)
        counts, inventory = await _counts(database), await _inventory(database)
        parents = sorted({parent for model in row_types() for parent in _parents(model)})
    assert [table for table, count in counts.items() if not count] == []

    operations = [
        step.format(parent)
        for parent in parents
        for step in (
            "ops.AddField('{}', 'scratch', fields.TextField(null=True))",
            "ops.AlterField('{}', 'scratch', fields.CharField(max_length=9, null=True))",
            "ops.RemoveField('{}', 'scratch')",
        )
    ]
    applied = await migrate(url, _package(tmp_path, monkeypatch, operations))

    assert applied == ["9999_scratch"]
    async with Database(url) as database:
        assert await _counts(database) == counts
        assert await _inventory(database) == inventory
        if url.dialect == "sqlite":
            assert await database.lane().fetch("PRAGMA foreign_key_check") == []


async def test_a_table_that_was_changed_is_still_indexed_for_search(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = DatabaseUrl.parse(empty_url)
    await migrate(url)
    async with Database(url) as database:
        await _fill(database)
        before = await _search_index(database)
    names = ("Session", "Contact", "Agent", "Comment", "Message")
    operations = [
        f"ops.AddField('{name}', 'scratch', fields.TextField(null=True))" for name in names
    ]
    operations += [f"ops.RemoveField('{name}', 'scratch')" for name in names]

    await migrate(url, _package(tmp_path, monkeypatch, operations))

    async with Database(url) as database:
        assert await _search_index(database) == before
        async with database.transaction() as transaction:
            for sql in (
                "UPDATE session SET topic = 'Quokka'",
                "UPDATE contact SET name = 'Quoll'",
                "UPDATE agent SET name = 'Numbat'",
                "UPDATE comment SET body = 'Bilby'",
                "UPDATE message SET text = 'Potoroo' WHERE sequence = 1",
                "DELETE FROM message WHERE sequence = 2",
            ):
                await transaction.fetch(sql)
        after = await _search_index(database)
    assert len(after) == len(before)
    assert {row[1] for row in after} == {"quokka"}
    assert {row[2] for row in after} == {"quoll"}
    assert {row[3] for row in after} <= {"numbat", None}
    assert [row[4] for row in after if row[4]] == ["bilby"]


async def _search_index(database: Database) -> list[tuple[object, ...]]:
    if database.dialect == "sqlite":  # raises when an index is not that of its text
        async with database.transaction() as transaction:
            for table in ("session_fts", "message_fts"):
                await transaction.fetch(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', ?)",
                    (int(table == "session_fts"),),
                )
    sql = "SELECT id, topic, contact_name, agent_name, comment FROM session_search ORDER BY id"
    return [tuple(row) for row in await database.lane().fetch(sql)]


async def test_a_removed_column_takes_along_only_the_indexes_that_name_it(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = DatabaseUrl.parse(empty_url)
    await migrate(url)
    async with Database(url) as database:
        before = (await _inventory(database))[0]

    await migrate(url, _package(tmp_path, monkeypatch, ["ops.RemoveField('Session', 'topic')"]))

    async with Database(url) as database:
        after = (await _inventory(database))[0]
    gone = before - after
    assert not after - before
    assert len(gone) == 1
    assert "topic" in str(gone)


def _package(folder: Path, monkeypatch: pytest.MonkeyPatch, operations: list[str]) -> str:
    """A copy of the migrations with one more at their end; returns its dotted name."""
    name = f"scratch_{secrets.token_hex(6)}"
    shutil.copytree(FOLDER, folder / name)
    listed = "".join(f"        {operation},\n" for operation in operations)
    (folder / name / "9999_scratch.py").write_text(
        "from tortoise import fields, migrations\n"
        "from tortoise.migrations import operations as ops\n\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('models', {ALL[-1]!r})]\n"
        f"    operations = [\n{listed}    ]\n"
    )
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return name


async def _fill(database: Database) -> None:
    """At least one row in every table, and children of every parent."""
    workspace = await create_workspace(database, "test")
    viewer = Viewer(database, workspace, "tester", frozenset(Scope))
    await load_demo(viewer)
    await create_key(database, workspace, "key", (Scope.SESSIONS_READ,))
    session_id = (await viewer.fetch("SELECT MAX(id) FROM session"))[0][0]
    own = {"workspace_id": workspace.id, "created_at": NOW}
    comment = make(
        Comment, id=new_key(), session_id=session_id, body="Well done.", author="Ada", **own
    )
    answer = make(IdempotencyRecord, id=new_key(), key="k", fingerprint="f", answer={}, **own)
    view = make(SavedView, id=new_key(), name="Open", owner="Ada", updated_at=NOW, **own)
    async with database.transaction() as transaction:
        await transaction.insert(Comment, [comment])
        await transaction.insert(SavedView, [view])
        await transaction.insert(IdempotencyRecord, [answer])
        await transaction.insert(ChangeValue, [make(ChangeValue, id=new_key(), before=1, after=2)])


def _parents(model: type[Record]) -> set[str]:
    """The names of the models that its foreign keys point at."""
    return {related_model(model, name).__name__ for name in model.declared().fk_fields}


async def _counts(database: Database) -> dict[str, int]:
    lane = database.lane()
    return {
        table: (await lane.fetch(f'SELECT COUNT(*) FROM "{table}"'))[0][0]
        for table in sorted(map(table_name, row_types()))
    }


async def _inventory(database: Database) -> list[Counter[tuple[object, ...]]]:
    lane = database.lane()
    return [
        Counter(tuple(row) for row in await lane.fetch(sql)) for sql in _INVENTORY[database.dialect]
    ]
