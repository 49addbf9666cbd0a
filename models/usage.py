"""Usage: what a session or one answer consumed of a language model."""

from dataclasses import dataclass
from decimal import Decimal

from models.reasoning import ReasoningTrace
from models.session import Session


@dataclass(frozen=True)
class Usage:
    """Tokens, cost and latency; what the producer did not report is None."""

    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    currency: str | None = None
    latency_ms_p50: int | None = None
    latency_ms_p95: int | None = None


def usage_of_session(session: Session) -> Usage | None:
    """The sum of its answers; None when nothing was reported."""
    reported = (
        session.input_tokens,
        session.output_tokens,
        session.cost,
        session.latency_p50_ms,
        session.latency_p95_ms,
    )
    if all(value is None for value in reported):
        return None
    tokens_in, tokens_out, cost, p50, p95 = reported
    currency = None if cost is None else session.currency
    return Usage(tokens_in, tokens_out, cost, currency, p50, p95)


def usage_of_trace(trace: ReasoningTrace) -> Usage | None:
    """Of one answer; its currency is the session's. None when nothing was reported."""
    reported = (trace.input_tokens, trace.output_tokens, trace.cost)
    return None if all(value is None for value in reported) else Usage(*reported)
