"""Transcripts of a corpus' documents without a database, and what its makers noted in them."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from models.analyzer_options import BUILTIN, options_of
from models.enums import ActorType, AnalyzerKind, ChannelType, SessionEndReason, SessionStatus
from workers.analyzers.transcript import GoalOutcome, Transcript, Turn

OPTIONS = {kind: options_of(kind, BUILTIN, None) for kind in AnalyzerKind}
_CONCLUDING = ("NOTIFY_SUCCESS", "NOTIFY_FAILURE")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Noted:
    """A session, and which of its turns the corpus' makers annotated as what."""

    name: str
    transcript: Transcript
    requests: frozenset[str]
    """Texts of the contact's messages with which its first intent was stated."""
    commitment: str | None
    """Text of the agent's last message that tells success or failure."""
    has_failed_call: bool
    gaps: tuple[str, ...] | None
    """Knowledge gaps of the session's analysis; None for one without an analysis."""


def noted_sessions(source: Path, most: int | None = None) -> Iterator[Noted]:
    """Those that have ended."""
    with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as lines:
        for place, line in enumerate(lines):
            if most is not None and place >= most:
                return
            document = orjson.loads(line)
            if "end" in document:
                yield _noted(document)


def _noted(document: Document) -> Noted:
    start, messages = document["start"], document["messages"]
    analysis = document.get("analysis")
    events = document.get("events", ())
    return Noted(
        name=f"{start['source']}:{start['externalId']}",
        transcript=_transcript(document),
        requests=frozenset(_requests(messages)),
        commitment=next(
            (m["text"] for m in reversed(messages) if _acts(m) & set(_CONCLUDING)), None
        ),
        has_failed_call=any(event["kind"] == "ERROR" for event in events),
        gaps=None if analysis is None else tuple(analysis.get("knowledgeGaps", ())),
    )


def _transcript(document: Document) -> Transcript:
    start, end = document["start"], document["end"]
    events = document.get("events", ())
    reached = {e["goalKey"] for e in events if e["kind"] == "GOAL_COMPLETED"}
    aimed = dict.fromkeys(e["goalKey"] for e in events if e["kind"].startswith("GOAL_"))
    return Transcript(
        session_id=start["externalId"],
        source=start["source"],
        channel_type=ChannelType(start["channelType"]),
        started_at=datetime.fromisoformat(start["startedAt"]),
        status=SessionStatus(end["status"]),
        turns=tuple(_turn(m) for m in sorted(document["messages"], key=lambda m: m["sentAt"])),
        end_reason=SessionEndReason(end["endReason"]) if "endReason" in end else None,
        error_code=end.get("errorCode"),
        goals=tuple(GoalOutcome(key, key, key in reached) for key in aimed),
        was_handed_over=any(e["kind"] == "HANDOFF_ACCEPTED" for e in events),
    )


def _turn(message: Document) -> Turn:
    return Turn(
        ActorType(message["senderType"]),
        message.get("text") or "",
        datetime.fromisoformat(message["sentAt"]),
        is_missing_knowledge=bool(message.get("isMissingKnowledge")),
    )


def _steps(message: Document) -> list[Document]:
    return list(message.get("reasoning", {}).get("steps", ()))


def _acts(message: Document) -> set[str]:
    return {act for step in _steps(message) for act in step["name"].split(",")}


def _requests(messages: list[Document]) -> Iterator[str]:
    """What the contact said before the agent's first step that knows its intent."""
    asked = ""
    for message in messages:
        if message["senderType"] == "CONTACT":
            asked = message.get("text") or ""
        elif any(step.get("conditions") for step in _steps(message)):
            yield asked
            return
