"""Usage in the schema."""

from decimal import Decimal

import strawberry

from schema.fields import column


@strawberry.type(description="What was consumed of language models; null is what was not reported.")
class Usage:
    """Read from `models.usage.Usage`."""

    input_tokens: int | None = column("Tokens read.")
    output_tokens: int | None = column("Tokens written.")
    cost: Decimal | None = column("Price of both.")
    currency: str | None = column(
        "ISO 4217 code of the cost; null on a single answer, which costs in the session's currency."
    )
    latency_ms_p50: int | None = column("Half of the answers took at most so many milliseconds.")
    latency_ms_p95: int | None = column("95 % of the answers took at most so many milliseconds.")
