"""The rows of a message and of a session's end, written by hand through the raw drivers."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import asyncpg

from models.change import Change, ChangeKind, ChangeValue, EntityType
from models.database_url import DatabaseUrl
from models.enums import (
    ActorType,
    MessageContentType,
    SessionActivity,
    SessionEndReason,
    SessionEventKind,
    SessionStatus,
)
from models.keys import new_key
from models.message import Message
from models.record import Dialect, Record, columns, encoder, make, table_name
from models.session import Session
from models.session_event import SessionEvent
from models.text import fold

_POOL_SIZE = 10
_SEEN = 'UPDATE "contact" SET last_seen_at = {0} WHERE id = {1} AND last_seen_at < {0}'
_SAID = 'UPDATE "conversation" SET last_message_at = {0} WHERE id = {1}'
_HEAD = 'UPDATE "head" SET seq = seq + 1 WHERE id = {0} RETURNING seq'

Statement = tuple[str, tuple[Any, ...]]
_READ = 'SELECT last_sequence, message_count, version FROM "session" WHERE id = {0}'


class Connection(Protocol):
    """One transaction of a raw driver."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """The rows of a statement."""
        ...


@dataclass(frozen=True)
class ByHand:
    """Writes with one transaction each; `begin` opens it."""

    dialect: Dialect
    begin: Any

    async def append(self, session: Session) -> None:
        """A message, the session's counters, and the change."""
        now = _now()
        async with self.begin() as connection:
            last, messages, version = (await self._fetch(connection, _READ, session.id))[0]
            message = make(
                Message,
                id=new_key(now),
                workspace_id=session.workspace_id,
                session_id=session.id,
                sequence=last + 1,
                sender_type=ActorType.CONTACT,
                content_type=MessageContentType.TEXT,
                text="Hi",
                sent_at=now,
            )
            await self._insert(connection, message)
            written = {
                "last_sequence": last + 1,
                "message_count": messages + 1,
                "contact_message_count": messages + 1,
                "last_message_at": now,
                "last_activity_at": now,
                "participants": session.participants,
                "closes_at": now + timedelta(minutes=30),
                "next_transition_at": now + timedelta(minutes=10),
                "version": version + 1,
                "updated_at": now,
            }
            await self._update(connection, session, written)
            await self._fetch(connection, _SEEN, now, session.contact_id)
            await self._fetch(connection, _SAID, now, session.conversation_id)
            await self._change(connection, session, written, now)

    async def end(self, session: Session) -> None:
        """An event, the session's end, and the change with its values."""
        now = _now()
        async with self.begin() as connection:
            version = (await self._fetch(connection, _READ, session.id))[0][2]
            event = make(
                SessionEvent,
                id=new_key(now),
                workspace_id=session.workspace_id,
                session_id=session.id,
                kind=SessionEventKind.ENDED,
                at=now,
                actor_type=ActorType.SYSTEM,
            )
            await self._insert(connection, event)
            written = {
                "status": SessionStatus.COMPLETED,
                "activity": SessionActivity.ENDED,
                "end_reason": SessionEndReason.UNKNOWN,
                "ended_by": ActorType.SYSTEM,
                "ended_at": now,
                "closes_at": None,
                "next_transition_at": None,
                "analysis_due_at": now,
                "participants": session.participants,
                "duration_ms": 60_000,
                "version": version + 1,
                "updated_at": now,
            }
            await self._update(connection, session, written)
            change = await self._change(connection, session, written, now)
            after = {"status": "COMPLETED", "activity": "ENDED"}
            await self._insert(connection, make(ChangeValue, id=change, before={}, after=after))

    async def _change(
        self, connection: Connection, session: Session, written: Mapping[str, Any], now: datetime
    ) -> int:
        seq = (await self._fetch(connection, _HEAD, session.workspace_id))[0][0]
        change = make(
            Change,
            id=new_key(now),
            workspace_id=session.workspace_id,
            seq=seq,
            entity_type=EntityType.SESSION,
            entity_id=session.id,
            session_id=session.id,
            kind=ChangeKind.UPDATED,
            fields=sorted(written),
            actor="by hand",
            actor_type=ActorType.SYSTEM,
            at=now,
        )
        await self._insert(connection, change)
        return change.id

    async def _insert(self, connection: Connection, row: Record) -> None:
        names = columns(type(row))
        marks = ", ".join(self._mark(place) for place in range(len(names)))
        listed = ", ".join(f'"{name}"' for name in names)
        sql = f'INSERT INTO "{table_name(type(row))}" ({listed}) VALUES ({marks})'
        await connection.fetch(sql, encoder(type(row), self.dialect, names)([row])[0])

    async def _update(
        self, connection: Connection, session: Session, written: Mapping[str, Any]
    ) -> None:
        vars(session).update(written)
        names = (*written, "id")
        listed = ", ".join(f'"{name}" = {self._mark(i)}' for i, name in enumerate(written))
        sql = f'UPDATE "session" SET {listed} WHERE id = {self._mark(len(written))}'
        await connection.fetch(sql, encoder(Session, self.dialect, names)([session])[0])

    async def _fetch(self, connection: Connection, sql: str, *values: Any) -> Any:
        """Of a statement whose instants come first."""
        given = [_instant(value, self.dialect) for value in values]
        return await connection.fetch(sql.format(*map(self._mark, range(len(given)))), given)

    def _mark(self, place: int) -> str:
        return f"?{place + 1}" if self.dialect == "sqlite" else f"${place + 1}"


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _instant(value: Any, dialect: Dialect) -> Any:
    if dialect == "sqlite" and isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    return value


class _Sqlite:
    """One connection, called synchronously; writers take turns, as SQLite makes them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        return self._connection.execute(sql, values).fetchall()

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Connection]:
        async with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self
            self._connection.execute("COMMIT")


class _Postgres:
    """A connection of the pool."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = await self._connection.fetch(sql, *values)
        return rows


@asynccontextmanager
async def by_hand(url: DatabaseUrl) -> AsyncGenerator[ByHand]:
    """The writes of a URL, with the settings that the application's own connections have."""
    config = url.tortoise_config(_POOL_SIZE, migrating=False)["connections"]
    if url.dialect == "sqlite":
        pragmas = dict(config["sqlite"]["credentials"])
        connection = sqlite3.connect(pragmas.pop("file_path"), isolation_level=None)
        connection.create_function("fold", 1, fold, deterministic=True)
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")
        yield ByHand("sqlite", _Sqlite(connection).begin)
        connection.close()
        return
    options = dict(config["postgres"]["credentials"])
    path = {"search_path": options.pop("schema", "public")}
    options["server_settings"] = {**options["server_settings"], **path}
    size = options.pop("maxsize")
    async with asyncpg.create_pool(**options, min_size=1, max_size=size) as pool:

        @asynccontextmanager
        async def begin() -> AsyncGenerator[Connection]:
            async with pool.acquire() as connection, connection.transaction():
                yield _Postgres(connection)

        yield ByHand("postgres", begin)
