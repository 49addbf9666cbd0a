"""Local time: where intervals begin on the clocks of a time zone, as instants in UTC.

Databases are asked about instants only. Theirs and ours could otherwise disagree about a zone's
rules, and SQLite knows no zones at all.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.enums import TimeGranularity
from models.errors import BadRequest

MAX_INTERVALS = 2000

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
_LENGTHS: dict[TimeGranularity, timedelta] = {
    TimeGranularity.MINUTE: _MINUTE,
    TimeGranularity.HOUR: _HOUR,
    TimeGranularity.DAY: _DAY,
    TimeGranularity.WEEK: 7 * _DAY,
    TimeGranularity.MONTH: 31 * _DAY,
}
"""Roughly: they bound the search for what is far too long."""


class OffsetChange(NamedTuple):
    """From this instant on, local time is UTC plus so many milliseconds."""

    at: datetime
    offset: int


def zone_named(name: str) -> ZoneInfo:
    """An IANA time zone; raise BadRequest for any other name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the name becomes a path
        raise BadRequest(
            f"`timezone`: {name!r} is not an IANA time zone, such as Europe/Berlin."
        ) from None


def offset_changes(
    zone: ZoneInfo, start: datetime, end: datetime
) -> tuple[int, Sequence[OffsetChange]]:
    """The offset at the start, and its changes after the start and not after the end."""
    midnight = datetime.combine(end.date() + _DAY, time(), UTC)  # few ends, so that they are cached
    changes = _changes(zone.key, start, midnight)
    return _offset(zone, start), [change for change in changes if change.at <= end]


@lru_cache(maxsize=64)
def _changes(key: str, start: datetime, end: datetime) -> tuple[OffsetChange, ...]:
    """Day by day, as zoneinfo does not list its rules."""
    zone, found, before = ZoneInfo(key), list[OffsetChange](), start
    while before < end:
        after = min(before + _DAY, end)
        if _offset(zone, before) != _offset(zone, after):
            at = _first_with(zone, before, after)
            found.append(OffsetChange(at, _offset(zone, at)))
        before = after
    return tuple(found)


def _first_with(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant of a change between two; rules change on whole minutes."""
    offset = _offset(zone, after)
    while after - before > _MINUTE:
        middle = before + (after - before) / 2
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return _floor(after, _MINUTE)


def _offset(zone: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset // _MILLISECOND


def intervals(
    granularity: TimeGranularity, start: datetime, end: datetime, zone: ZoneInfo
) -> list[datetime]:
    """Where the intervals of a window begin, and at last where it ends.

    The first and the last are cut to the window. Raise BadRequest for a window that has no length,
    for more than 2,000 intervals, and at the ends of the calendar.
    """
    if start >= end:
        raise BadRequest("`window.to`: a window ends after it starts.")
    if end - start > 2 * MAX_INTERVALS * _LENGTHS[granularity]:
        raise _too_many(granularity)
    bounds = [start]
    try:
        for bound in takewhile(lambda bound: bound < end, _bounds(granularity, start, end, zone)):
            if bound > bounds[-1]:  # a zone may skip a whole day
                bounds.append(bound)
            if len(bounds) > MAX_INTERVALS:
                raise _too_many(granularity)
    except OverflowError:
        raise BadRequest("`window`: it reaches an end of the calendar.") from None
    return [*bounds, end]


def _too_many(granularity: TimeGranularity) -> BadRequest:
    return BadRequest(
        f"`granularity`: the window has more than {MAX_INTERVALS:,} intervals of one"
        f" {granularity.lower()}; choose longer ones or a shorter window."
    )


def _bounds(
    granularity: TimeGranularity, start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """From an instant at or before the start on."""
    if granularity is TimeGranularity.MINUTE:
        return _every(_MINUTE, _floor(start, _MINUTE), end)
    if granularity is TimeGranularity.HOUR:
        return _hours(start, end, zone)
    return _midnights(_DATES[granularity](start.astimezone(zone).date()), zone)


def _every(step: timedelta, first: datetime, end: datetime) -> Iterator[datetime]:
    while first < end:
        yield first
        first += step


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Full hours of the local clock; where it jumps, another one begins."""
    offset, changes = offset_changes(zone, start, end)
    for change in (*changes, OffsetChange(end, 0)):
        ahead = offset * _MILLISECOND
        yield from _every(_HOUR, _floor(start + ahead, _HOUR) - ahead, change.at)
        start, offset = change
        yield start


def _midnights(dates: Iterator[date], zone: ZoneInfo) -> Iterator[datetime]:
    """Of a midnight that the clock repeats, the first; of one that it skips, the jump."""
    for day in dates:
        yield datetime.combine(day, time(), zone).astimezone(UTC)


def _days(day: date) -> Iterator[date]:
    while True:
        yield day
        day += _DAY


def _weeks(day: date) -> Iterator[date]:
    day -= timedelta(days=day.weekday())
    while True:
        yield day
        day += timedelta(weeks=1)


def _months(day: date) -> Iterator[date]:
    while True:
        day = day.replace(day=1)
        yield day
        day += timedelta(days=31)


_DATES: dict[TimeGranularity, Callable[[date], Iterator[date]]] = {
    TimeGranularity.DAY: _days,
    TimeGranularity.WEEK: _weeks,
    TimeGranularity.MONTH: _months,
}


def _floor(instant: datetime, step: timedelta) -> datetime:
    return instant - (instant - datetime.min.replace(tzinfo=UTC)) % step
