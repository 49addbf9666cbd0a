"""Time series: intervals on local clocks, what falls into them, and every measure."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from loaders.local_time import intervals, zone_named
from loaders.viewer import Viewer
from models.enums import (
    AssessmentCode,
    ChannelType,
    GoalStatus,
    Scope,
    SentimentLabel,
    TimeGranularity,
)
from models.session import Session
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of
from tests.reads.rows import Rows, minutes

QUERY = """
query ($from: DateTime!, $to: DateTime!, $filter: SessionFilter) {
  sessionTimeSeries(window: {from: $from, to: $to}, filter: $filter ARGUMENTS) {
    measure granularity timezone series { key label points { start end value } }
  }
}
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sent(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def series(
    graphql: GraphQL, window: tuple[str, str], arguments: str = ""
) -> list[dict[str, Any]]:
    variables = {"from": sent(at(window[0])), "to": sent(at(window[1]))}
    query = QUERY.replace("ARGUMENTS", f", {arguments}" if arguments else "")
    found = data_of(await graphql(query, variables))["sessionTimeSeries"]["series"]
    return list(found)


async def values(graphql: GraphQL, window: tuple[str, str], arguments: str = "") -> list[Any]:
    (only,) = await series(graphql, window, arguments)
    assert (only["key"], only["label"]) == (None, None)
    return [point["value"] for point in only["points"]]


@pytest.mark.parametrize(
    "case",
    [
        ("MINUTE", "UTC", ("2026-03-01T10:00:30", "2026-03-01T10:02:10"),
         ["10:00:30", "10:01:00", "10:02:00", "10:02:10"]),
        ("HOUR", "Asia/Kathmandu", ("2026-03-01T10:00", "2026-03-01T12:00"),
         ["15:45:00", "16:00:00", "17:00:00", "17:45:00"]),
        ("DAY", "America/New_York", ("2026-03-07T05:00", "2026-03-10T04:00"),
         ["03-07T00-05:00", "03-08T00-05:00", "03-09T00-04:00", "03-10T00-04:00"]),
        ("DAY", "America/New_York", ("2026-10-31T04:00", "2026-11-03T05:00"),
         ["10-31T00-04:00", "11-01T00-04:00", "11-02T00-05:00", "11-03T00-05:00"]),
        ("HOUR", "America/New_York", ("2026-03-08T06:00", "2026-03-08T08:00"),
         ["03-08T01-05:00", "03-08T03-04:00", "03-08T04-04:00"]),
        ("HOUR", "America/New_York", ("2026-11-01T05:00", "2026-11-01T08:00"),
         ["11-01T01-04:00", "11-01T01-05:00", "11-01T02-05:00", "11-01T03-05:00"]),
        ("HOUR", "Australia/Lord_Howe", ("2026-04-04T14:00", "2026-04-04T16:30"),
         ["01:00:00", "01:30:00", "02:00:00", "03:00:00"]),
        ("WEEK", "Europe/Berlin", ("2026-03-18T12:00", "2026-04-01T00:00"),
         ["03-18T13+01:00", "03-23T00+01:00", "03-30T00+02:00", "04-01T02+02:00"]),
        ("MONTH", "Europe/Berlin", ("2025-12-31T23:00", "2026-03-31T22:00"),
         ["01-01T00+01:00", "02-01T00+01:00", "03-01T00+01:00", "04-01T00+02:00"]),
        ("DAY", "Pacific/Apia", ("2011-12-29T10:00", "2011-12-31T10:00"),
         ["12-29T00-10:00", "12-31T00+14:00", "01-01T00+14:00"]),
        ("DAY", "Asia/Beirut", ("2024-03-29T22:00", "2024-03-31T21:00"),
         ["03-30T00+02:00", "03-31T01+03:00", "04-01T00+03:00"]),
    ],
)  # fmt: skip
def test_intervals_begin_with_the_local_clock(
    case: tuple[str, str, tuple[str, str], list[str]],
) -> None:
    granularity, name, (start, end), expected = case
    zone = zone_named(name)

    bounds = intervals(TimeGranularity(granularity), at(start), at(end), zone)

    local = [bound.astimezone(zone) for bound in bounds]
    clock = all(len(text) == len("10:00:30") for text in expected)
    day = [moment.strftime("%m-%dT%H") + moment.isoformat()[-6:] for moment in local]
    assert ([moment.strftime("%H:%M:%S") for moment in local] if clock else day) == expected


async def test_a_session_falls_into_the_interval_it_started_in(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    for moment in (
        "2026-03-06T23:59:59.999",  # before the window
        "2026-03-07T00:00",
        "2026-03-07T23:59:59.999",
        "2026-03-09T00:00",
        "2026-03-10T00:00",  # after it
    ):
        rows.session(contact, started_at=at(moment))
    await rows.save()

    (only,) = await series(graphql, ("2026-03-07", "2026-03-10"))

    assert only == {
        "key": None,
        "label": None,
        "points": [
            {
                "start": f"2026-03-0{day}T00:00:00.000Z",
                "end": f"2026-03-{day + 1:02}T00:00:00.000Z",
                "value": value,
            }
            for day, value in ((7, 2.0), (8, 0.0), (9, 1.0))
        ],
    }


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # The 8th of March has 23 hours there, the 1st of November 25.
        ("2026-03-08T05:00", "2026-03-10T04:00", [23, 24]),
        ("2026-11-01T04:00", "2026-11-03T05:00", [25, 24]),
    ],
)
async def test_a_day_has_as_many_hours_as_its_clock_shows(
    viewer: Viewer, graphql: GraphQL, start: str, end: str, expected: list[int]
) -> None:
    rows = Rows(viewer)
    contact, moment = rows.contact(), at(start)
    while moment < at(end):
        rows.session(contact, started_at=moment)
        moment += timedelta(hours=1)
    await rows.save()
    there = 'timezone: "America/New_York"'

    assert await values(graphql, (start, end), there) == expected
    hours = await values(graphql, (start, end), f"{there}, granularity: HOUR")
    assert hours == [1] * sum(expected)


