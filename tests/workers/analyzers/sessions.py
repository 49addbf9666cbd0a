"""Sessions as analyzers read them, written by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models.analyzer_options import BUILTIN, options_of
from models.enums import ActorType, AnalyzerKind, ChannelType, SessionStatus
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.builtin.run import find
from workers.analyzers.transcript import Transcript, Turn

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def turns(*said: str) -> tuple[Turn, ...]:
    """Alternating, the contact first; a text that begins with ">" is the agent's."""
    found: list[Turn] = []
    for place, text in enumerate(said):
        sender = ActorType.AI_AGENT if text.startswith(">") else ActorType.CONTACT
        at = T0 + timedelta(seconds=place)
        found.append(Turn(sender, text.removeprefix(">").strip(), at))
    return tuple(found)


def session(*said: str, **facts: Any) -> Transcript:
    """A completed web chat."""
    known: dict[str, Any] = {
        "session_id": "s-1",
        "source": "test",
        "channel_type": ChannelType.WEB,
        "started_at": T0,
        "ended_at": T0 + timedelta(minutes=5),
        "status": SessionStatus.COMPLETED,
        "turns": turns(*said),
    }
    return Transcript(**{**known, **facts})


def found(kind: AnalyzerKind, transcript: Transcript, **options: Any) -> AnalysisInput:
    """What the built-in analyzer of one kind finds, with options as they are stored."""
    return find(transcript, {kind: options_of(kind, BUILTIN, options)})
