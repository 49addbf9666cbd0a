"""When silence and age idle and close a session: whose word counts, and what comes first."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.database_url import DatabaseUrl
from models.enums import ChannelType, SessionActivity, SessionEndReason, SessionStatus
from models.record import make
from models.session import Session
from models.transition import Transition
from models.workspace import Settings

T0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE, HOUR = 60, 3_600
SILENCE, AGE = SessionEndReason.INACTIVITY_TIMEOUT, SessionEndReason.MAX_DURATION

pytestmark = pytest.mark.usefixtures("database")  # columns are known once Tortoise is set up


@pytest.fixture
def database_url(sqlite_template: Path) -> DatabaseUrl:
    """The rules are pure: one database is enough to have the models set up."""
    return DatabaseUrl.parse(f"sqlite://{sqlite_template}")


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def session(**values: Any) -> Session:
    defaults = {"started_at": T0, "last_activity_at": T0, "channel_type": ChannelType.WEB}
    return make(Session, **{**defaults, **values})


def idle(**values: Any) -> Session:
    return session(activity=SessionActivity.IDLE, **values)


def channel(name: str, close_after: int | None, max_duration: int | None) -> dict[str, Any]:
    return {"channel_type": name, "close_after": close_after, "max_duration": max_duration}


@pytest.mark.parametrize(
    ("name", "seconds", "reason"),
    [
        *((name, 30 * MINUTE, SILENCE) for name in ("WEB", "MOBILE_SDK")),
        *(
            (name, 24 * HOUR, SILENCE)
            for name in ("WHATSAPP", "SMS", "EMAIL", "TELEGRAM", "INSTAGRAM", "FACEBOOK")
        ),
        *((name, 4 * HOUR, AGE) for name in ("PHONE", "SIP")),
    ],
)
def test_each_channel_closes_by_its_default(
    name: str, seconds: int, reason: SessionEndReason
) -> None:
    row = idle(channel_type=ChannelType(name))

    due = row.next_transition(Settings())

    assert due == Transition(after(seconds), SessionActivity.ENDED, reason)


@pytest.mark.parametrize("name", ["API", "OTHER"])
def test_a_channel_without_a_rule_idles_and_never_closes(name: str) -> None:
    row = session(channel_type=ChannelType(name))

    assert row.next_transition(Settings()) == Transition(after(600), SessionActivity.IDLE)
    row.undergo(Transition(after(600), SessionActivity.IDLE))
    assert row.next_transition(Settings()) is None


@pytest.mark.parametrize(
    ("stored", "own", "seconds", "reason"),
    [
        ({"close_after": 60}, None, 60, SILENCE),
        ({"close_after": 60, "channels": [channel("WEB", 120, None)]}, None, 120, SILENCE),
        ({"close_after": 60, "channels": [channel("SMS", 120, None)]}, None, 60, SILENCE),
        ({"close_after": 60, "channels": [channel("WEB", 120, None)]}, 180, 180, SILENCE),
        ({"max_duration": 90}, None, 90, AGE),
        ({"max_duration": 90, "close_after": 60}, None, 60, SILENCE),
        ({"max_duration": 60, "close_after": 60}, None, 60, SILENCE),
        ({"max_duration": 90}, 180, 90, AGE),
        ({"channels": [channel("WEB", None, 45)], "max_duration": 90}, None, 45, AGE),
    ],
)
def test_the_nearest_word_counts_and_the_first_instant(
    stored: dict[str, Any], own: int | None, seconds: int, reason: SessionEndReason
) -> None:
    row = idle(close_after_ms=None if own is None else own * 1_000)

    due = row.next_transition(Settings.from_json(stored))

    assert due == Transition(after(seconds), SessionActivity.ENDED, reason)


def test_a_channel_that_is_told_never_to_close_does_not() -> None:
    settings = Settings.from_json({"close_after": 60, "channels": [channel("WEB", None, None)]})

    assert idle().next_transition(settings) is None


@pytest.mark.parametrize(("close_after", "activity"), [(601, "IDLE"), (600, "ENDED"), (5, "ENDED")])
def test_a_session_that_closes_no_later_than_it_idles_only_closes(
    close_after: int, activity: str
) -> None:
    due = session().next_transition(Settings.from_json({"close_after": close_after}))

    assert due is not None
    assert due.activity is SessionActivity(activity)


def test_what_was_said_beyond_the_longest_duration_still_belongs_to_the_session() -> None:
    row = idle(last_activity_at=after(100))

    due = row.next_transition(Settings.from_json({"max_duration": 90}))

    assert due == Transition(after(100), SessionActivity.ENDED, AGE)


def test_an_ended_session_is_never_due() -> None:
    row = idle()
    row.undergo(Transition(after(60), SessionActivity.ENDED, SILENCE))

    assert (row.status, row.ended_at) == (SessionStatus.COMPLETED, after(60))
    assert row.next_transition(Settings()) is None
    assert (row.next_transition_at, row.closes_at) == (None, None)


@pytest.mark.parametrize(
    ("now", "activity", "looked_at"),
    [
        (599.999, "LIVE", after(600)),
        (600, "IDLE", after(1_800)),
        (1_799, "IDLE", after(1_800)),
        (1_800, "IDLE", after(1_860)),  # overdue when written: in a minute
    ],
)
def test_a_write_settles_the_activity_and_when_to_look_next(
    now: float, activity: str, looked_at: datetime
) -> None:
    row = session()
    row.settle(Settings(), after(now))

    assert row.activity is SessionActivity(activity)
    assert row.closes_at == after(1_800)
    assert row.next_transition_at == looked_at
