"""The floor of the timeline page: the same JSON from the same rows by hand, without GraphQL.

Starlette, the raw driver and orjson. It reads as the application does, five statements with only
the columns needed, and builds the answer in place; it neither checks a key nor an argument.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.contact import mask_email, mask_phone
from models.database_url import DatabaseUrl
from models.fields import to_milliseconds
from resolvers.administration import DEFAULT_WORKSPACE
from tests.benchmarks.stores import Connection, Store, opened

PATH = "/timeline"

_SESSIONS = """
SELECT id, short_id, status, activity, started_at, ended_at, channel_type, contact_id, agent_id
FROM session WHERE workspace_id = $1 AND NOT is_archived {beyond}
ORDER BY started_at DESC, id DESC LIMIT $2
"""
_BEYOND = "AND started_at <= $3 AND (started_at < $3 OR id < $4)"
_CONTACTS = "SELECT id, name, phone, email, avatar_url FROM contact WHERE id {among}"
_AGENTS = "SELECT id, name FROM agent WHERE id {among}"
_LABELS = """
SELECT s.session_id, l.name, l.color FROM session_label s JOIN label l ON l.id = s.label_id
WHERE s.session_id {among} ORDER BY s.applied_at, s.id
"""
_VALUES = """
SELECT v.session_id, f.key, v.text, v.number, v.date, v.boolean, v.choices
FROM session_field_value v JOIN custom_field f ON f.id = v.field_id
WHERE v.session_id {among} ORDER BY f.key, v.id
"""

Row = Sequence[Any]
Json = dict[str, Any]


def floor(url: DatabaseUrl, cursor_mark: str) -> Starlette:
    """The application; its cursors begin with the mark that the real one's have."""
    pages = _Pages(cursor_mark)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with opened(url) as store:
            await pages.open(store)
            yield

    return Starlette(routes=[Route(PATH, pages.answer, methods=["POST"])], lifespan=lifespan)


class _Pages:
    def __init__(self, mark: str) -> None:
        self._mark = mark

    async def open(self, store: Store) -> None:
        self._store = store
        self._first = _SESSIONS.format(beyond="")
        self._next = _SESSIONS.format(beyond=_BEYOND)
        self._contacts, self._agents, self._labels, self._values = (
            sql.format(among=store.among) for sql in (_CONTACTS, _AGENTS, _LABELS, _VALUES)
        )
        async with store.connection() as connection:
            sql = "SELECT id FROM workspace WHERE name = $1"
            self._workspace = (await connection.fetch(sql, DEFAULT_WORKSPACE))[0][0]

    async def answer(self, request: Request) -> Response:
        """A page: `{"first": 50, "after": null}`."""
        asked = orjson.loads(await request.body())
        first, after = asked["first"], asked["after"]
        async with self._store.connection() as connection:
            found = await self._sessions(connection, first, after)
            nodes = await self._nodes(connection, found[:first])
        end = self._cursor(found[:first][-1]) if found else None
        info = {"hasNextPage": len(found) > first, "endCursor": end}
        body = {"data": {"sessions": {"nodes": nodes, "pageInfo": info}}}
        return Response(orjson.dumps(body), media_type="application/json")

    async def _sessions(
        self, connection: Connection, first: int, after: str | None
    ) -> Sequence[Row]:
        if after is None:
            return await connection.fetch(self._first, self._workspace, first + 1)
        _mark, at, key = orjson.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        instant = self._store.instant(at)
        return await connection.fetch(self._next, self._workspace, first + 1, instant, key)

    async def _nodes(self, connection: Connection, sessions: Sequence[Row]) -> list[Json]:
        keys = self._store.keys
        ids = keys([row[0] for row in sessions])
        contact_ids = keys(list({row[7] for row in sessions}))
        agent_ids = keys(list({row[8] for row in sessions if row[8] is not None}))
        contacts = {
            row[0]: _contact(row) for row in await connection.fetch(self._contacts, contact_ids)
        }
        agents = {
            row[0]: {"name": row[1]} for row in await connection.fetch(self._agents, agent_ids)
        }
        labels = _grouped(
            (row[0], {"label": {"name": row[1], "color": row[2]}})
            for row in await connection.fetch(self._labels, ids)
        )
        values = _grouped(
            (row[0], {"key": row[1], "display": self._display(row)})
            for row in await connection.fetch(self._values, ids)
        )
        now = datetime.now(UTC)
        return [
            {
                **self._plain(row, now),
                "contact": contacts[row[7]],
                "agent": agents.get(row[8]),
                "labels": labels[row[0]],
                "customFields": values[row[0]],
            }
            for row in sessions
        ]

    def _plain(self, row: Row, now: datetime) -> Json:
        started = self._store.moment(row[4])
        ended = now if row[5] is None else self._store.moment(row[5])
        return {
            "id": _packed(f"Session:{row[0]}".encode()),
            "shortId": row[1],
            "status": row[2],
            "activity": row[3],
            "startedAt": _rfc3339(started),
            "duration": (ended - started).total_seconds(),
            "channelType": row[6],
        }

    def _display(self, row: Row) -> str:
        _session, _key, text, number, date, boolean, choices = row
        if text is not None:
            return str(text)
        if number is not None:
            return f"{number:.15g}"
        if date is not None:
            return _rfc3339(self._store.moment(date))
        if boolean is not None:
            return "true" if boolean else "false"
        return ", ".join(orjson.loads(choices)) if choices is not None else ""

    def _cursor(self, row: Row) -> str:
        at = to_milliseconds(self._store.moment(row[4]))
        return _packed(orjson.dumps([self._mark, at, row[0]]))


def _contact(row: Row) -> Json:
    _key, name, phone, email, avatar = row
    shown = name or (mask_phone(phone) if phone else mask_email(email) if email else "User")
    return {"displayName": shown, "avatarUrl": avatar}


def _grouped(pairs: Iterable[tuple[int, Json]]) -> defaultdict[int, list[Json]]:
    groups: defaultdict[int, list[Json]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _packed(text: bytes) -> str:
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
