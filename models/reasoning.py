"""Reasoning traces: why the agent answered like this."""

from models.fields import count, instant, json, money, owner, reference, text
from models.record import Record


class ReasoningTrace(Record):
    """The audit trail of one answer; `steps` are objects as `ReasoningStepInput` has them."""

    session_id: int
    message_id: int
    journey_block_id: int | None
    workspace_id = owner()
    session = reference("models.Session")
    message = reference("models.Message")
    trace_id = text(null=True)
    model = text(null=True)
    journey_block = reference("models.JourneyBlock", null=True)
    steps = json(default=list)
    input_tokens = count(null=True)
    output_tokens = count(null=True)
    cost = money(null=True)
    started_at = instant(null=True)
    duration_ms = count(null=True)

    class Meta:
        table = "reasoning_trace"
        unique_together = (("message_id",),)
        indexes = (("session_id",),)
