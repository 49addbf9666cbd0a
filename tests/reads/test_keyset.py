"""Walking a list page by page yields every row once, in any order and either direction."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from loaders.keyset import Page, PageArguments, read_page, read_pages
from loaders.message import transcripts
from loaders.row_set import RowSet
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.enums import OrderDirection, SessionOrderField
from models.errors import InvalidCursor
from models.session import Session
from schema.inputs.session_order import SessionOrder
from tests.reads.rows import START, Rows, minutes

NAMES = ("Zoë", "ada", "Ada", None, "Ødegård", "ångström")
SIZES = (1, 2, 5, 24, 100)
Sort = Callable[[Session], Any]

SORTS: dict[SessionOrderField, Sort] = {
    SessionOrderField.STARTED_AT: lambda s: s.started_at,
    SessionOrderField.ENDED_AT: lambda s: s.ended_at,
    SessionOrderField.LAST_ACTIVITY_AT: lambda s: s.last_activity_at,
    SessionOrderField.UPDATED_AT: lambda s: s.updated_at,
    SessionOrderField.DURATION: lambda s: s.duration_ms,
    SessionOrderField.MESSAGE_COUNT: lambda s: s.message_count,
    SessionOrderField.QUALITY_STARS: lambda s: s.stars,
    SessionOrderField.ADDITIONAL_SECURED_REVENUE: lambda s: s.additional_secured_revenue,
}


async def sessions_with_ties_and_gaps(
    viewer: Viewer,
) -> tuple[list[Session], dict[int, str | None]]:
    """24 sessions: every column has equal values, and absent ones where it may."""
    rows = Rows(viewer)
    contacts = [rows.contact(name) for name in NAMES]
    made: list[Session] = []
    for number in range(24):
        shared: dict[str, Any] = {
            "contact": contacts[number % len(contacts)],
            "started_at": START + minutes(number // 3),
            "last_activity_at": START + minutes(number % 5),
            "updated_at": START + minutes(number % 4),
            "message_count": number % 3,
            "stars": (None, 1, 5)[number % 3],
            "additional_secured_revenue": (None, Decimal("12.5"), Decimal(0), Decimal(-3))[
                number % 4
            ],
        }
        ended = number % 2
        made.append(
            rows.ended(length=minutes(number % 4), **shared) if ended else rows.session(**shared)
        )
    await rows.save()
    folded = {contact.id: contact.name_folded for contact in contacts}
    return made, folded


def in_order(sessions: Sequence[Session], sort: Sort, direction: OrderDirection) -> list[int]:
    """Absent values are the smallest, ids break ties."""

    def key(session: Session) -> tuple[bool, Any, int]:
        value = sort(session)
        return (value is not None, 0 if value is None else value, session.id)

    descending = direction is OrderDirection.DESC
    return [session.id for session in sorted(sessions, key=key, reverse=descending)]


async def no_pause() -> None:
    """Nothing happens between two pages."""


async def walk(
    viewer: Viewer,
    rows: RowSet[Session],
    size: int,
    *,
    backwards: bool = False,
    between: Callable[[], Awaitable[None]] = no_pause,
) -> list[int]:
    """The ids of all pages, in the order of the list."""
    pages: list[list[int]] = []
    arguments = PageArguments(last=size) if backwards else PageArguments(first=size)
    while True:
        page = await read_page(viewer, rows, arguments)
        pages.append([session.id for session in page.nodes])
        if not (page.has_previous_page if backwards else page.has_next_page):
            break
        await between()
        arguments = (
            PageArguments(last=size, before=page.start_cursor)
            if backwards
            else PageArguments(first=size, after=page.end_cursor)
        )
    ordered = reversed(pages) if backwards else pages
    return [key for page in ordered for key in page]


@pytest.mark.parametrize("direction", OrderDirection)
@pytest.mark.parametrize("field", SessionOrderField)
async def test_every_walk_yields_every_session_once_in_order(
    viewer: Viewer, field: SessionOrderField, direction: OrderDirection
) -> None:
    sessions, folded = await sessions_with_ties_and_gaps(viewer)
    sort = SORTS.get(field, lambda session: folded[session.contact_id] or None)

    rows = sessions_of(viewer, None, [SessionOrder(field=field, direction=direction)])
    walks = [
        await walk(viewer, rows, size, backwards=backwards)
        for size in SIZES
        for backwards in (False, True)
    ]

    expected = in_order(sessions, sort, direction)
    assert walks == [expected] * len(walks)


async def test_orders_of_several_terms_may_turn_in_different_directions(viewer: Viewer) -> None:
    sessions, _names = await sessions_with_ties_and_gaps(viewer)
    order = [
        SessionOrder(field=SessionOrderField.QUALITY_STARS, direction=OrderDirection.ASC),
        SessionOrder(field=SessionOrderField.STARTED_AT, direction=OrderDirection.DESC),
    ]

    rows = sessions_of(viewer, None, order)
    walks = [
        await walk(viewer, rows, size, backwards=backwards)
        for size in SIZES
        for backwards in (False, True)
    ]

    expected = [
        session.id
        for session in sorted(
            sessions, key=lambda s: (s.stars or 0, -s.started_at.timestamp(), s.id)
        )
    ]
    assert walks == [expected] * len(walks)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("size", [1, 7])
async def test_sessions_inserted_during_a_walk_neither_hide_nor_repeat_others(
    viewer: Viewer, size: int, backwards: bool
) -> None:
    sessions, _names = await sessions_with_ties_and_gaps(viewer)
    moments = iter(range(10))

    async def insert() -> None:
        number = next(moments, None)
        if number is None:
            return
        rows = Rows(viewer)
        rows.session(started_at=START + minutes(20 + number))
        rows.session(started_at=START - minutes(20 + number))
        rows.session(started_at=START + minutes(number % 8))
        await rows.save()

    found = await walk(viewer, sessions_of(viewer, None), size, backwards=backwards, between=insert)

    old = {session.id for session in sessions}
    expected = in_order(sessions, lambda s: s.started_at, OrderDirection.DESC)
    assert [key for key in found if key in old] == expected
    assert len(found) == len(set(found))


async def test_pages_of_many_parents_equal_the_pages_of_each(viewer: Viewer) -> None:
    rows = Rows(viewer)
    sessions = [rows.session() for _ in range(3)]
    for session, count in zip(sessions, (5, 0, 2), strict=True):
        for sequence in range(1, count + 1):
            rows.message(session, sequence)
    await rows.save()
    keys = [session.id for session in sessions]

    for arguments in (PageArguments(first=3), PageArguments(last=3), PageArguments()):
        together = await read_pages(viewer, transcripts(viewer), "t.session_id", keys, arguments)
        alone = [
            (await read_pages(viewer, transcripts(viewer), "t.session_id", [key], arguments))[0]
            for key in keys
        ]
        assert [shape(page) for page in together] == [shape(page) for page in alone]


async def test_a_cursor_continues_only_under_its_own_parent(viewer: Viewer) -> None:
    rows = Rows(viewer)
    sessions = [rows.session() for _ in range(2)]
    for session in sessions:
        for sequence in (1, 2, 3):
            rows.message(session, sequence)
    await rows.save()
    keys = [session.id for session in sessions]
    page, _other = await read_pages(
        viewer, transcripts(viewer), "t.session_id", keys, PageArguments(first=1)
    )
    assert isinstance(page, Page)

    after = PageArguments(first=5, after=page.end_cursor)
    mine, other = await read_pages(viewer, transcripts(viewer), "t.session_id", keys, after)

    assert shape(mine) == ([2, 3], False, True)
    assert isinstance(other, InvalidCursor)


def shape(page: Page[Any] | InvalidCursor) -> tuple[list[int], bool, bool]:
    """The sequences on a page of messages, and whether there is more after and before."""
    assert isinstance(page, Page)
    sequences = [message.sequence for message in page.nodes]
    return sequences, page.has_next_page, page.has_previous_page
