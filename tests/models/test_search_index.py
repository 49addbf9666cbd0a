"""The search index follows every write, whoever makes it: here by plain SQL, past all our code."""

from typing import Any

import pytest

from loaders.viewer import Viewer
from models.search_index import backfill
from models.session import Session
from tests.reads.rows import Rows


@pytest.fixture
def rows(viewer: Viewer) -> Rows:
    return Rows(viewer)


@pytest.fixture
async def session(rows: Rows) -> Session:
    """A session with text in everything that is indexed."""
    contact = rows.contact("Ada Lovelace", email="Ada@Example.com", phone="+15550101")
    session = rows.session(
        contact,
        agent_id=rows.agent("Grace").id,
        short_id="ABCD1234",
        external_id="Order-77",
        summary_text="Wants a Refund",
        topic="Billing",
        metadata={"plan": "Pro", "seats": [12, {"row": "12A"}], "paid": True, "note": None},
    )
    rows.comment(session, "Please call")
    rows.message(session, 1, text="Where is my Parcel?")
    rows.message(session, 2, text=None)
    await rows.save()
    return session


async def write(viewer: Viewer, sql: str, *parameters: Any) -> None:
    """One statement, and what the database itself does about it."""
    async with viewer.database.transaction() as transaction:
        await transaction.fetch(sql, parameters)


async def indexed(viewer: Viewer, session: Session, column: str) -> object:
    sql = f"SELECT {column} FROM session_search WHERE id = ?"
    found = await viewer.fetch(sql, (session.id,))
    assert len(found) == 1
    return found[0][0]


async def found(viewer: Viewer, term: str) -> set[int]:
    """The sessions that SQLite's index gives for a term; on PostgreSQL it cannot go astray."""
    if viewer.dialect == "postgres":
        sql = "SELECT id FROM session_search WHERE workspace_id = ? AND document LIKE ?"
        return {row[0] for row in await viewer.fetch(sql, (viewer.workspace_id, f"%{term}%"))}
    sql = "SELECT rowid FROM session_fts WHERE session_fts MATCH ?"
    return {row[0] for row in await viewer.fetch(sql, (f'"{term}"',))}


async def said(viewer: Viewer, term: str) -> list[int]:
    """The messages that the index has for a term."""
    if viewer.dialect == "postgres":
        sql = (
            "SELECT sequence FROM message WHERE workspace_id = ? AND deleted_at IS NULL"
            " AND fold(text) LIKE ?"
        )
        return [row[0] for row in await viewer.fetch(sql, (viewer.workspace_id, f"%{term}%"))]
    sql = (
        "SELECT m.sequence FROM message_fts JOIN message m ON m.id = message_fts.rowid"
        " WHERE message_fts MATCH ?"
    )
    return [row[0] for row in await viewer.fetch(sql, (f'"{term}"',))]


async def check_integrity(viewer: Viewer) -> None:
    """Raises when FTS5's index is not that of its content."""
    if viewer.dialect == "sqlite":
        await write(viewer, "INSERT INTO session_fts (session_fts, rank) VALUES (?, 1)", CHECK)
        await write(viewer, "INSERT INTO message_fts (message_fts) VALUES (?)", CHECK)


CHECK = "integrity-check"


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("short_id", "abcd1234"),
        ("external_id", "order-77"),
        ("summary", "wants a refund"),
        ("topic", "billing"),
        ("contact_name", "ada lovelace"),
        ("contact_email", "ada@example.com"),
        ("contact_phone", "+15550101"),
        ("agent_name", "grace"),
        ("comment", "please call"),
    ],
)
async def test_a_new_session_is_indexed_folded(
    viewer: Viewer, session: Session, column: str, text: str
) -> None:
    assert await indexed(viewer, session, column) == text


async def test_keys_texts_and_numbers_of_metadata_are_indexed(
    viewer: Viewer, session: Session
) -> None:
    text = await indexed(viewer, session, "metadata")

    keys = ["note", "paid", "plan", "row", "seats"]
    assert sorted(str(text).split("\x1f")) == sorted([*keys, "12", "12a", "pro"])


@pytest.mark.parametrize(
    ("sql", "gone", "new"),
    [
        ("UPDATE session SET summary_text = 'Asks for Credit'", "refund", "credit"),
        ("UPDATE session SET topic = NULL, external_id = 'Case-99'", "billing", "case-99"),
        ('UPDATE session SET metadata = \'{"plan": "Basic"}\'', "12a", "basic"),
        ("UPDATE session SET agent_id = NULL, short_id = 'ZZZZ9999'", "grace", "zzzz9999"),
        ("UPDATE contact SET name = 'Ädä King', email = NULL", "lovelace", "ada king"),
        ("UPDATE contact SET phone = '+4930'", "15550101", "+4930"),
        ("UPDATE agent SET name = 'Hopper'", "grace", "hopper"),
        ("UPDATE comment SET body = 'Done'", "please", "done"),
    ],
)
async def test_a_change_is_indexed(
    viewer: Viewer, session: Session, sql: str, gone: str, new: str
) -> None:
    assert await found(viewer, gone) == {session.id}

    await write(viewer, f"{sql} WHERE workspace_id = ?", viewer.workspace_id)

    assert (await found(viewer, gone), await found(viewer, new)) == (set(), {session.id})
    await check_integrity(viewer)


