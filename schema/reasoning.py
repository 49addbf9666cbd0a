"""Reasoning traces in the schema."""

from datetime import datetime

import strawberry

from loaders.message import messages_by_id
from loaders.table import joined
from models.enums import ReasoningStepKind
from models.reasoning_step import steps_of
from models.usage import usage_of_trace
from schema.fields import column, derived, related
from schema.journey import JourneyBlock
from schema.scalars import Json, Url
from schema.upward import LaterMessage
from schema.usage import Usage


@strawberry.type(description="A piece of knowledge that a step used.")
class KnowledgeSource:
    """Read from `models.reasoning_step.KnowledgeSource`."""

    id: str | None = column("Id in the knowledge base.")
    title: str | None = column("Title of the article or document.")
    url: Url | None = column("Where it can be read.")
    excerpt: str | None = column("The passage that was used.")
    score: float | None = column("How well it matched, on the retriever's own scale.")


@strawberry.type(description="A condition that was evaluated.")
class ConditionResult:
    """Read from `models.reasoning_step.ConditionResult`."""

    expression: str = column("The condition as written.")
    met: bool = column("Whether it was met.")


@strawberry.type(description="One step on the way to an answer.")
class ReasoningStep:
    """Read from `models.reasoning_step.ReasoningStep`."""

    index: int = column("Position in the trace, from 0.")
    kind: ReasoningStepKind = column("What was done.")
    name: str = column("Name of the intent, tool, model or rule.")
    input: Json | None = column("What went in.")
    output: Json | None = column("What came out.")
    sources: list[KnowledgeSource] = column("Knowledge the step used.")
    conditions: list[ConditionResult] = column("Conditions that were evaluated, and how.")
    duration_ms: int | None = column("Milliseconds it took.")
    error: str | None = column("Why it failed; null when it did not.")


@strawberry.type(description="One answer's audit trail.")
class ReasoningTrace:
    """Read from its row."""

    message: LaterMessage | None = related(messages_by_id, "The answer.", by="message_id")
    trace_id: str | None = column("Id in the tracing system.")
    model: str | None = column("Name of the model.")
    journey_block: JourneyBlock | None = derived(
        joined("journey_block"), "The block of the journey that the session was in."
    )
    steps: list[ReasoningStep] = derived(steps_of, "What was done, in order.")
    usage: Usage | None = derived(
        usage_of_trace, "What it consumed; null when nothing was reported."
    )
    started_at: datetime | None = column("When work on the answer began.")
    duration_ms: int | None = column("Milliseconds it took.")