MEASURED: dict[str, list[float | None]] = {
    "SESSIONS": [2, 0, 1],
    "ACTIVE_SESSIONS": [2, 1, 2],
    "MESSAGES": [9, 0, 3],
    "CONTACTS": [1, 0, 1],
    "AVG_DURATION": [88200, None, 60],
    "AVG_FIRST_RESPONSE": [2, None, None],
    "NEGATIVE_SHARE": [0.5, None, None],
    "GOAL_COMPLETION_RATE": [0.5, None, None],
    "HANDOFF_RATE": [0.5, None, 0],
    "OSS": [0.5, None, None],
    "CSS": [0.8, None, None],
    "ASR": [0.3, 0, 0],
    "LEADS": [2, 0, 0],
    "OPPORTUNITIES": [2, 0, 0],
}


async def make_measured(viewer: Viewer) -> None:
    """Two sessions on the first of three days, the longer one into the third, and one there."""
    rows = Rows(viewer)
    contact, goal = rows.contact(), rows.goal("book")
    start = at("2026-03-07T12:00")
    shared: dict[str, Any] = {"started_at": start, "is_lead": True, "is_opportunity": True}
    won = rows.ended(
        contact, length=timedelta(hours=1), message_count=4, first_response_ms=3000, stars=5,
        sentiment_label=SentimentLabel.NEGATIVE, auto_assessment=AssessmentCode.YES_A,
        additional_secured_revenue=Decimal("0.1"), has_handoff=True, **shared,
    )  # fmt: skip
    lost = rows.ended(
        contact, length=timedelta(hours=48), message_count=5, first_response_ms=1000, stars=3,
        sentiment_label=SentimentLabel.POSITIVE, auto_assessment=AssessmentCode.NO,
        additional_secured_revenue=Decimal("0.2"), channel_type=ChannelType.PHONE, **shared,
    )  # fmt: skip
    rows.outcome(won, goal, status=GoalStatus.COMPLETED)
    rows.outcome(lost, goal)
    rows.ended(contact, length=minutes(1), message_count=3, started_at=at("2026-03-09T12:00"))
    await rows.save()


