"""How a session came out, in one line and as facts: for its summary and for its assessment."""

from models.enums import SessionEndReason, SessionStatus
from workers.analyzers.transcript import Transcript
from workers.analyzers.words import shortened

MOST = 90
"""Characters of the line: it must leave room for what was said."""
_BY_CONTACT = frozenset({SessionEndReason.CONTACT_CANCELLED, SessionEndReason.CONTACT_ENDED})


def outcome_line(transcript: Transcript) -> str:
    """One or two short sentences, at most MOST characters."""
    return shortened(" ".join(filter(None, (_ending(transcript), _goals(transcript)))), MOST)


def _ending(t: Transcript) -> str:
    if t.status is SessionStatus.FAILED:
        return f"Failed: {t.error_code}." if t.error_code else "Failed."
    if t.status is SessionStatus.CANCELLED:
        return f"Cancelled by the {'contact' if t.end_reason in _BY_CONTACT else 'agent'}."
    if t.was_handed_over:
        return "Handed over to a person."
    if not t.contact_turns:
        return "The contact said nothing."
    if t.goals:
        return ""
    return "Completed." if t.agent_turns else "Nobody answered."


def _goals(t: Transcript) -> str:
    reached = [goal.name for goal in t.goals if goal.is_completed]
    if reached:
        return f"Reached: {', '.join(reached)}."
    missed = [goal.name for goal in t.goals]
    return f"Not reached: {', '.join(missed)}." if missed else ""
