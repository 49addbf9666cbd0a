"""Conditions on how long a session ran, and when it was open."""

from datetime import timedelta
from typing import Any

from loaders.comparison import given
from loaders.condition import Condition, every, some
from loaders.place import Place
from models.enums import SessionLengthClass
from models.workspace import Settings

_OF_LENGTH = frozenset({"duration_ms", "settings"})
_OF_WINDOW = frozenset({"started_at", "ended_at"})
_MILLISECOND = timedelta(milliseconds=1)


def length_class(place: Place, comparison: Any) -> Condition:
    """As `models.session_display.length_class`, by the thresholds of now."""
    settings = place.viewer.settings
    return every(_among(settings, name, value) for name, value in given(comparison))


def _among(settings: Settings, operator: str, value: Any) -> Condition:
    classes: list[SessionLengthClass] = value if operator == "in_" else [value]
    if not classes:  # unknown while open, else false
        return Condition("s.duration_ms <> s.duration_ms", reads=_OF_LENGTH)
    return some(_is(settings, one) for one in dict.fromkeys(classes))


def _is(settings: Settings, wanted: SessionLengthClass) -> Condition:
    short, long = settings.short_below // _MILLISECOND, settings.long_from // _MILLISECOND
    match wanted:
        case SessionLengthClass.SHORT:
            return Condition("s.duration_ms < ?", (short,), reads=_OF_LENGTH)
        case SessionLengthClass.REGULAR:
            between = "(s.duration_ms >= ? AND s.duration_ms < ?)"
            return Condition(between, (short, long), reads=_OF_LENGTH, is_group=True)
        case SessionLengthClass.LONG:
            return Condition("s.duration_ms >= ?", (max(short, long),), reads=_OF_LENGTH)


def active_during(place: Place, window: Any) -> Condition:
    """Open at any moment of the window, whose ends belong to it."""
    if window.to < window.from_:
        raise place.at("to").refused("A window does not end before it begins.")
    return Condition(
        "(s.started_at <= ? AND (s.ended_at IS NULL OR s.ended_at >= ?))",
        (window.to, window.from_),
        reads=_OF_WINDOW,
        is_group=True,
    )