@pytest.mark.parametrize("measure", MEASURED)
async def test_points_tell_any_measure_also_where_nothing_is(
    viewer: Viewer, graphql: GraphQL, measure: str
) -> None:
    await make_measured(viewer)

    assert (
        await values(graphql, ("2026-03-07", "2026-03-10"), f"measure: {measure}")
        == MEASURED[measure]
    )


@pytest.mark.parametrize("measure", MEASURED)
async def test_split_series_are_the_buckets_of_the_facet_over_the_window(
    viewer: Viewer, graphql: GraphQL, measure: str
) -> None:
    await make_measured(viewer)
    window = ("2026-03-07", "2026-03-10")

    split = await series(graphql, window, f"measure: {measure}, splitBy: CHANNEL_TYPE")

    for one in split:
        query = QUERY.replace("ARGUMENTS", f", measure: {measure}")
        alone = data_of(
            await graphql(
                query,
                {
                    "from": sent(at(window[0])),
                    "to": sent(at(window[1])),
                    "filter": {"channelType": {"eq": one["key"]}},
                },
            )
        )["sessionTimeSeries"]["series"][0]
        assert one["points"] == alone["points"]
    # A facet counts those that are open now; and contacts are counted anew in each interval.
    if measure not in {"ACTIVE_SESSIONS", "CONTACTS"}:
        query = f"""{{
          sessionFacets(by: [CHANNEL_TYPE], measure: {measure}) {{ buckets {{ key label }} }}
        }}"""
        facet = data_of(await graphql(query))["sessionFacets"][0]["buckets"]
        assert [{"key": one["key"], "label": one["label"]} for one in split] == facet


