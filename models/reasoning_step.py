"""The steps of a reasoning trace, kept as JSON in the shape of `ReasoningStepInput`."""

from dataclasses import dataclass

from models.enums import ReasoningStepKind
from models.fields import Json
from models.reasoning import ReasoningTrace


@dataclass(frozen=True)
class KnowledgeSource:
    """What a step looked up."""

    id: str | None
    title: str | None
    url: str | None
    excerpt: str | None
    score: float | None


@dataclass(frozen=True)
class ConditionResult:
    """A condition that a step evaluated."""

    expression: str
    met: bool


@dataclass(frozen=True)
class ReasoningStep:
    """One step, counted from 0."""

    index: int
    kind: ReasoningStepKind
    name: str
    input: Json
    output: Json
    sources: list[KnowledgeSource]
    conditions: list[ConditionResult]
    duration_ms: int | None
    error: str | None


def steps_of(trace: ReasoningTrace) -> list[ReasoningStep]:
    """In order."""
    return [_step(index, stored) for index, stored in enumerate(trace.steps)]


def _step(index: int, stored: Json) -> ReasoningStep:
    return ReasoningStep(
        index=index,
        kind=ReasoningStepKind(stored["kind"]),
        name=stored["name"],
        input=stored.get("input"),
        output=stored.get("output"),
        sources=[_source(item) for item in stored.get("sources", ())],
        conditions=[
            ConditionResult(item["expression"], item["met"])
            for item in stored.get("conditions", ())
        ],
        duration_ms=stored.get("durationMs"),
        error=stored.get("error"),
    )


def _source(stored: Json) -> KnowledgeSource:
    return KnowledgeSource(*map(stored.get, ("id", "title", "url", "excerpt", "score")))
