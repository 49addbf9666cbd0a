"""Scalars: what is read, how it is written again, and that nothing but ValueError is raised."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from schema.scalars import (
    check_json,
    format_datetime,
    format_duration,
    parse_datetime,
    parse_decimal,
    parse_duration,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000Z"),
        ("2026-01-31t09:30:00.5z", "2026-01-31T09:30:00.500Z"),
        ("2026-01-31T09:30:00.123999+02:00", "2026-01-31T07:30:00.123Z"),
        ("2026-01-31T09:30:00.1234567890-00:30", "2026-01-31T10:00:00.123Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_milliseconds(text: str, written: str) -> None:
    moment = parse_datetime(text)

    assert moment.tzinfo is UTC
    assert format_datetime(moment) == written


@pytest.mark.parametrize(
    ("text", "span", "written"),
    [
        ("PT30M", timedelta(minutes=30), "PT30M"),
        ("P1W", timedelta(days=7), "P7D"),
        ("P1DT36H", timedelta(days=2, hours=12), "P2DT12H"),
        ("PT90.5S", timedelta(seconds=90.5), "PT1M30.5S"),
        ("PT0S", timedelta(0), "PT0S"),
        ("P36500D", timedelta(days=36_500), "P36500D"),
    ],
)
def test_a_duration_is_iso_8601(text: str, span: timedelta, written: str) -> None:
    assert parse_duration(text) == span
    assert format_duration(span) == written


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1.5", Decimal("1.5")),
        ("-0.0001", Decimal("-0.0001")),
        ("99999999999.9999", Decimal("99999999999.9999")),
        (3, Decimal(3)),
        (0.1, Decimal("0.1")),
        ("1e3", Decimal(1000)),
        ("0e99", Decimal(0)),
        (Decimal("2.50"), Decimal("2.50")),
    ],
)
def test_a_decimal_is_exact(value: object, amount: Decimal) -> None:
    assert parse_decimal(value) == amount


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (parse_datetime, "0001-01-01T00:00:00+14:00"),
        (parse_datetime, "9999-12-31T23:59:59-10:00"),
        (parse_datetime, "2026-01-31T09:30:60Z"),
        (parse_datetime, "2026-01-31T09:30:00Z\n"),
        (parse_datetime, "٢٠٢٦-01-31T09:30:00Z"),
        (parse_datetime, datetime(2026, 1, 31, tzinfo=UTC)),
        (parse_duration, "P"),
        (parse_duration, "PT"),
        (parse_duration, "P1M"),
        (parse_duration, "-PT1S"),
        (parse_duration, "PT1.0001S"),
        (parse_duration, "PT٣S"),
        (parse_duration, "P36501D"),
        (parse_duration, "P999999999999W"),
        (parse_duration, "P" + "9" * 400 + "W"),
        (parse_decimal, "1e99"),
        (parse_decimal, "1e-9999999"),
        (parse_decimal, "NaN"),
        (parse_decimal, "Infinity"),
        (parse_decimal, float("nan")),
        (parse_decimal, 10**4000),
        (parse_decimal, "1_000"),
        (parse_decimal, " 1 "),
        (parse_decimal, "٣"),
        (parse_decimal, ""),
        (parse_decimal, None),
        (parse_decimal, [1]),
        (check_json, 2**64),
        (check_json, {"a": [float("inf")]}),
    ],
)
def test_what_cannot_be_read_is_a_value_error(
    parse: Callable[[object], object], value: object
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(value)