async def test_of_many_values_the_greatest_have_a_series(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    billing, urgent, rare = (rows.label(name) for name in ("billing", "urgent", "rare"))
    for day, labels in (
        ("2026-03-07", [billing, urgent]),
        ("2026-03-08", [billing, urgent]),
        ("2026-03-08", [billing, rare]),
        ("2026-03-08", []),
        ("2026-02-01", [rare, urgent]),
    ):
        session = rows.session(started_at=at(day))
        for label in labels:
            rows.applied(session, label)
    await rows.save()

    found = await series(graphql, ("2026-03-07", "2026-03-09"), "splitBy: LABEL, limit: 2")

    assert {one["label"]: [point["value"] for point in one["points"]] for one in found} == {
        "billing": [1, 2],
        "urgent": [1, 1],
    }
    assert [one["label"] for one in found] == ["billing", "urgent"]


async def test_a_session_is_active_in_every_interval_it_was_open_in(
    viewer: Viewer, graphql: GraphQL
) -> None:
    day = ("2026-03-07T00:00", "2026-03-07T06:00")
    hourly = "measure: ACTIVE_SESSIONS, granularity: HOUR"

    async def active(start: str, end: str | None) -> list[Any]:
        rows = Rows(viewer)
        if end is None:
            session = rows.session(started_at=at(start), topic="now")
        else:
            session = rows.ended(length=at(end) - at(start), started_at=at(start), topic="now")
        await rows.save()
        found = await values(graphql, day, hourly)
        await _remove(viewer, session)
        return found

    assert await active("2026-03-07T01:30", "2026-03-07T03:30") == [0, 1, 1, 1, 0, 0]
    # It ended where the fourth hour starts, and was not open in it.
    assert await active("2026-03-07T01:00", "2026-03-07T03:00") == [0, 1, 1, 0, 0, 0]
    assert await active("2026-03-07T02:00", "2026-03-07T02:00") == [0, 0, 1, 0, 0, 0]
    assert await active("2026-03-06T00:00", "2026-03-07T00:00") == [0, 0, 0, 0, 0, 0]
    assert await active("2026-03-06T00:00", "2026-03-08T00:00") == [1, 1, 1, 1, 1, 1]
    assert await active("2026-03-07T06:00", None) == [0, 0, 0, 0, 0, 0]
    assert await active("2026-03-07T04:59", None) == [0, 0, 0, 0, 1, 1]


async def _remove(viewer: Viewer, session: Session) -> None:
    async with viewer.database.transaction() as transaction:
        await transaction.execute_many('DELETE FROM "session" WHERE id = ?', [(session.id,)])


async def test_an_open_session_is_not_active_in_the_future(
    viewer: Viewer, graphql: GraphQL
) -> None:
    rows = Rows(viewer)
    now = viewer.now()
    rows.session(started_at=now - timedelta(hours=1))
    await rows.save()
    window = tuple((now + timedelta(days=days)).isoformat()[:19] for days in (-1, 3))

    found = await values(graphql, (window[0], window[1]), "measure: ACTIVE_SESSIONS")

    assert sum(found) in {1, 2}  # two at midnight
    assert found[-2:] == [0, 0]


async def test_the_workspace_s_clock_is_the_default(viewer: Viewer, graphql: GraphQL) -> None:
    query = QUERY.replace("ARGUMENTS", "")
    window = {"from": "2026-03-07T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
    viewer.workspace.settings_json = {"timezone": "Asia/Tokyo"}
    japanese = Viewer(viewer.database, viewer.workspace, "x", frozenset({Scope.METRICS_READ}))

    found = data_of(await graphql(query, window, by=japanese))["sessionTimeSeries"]

    assert (found["measure"], found["granularity"]) == ("SESSIONS", "DAY")
    assert found["timezone"] == "Asia/Tokyo"
    assert [point["start"] for point in found["series"][0]["points"]] == [
        "2026-03-07T00:00:00.000Z",
        "2026-03-07T15:00:00.000Z",
    ]


@pytest.mark.parametrize(
    ("arguments", "window", "message"),
    [
        ("", ("2026-03-07", "2026-03-07"), "`window.to`: a window ends after it starts."),
        ("", ("2026-03-08", "2026-03-07"), "`window.to`: a window ends after it starts."),
        ("granularity: MINUTE", ("2026-03-07T00:00", "2026-03-08T09:21"),
         "`granularity`: the window has more than 2,000 intervals of one minute; choose longer ones"
         " or a shorter window."),
        ("granularity: HOUR", ("1001-01-01", "9001-01-01"),
         "`granularity`: the window has more than 2,000 intervals of one hour; choose longer ones"
         " or a shorter window."),
        ("granularity: MONTH", ("0001-01-01", "0002-01-01"),
         "`window`: it reaches an end of the calendar."),
        ("splitBy: CUSTOM_FIELD", ("2026-03-07", "2026-03-08"),
         "`splitBy`: no series can be split by CUSTOM_FIELD."),
        ("splitBy: STATUS, limit: 51", ("2026-03-07", "2026-03-08"),
         "`limit`: it lies between 1 and 50, not 51."),
        ('timezone: "Berlin"', ("2026-03-07", "2026-03-08"),
         "`timezone`: 'Berlin' is not an IANA time zone, such as Europe/Berlin."),
    ],
)  # fmt: skip
async def test_bad_arguments_are_refused(
    graphql: GraphQL, arguments: str, window: tuple[str, str], message: str
) -> None:
    zone = "" if "timezone" in arguments else ' timezone: "Europe/Berlin"'
    query = QUERY.replace("ARGUMENTS", f", {arguments}{zone}")
    variables = {"from": sent(at(window[0])), "to": sent(at(window[1]))}

    assert errors_of(await graphql(query, variables)) == [("BAD_USER_INPUT", message)]


async def test_a_series_has_up_to_two_thousand_points(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    contact = rows.contact()
    for minute in (0, 999, 1999):
        rows.ended(
            contact, length=minutes(0.5), started_at=at("2026-03-07T00:00") + minutes(minute + 0.5)
        )
    await rows.save()
    window = ("2026-03-07T00:00", "2026-03-08T09:20")

    for measure in ("SESSIONS", "ACTIVE_SESSIONS"):
        found = await values(graphql, window, f"measure: {measure}, granularity: MINUTE")
        assert len(found) == 2000
        assert [place for place, value in enumerate(found) if value] == [0, 999, 1999]
        (split,) = await series(
            graphql,
            window,
            f"measure: {measure}, granularity: MINUTE, splitBy: DAY_OF_WEEK, limit: 1",
        )
        assert len(split["points"]) == 2000
        assert all(a["end"] == b["start"] for a, b in pairwise(split["points"]))
