"""From a session's rows to the transcript that analyzers read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from loaders.catalogue import all_custom_fields, all_labels, all_topics
from loaders.transcript import SessionText
from loaders.viewer import Viewer
from models.enums import CustomFieldTarget, GoalStatus, ReasoningStepKind
from models.global_id import encode_id
from models.goal import GoalOutcome as OutcomeRow
from models.message import Message
from workers.analyzers.transcript import (
    FieldChoice,
    GoalOutcome,
    LabelChoice,
    Transcript,
    Turn,
)

_MOST_TOPICS = 100
_LAST = datetime.max.replace(tzinfo=UTC)


async def transcript_of(viewer: Viewer, found: SessionText, *, with_topics: bool) -> Transcript:
    """What the rows say; topics only where somebody reads them."""
    session = found.session
    return Transcript(
        session_id=encode_id("Session", session.id),
        source=session.source,
        channel_type=session.channel_type,
        started_at=session.started_at,
        status=session.status,
        turns=tuple(_turn(message, found) for message in found.messages),
        external_id=session.external_id,
        modality=session.modality,
        ended_at=session.ended_at,
        end_reason=session.end_reason,
        error_code=session.error_code,
        topic=session.topic,
        goals=_goals(found.outcomes),
        blocks=tuple(visit.block.name for visit in found.visits),
        is_reachable=found.is_reachable,
        was_handed_over=found.was_handed_over,
        labels=await _labels(viewer),
        fields=await _fields(viewer),
        topics=tuple((await all_topics(viewer))[:_MOST_TOPICS]) if with_topics else (),
    )


def _turn(message: Message, found: SessionText) -> Turn:
    return Turn(
        sender=message.sender_type,
        text=found.texts[message.id],
        sent_at=message.sent_at,
        is_missing_knowledge=message.is_missing_knowledge,
        has_empty_retrieval=any(map(_found_nothing, found.steps.get(message.id, ()))),
    )


def _found_nothing(step: dict[str, Any]) -> bool:
    """A step that was to look something up and has neither a result nor a source."""
    is_retrieval = step["kind"] == ReasoningStepKind.RETRIEVAL
    return is_retrieval and not step.get("sources") and not step.get("output")


def _goals(outcomes: Sequence[OutcomeRow]) -> tuple[GoalOutcome, ...]:
    """Those that were only completed come last; sorting keeps the order of equals."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.triggered_at or _LAST)
    return tuple(
        GoalOutcome(o.goal.key, o.goal.name, o.status is GoalStatus.COMPLETED, o.value)
        for o in ordered
    )


async def _labels(viewer: Viewer) -> tuple[LabelChoice, ...]:
    labels = await all_labels(viewer, include_archived=False)
    return tuple(LabelChoice(x.name, x.description or "") for x in labels if x.auto_apply)


async def _fields(viewer: Viewer) -> tuple[FieldChoice, ...]:
    fields = await all_custom_fields(viewer, CustomFieldTarget.SESSION, include_archived=False)
    return tuple(
        FieldChoice(x.key, x.name, x.type, x.description or "", tuple(x.options))
        for x in fields
        if x.auto_extract
    )