async def test_a_session_that_moves_to_another_contact_is_found_by_the_new_name(
    viewer: Viewer, rows: Rows, session: Session
) -> None:
    other = rows.contact("Somebody Else")
    await rows.save()

    await write(viewer, "UPDATE session SET contact_id = ? WHERE id = ?", other.id, session.id)

    assert await indexed(viewer, session, "contact_name") == "somebody else"


async def test_renaming_a_contact_leaves_sessions_of_others(
    viewer: Viewer, rows: Rows, session: Session
) -> None:
    other = rows.session(rows.contact("Ada Byron"))
    await rows.save()

    await write(viewer, "UPDATE contact SET name = 'Zoe' WHERE id = ?", session.contact_id)

    assert await found(viewer, "zoe") == {session.id}
    assert await found(viewer, "ada byron") == {other.id}


async def test_comments_are_indexed_in_order_and_leave_with_their_rows(
    viewer: Viewer, rows: Rows, session: Session
) -> None:
    rows.comment(session, "Called back")
    await rows.save()
    assert await indexed(viewer, session, "comment") == "please call\x1fcalled back"

    await write(viewer, "DELETE FROM comment WHERE session_id = ?", session.id)

    assert await indexed(viewer, session, "comment") is None
    assert await found(viewer, "called") == set()


async def test_a_message_is_found_until_it_is_edited_or_deleted(
    viewer: Viewer, session: Session
) -> None:
    own = "WHERE sequence = 1 AND session_id = ?"
    assert await said(viewer, "parcel") == [1]

    await write(viewer, f"UPDATE message SET text = 'Never mind' {own}", session.id)
    assert (await said(viewer, "parcel"), await said(viewer, "never mind")) == ([], [1])

    moment = "'2026-03-01T00:00Z'" if viewer.dialect == "postgres" else "1"
    await write(viewer, f"UPDATE message SET deleted_at = {moment} {own}", session.id)
    assert await said(viewer, "never mind") == []

    await write(viewer, f"UPDATE message SET deleted_at = NULL {own}", session.id)
    assert await said(viewer, "never mind") == [1]

    await write(viewer, f"DELETE FROM message {own}", session.id)
    assert await said(viewer, "never mind") == []
    await check_integrity(viewer)


async def test_text_leaves_with_its_session(viewer: Viewer, session: Session) -> None:
    await write(viewer, "DELETE FROM session WHERE id = ?", session.id)

    sql = "SELECT COUNT(*) FROM session_search WHERE workspace_id = ?"
    assert (await viewer.fetch(sql, (viewer.workspace_id,)))[0][0] == 0
    assert (await found(viewer, "refund"), await said(viewer, "parcel")) == (set(), [])
    await check_integrity(viewer)


async def test_text_leaves_with_its_workspace(viewer: Viewer, session: Session) -> None:
    await write(viewer, "DELETE FROM workspace WHERE id = ?", viewer.workspace_id)

    assert (await found(viewer, "refund"), await said(viewer, "parcel")) == (set(), [])
    assert await viewer.fetch("SELECT 1 FROM session_search WHERE id = ?", (session.id,)) == []


async def test_a_rolled_back_write_leaves_the_index_as_it_was(
    viewer: Viewer, session: Session
) -> None:
    async def fail() -> None:
        async with viewer.database.transaction() as transaction:
            sql = "UPDATE session SET topic = 'Other' WHERE id = ?"
            await transaction.fetch(sql, (session.id,))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await fail()

    assert await found(viewer, "billing") == {session.id}


async def test_what_is_missing_is_indexed_again_with_everything_else(
    viewer: Viewer, session: Session
) -> None:
    if viewer.dialect == "sqlite":
        await write(viewer, "INSERT INTO message_fts (message_fts) VALUES ('delete-all')")
    await write(viewer, "DELETE FROM session_search WHERE workspace_id = ?", viewer.workspace_id)
    assert await found(viewer, "refund") == set()

    for statement in backfill(viewer.dialect):
        await write(viewer, statement)

    assert (await found(viewer, "refund"), await said(viewer, "parcel")) == ({session.id}, [1])
