"""Finding sessions among very many: filtered pages, deep pages, and what OFFSET would cost.

The same reads that GraphQL does, from the compiled filter to decoded rows, beside the best SQL that
could be written by hand for them, on the same connection.
"""

from collections.abc import Awaitable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from loaders.keyset import PageArguments, read_page
from loaders.prepared_filter import prepared
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.enums import ChannelType, Modality, SessionStatus
from models.record import selection
from models.session import Session
from schema.inputs.filter import (
    ChannelTypeFilter,
    DateTimeFilter,
    IntFilter,
    ModalityFilter,
    SessionStatusFilter,
)
from schema.inputs.session_filter import SessionFilter
from tests.benchmarks.reads import PAGE, Read, Samples, page_by_hand, spreads, tables
from tests.benchmarks.tables import Goal, Table
from tests.benchmarks.workbench import Workbench

_DEPTH = 100_000
"""Sessions before the deep page; half of them where there are fewer than twice as many."""
_SINCE = datetime.now(UTC) - timedelta(days=120)
_FIVE_BY_HAND = (
    " AND s.status IN ('COMPLETED', 'ACTIVE') AND s.channel_type = ? AND s.modality = ?"
    " AND s.started_at >= ? AND s.message_count >= ?"
)


def finding(bench: Workbench) -> Iterator[Table]:
    """For each database, milliseconds per read and then the ratios."""
    depth = min(_DEPTH, bench.options.scale // 2)
    yield from tables("Finding", bench, partial(_reads, depth=depth), partial(_goals, depth=depth))


async def _reads(viewer: Viewer, depth: int) -> Mapping[str, Read]:
    """Each kind of read by its name; `by hand` follows what it is compared with."""
    everything = sessions_of(viewer, None)
    deep = await _cursor_at(viewer, depth)
    filtered = sessions_of(viewer, await prepared(viewer, _five_filters()))

    def page(after: str | None = None) -> Awaitable[object]:
        return read_page(viewer, everything, PageArguments(first=PAGE, after=after))

    return {
        "first page": page,
        "first page, by hand": lambda: page_by_hand(viewer, "", ()),
        "five filters": lambda: read_page(viewer, filtered, PageArguments(first=PAGE)),
        "five filters, by hand": lambda: page_by_hand(viewer, _FIVE_BY_HAND, _five_values()),
        f"page at depth {depth:,}": lambda: page(deep),
        f"the same with OFFSET {depth:,}": lambda: page_by_hand(viewer, "", (), depth),
    }


def _five_filters() -> SessionFilter:
    return SessionFilter(
        status=SessionStatusFilter(in_=[SessionStatus.COMPLETED, SessionStatus.ACTIVE]),
        channel_type=ChannelTypeFilter(eq=ChannelType.WEB),
        modality=ModalityFilter(eq=Modality.TEXT),
        started_at=DateTimeFilter(gte=_SINCE),
        message_count=IntFilter(gte=5),
    )


def _five_values() -> tuple[Any, ...]:
    return (ChannelType.WEB.value, Modality.TEXT.value, _SINCE, 5)


async def _cursor_at(viewer: Viewer, depth: int) -> str:
    """Of the row after which a page at this depth starts."""
    sql = (
        f"SELECT {selection(Session, 's')} FROM session s"
        " WHERE s.workspace_id = ? AND NOT s.is_archived"
        f" ORDER BY s.started_at DESC, s.id DESC LIMIT 1 OFFSET {depth - 1}"
    )
    found = await viewer.records(Session, sql, (viewer.workspace_id,))
    page = await read_page(viewer, sessions_of(viewer, None), PageArguments(first=1))
    return page.cursor_of(found[0])


def _goals(samples: Samples, depth: int) -> Iterator[Goal]:
    cost = spreads(samples)
    deep, offset = f"page at depth {depth:,}", f"the same with OFFSET {depth:,}"
    yield Goal("first page / by hand", cost["first page"] / cost["first page, by hand"], limit=1.5)
    filtered = cost["five filters"] / cost["five filters, by hand"]
    yield Goal("five filters / by hand", filtered, limit=1.5)
    yield Goal(f"depth {depth:,} / first page", cost[deep] / cost["first page"], limit=2)
    yield Goal("OFFSET / keyset", cost[offset] / cost[deep], target=30)
