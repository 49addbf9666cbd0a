"""The audit trail of one answer, as producers send it."""

from typing import Annotated

from pydantic import Field

from models.enums import ReasoningStepKind
from schema.inputs.document import document, optional, required
from schema.inputs.limits import Amount, Count, FiniteFloat
from schema.scalars import Instant, JsonValue, Key, Link, LongText, Name


@document("Knowledge that a step used.")
class KnowledgeSourceInput:
    """A retrieved passage."""

    id: Name | None = optional("Id in the knowledge base.")
    title: LongText | None = optional("Title of the document.")
    url: Link | None = optional("Where it can be read.")
    excerpt: LongText | None = optional("Passage that was used.")
    score: FiniteFloat | None = optional("Relevance by the retriever's own measure.")


@document("A condition that was evaluated.")
class ConditionResultInput:
    """A condition and its outcome."""

    expression: LongText = required("Condition as the flow states it.")
    met: bool = required("True when it held.")


Sources = Annotated[list[KnowledgeSourceInput], Field(max_length=1000)]
Conditions = Annotated[list[ConditionResultInput], Field(max_length=1000)]


@document("One step on the way to the answer.")
class ReasoningStepInput:
    """A step; its position in the list is its index."""

    kind: ReasoningStepKind = required("What sort of step it was.")
    name: Name = required("Name of the intent, tool, action or model.")
    input: JsonValue | None = optional("What went in.")
    output: JsonValue | None = optional("What came out.")
    sources: Sources | None = optional("Knowledge the step used.")
    conditions: Conditions | None = optional("Conditions that were evaluated.")
    duration_ms: Count | None = optional("Milliseconds the step took.")
    error: LongText | None = optional("Why the step failed.")


Steps = Annotated[list[ReasoningStepInput], Field(max_length=1000)]


@document("Why the agent answered as it did.")
class ReasoningInput:
    """One answer's audit trail."""

    trace_id: Name | None = optional("Id of the trace in an observability system.")
    model: Name | None = optional("Model that wrote the answer.")
    journey_block_key: Key | None = optional("Journey block the answer was given in.")
    steps: Steps = required("Steps in the order they were taken.")
    started_at: Instant | None = optional("When work on the answer began.")
    duration_ms: Count | None = optional("Milliseconds from question to answer.")
    input_tokens: Count | None = optional("Tokens read by the model.")
    output_tokens: Count | None = optional("Tokens written by the model.")
    cost: Amount | None = optional("Price of the answer in the workspace's currency.")
