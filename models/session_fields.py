"""What clients call the parts of a session that a change has written."""

from collections.abc import Iterable

from pydantic.alias_generators import to_camel

_SHOWN_AS = {
    "analysis_error": "analysis_status",
    "ended_by": "end_reason",
    "close_after_ms": "closes_at",
    "duration_ms": "duration",
    "last_sequence": "message_count",
    "last_message_at": "last_message",
    "first_response_ms": "first_response_time",
    "has_handoff": "handoffs",
    **{f"{name}_id": name for name in ("contact", "agent", "channel", "conversation")},
    **dict.fromkeys(("error_code", "error_message"), "error"),
    **dict.fromkeys(
        ("input_tokens", "output_tokens", "cost", "latency_p50_ms", "latency_p95_ms"), "usage"
    ),
    **dict.fromkeys(
        (
            "auto_assessment", "human_assessment", "expected_result", "actual_result",
            "assessment_rationale", "assessed_by", "assessed_at", "result_source",
        ),
        "assessment",
    ),
    **dict.fromkeys(("stars", "rated_by", "rated_at"), "quality"),
    **dict.fromkeys(
        ("is_lead", "is_opportunity", "exclusion", "lead_value", "lead_source"), "lead"
    ),
    **dict.fromkeys(
        ("currency", "conversion_ratio", "recognition", "additional_secured_revenue"), "revenue"
    ),
}  # fmt: skip
_PREFIXES = ("summary", "sentiment", "utm")


def changed_fields(names: Iterable[str]) -> list[str]:
    """Fields of the session in the schema, sorted, for attributes of its row and parts of it."""
    return sorted({to_camel(_shown_as(name)) for name in names})


def _shown_as(name: str) -> str:
    prefix = name.partition("_")[0]
    return prefix if prefix in _PREFIXES else _SHOWN_AS.get(name, name)
