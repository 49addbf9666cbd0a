"""What a person says of a session: each value that is stated, and what follows from it.

`stated` maps names to values, nulls too; what is missing stays. A null takes a value away, and with
it the person's claim to it, so that an analyzer may fill it again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.enums import OpportunityExclusion, UserErrorCode, ValueSource
from models.errors import Rejected, Violation
from models.session import Session

Stated = Mapping[str, Any]

_FLAGS = ("is_test", "is_archived", "is_favorite")
_RESULTS = ("expected_result", "actual_result")
_LEAD = frozenset({"is_lead", "is_opportunity", "lead_value", "exclusion"})


def review(session: Session, stated: Stated, by: str, now: datetime) -> None:
    """Write what is stated; raise Rejected, paths as attributes, and change nothing then."""
    _check(stated)
    vars(session).update({name: stated[name] for name in _FLAGS if name in stated})
    _describe(session, stated, now)
    _judge(session, stated, by, now)
    _follow_up(session, stated, now)
    _value_lead(session, stated)


def put(session: Session, values: Mapping[str, object], **stamp: object) -> None:
    """Write the values, and with them the stamp, unless they stand there already."""
    if any(getattr(session, name) != value for name, value in values.items()):
        vars(session).update(values, **stamp)


def claimed(value: object) -> ValueSource | None:
    """Who a value that a person has stated belongs to."""
    return None if value is None else ValueSource.HUMAN


def _check(stated: Stated) -> None:
    found: list[Violation] = []
    if stated.get("todo_reason") and stated.get("is_todo") is False:
        found.append(_invalid("todo_reason", "Only a to-do has a reason."))
    if stated.get("is_opportunity") and stated.get("is_lead") is False:
        found.append(_invalid("is_opportunity", "Only a lead is an opportunity."))
    if stated.get("exclusion") and stated.get("is_lead") is False:
        found.append(_invalid("exclusion", "Only a lead is excluded from the opportunities."))
    if stated.get("exclusion") and stated.get("is_opportunity"):
        found.append(_invalid("exclusion", "What is excluded is no opportunity."))
    if found:
        raise Rejected(found)


def _invalid(name: str, message: str) -> Violation:
    return Violation(UserErrorCode.INVALID, message, (name,))


def _describe(session: Session, stated: Stated, now: datetime) -> None:
    if "topic" in stated:
        topic = stated["topic"]
        put(session, {"topic": topic, "topic_source": claimed(topic)})
    if "summary" in stated:
        text = stated["summary"]
        values = {
            "summary_text": text,
            "summary_source": claimed(text),
            "summary_provider": None,
            "summary_model": None,
        }
        put(session, values, summary_at=None if text is None else now)
    if "sentiment" in stated:
        label = stated["sentiment"]
        values = {
            "sentiment_label": label,
            "sentiment_source": claimed(label),
            "sentiment_provider": None,
        }
        put(session, values, sentiment_score=None)


def _judge(session: Session, stated: Stated, by: str, now: datetime) -> None:
    results = {name: stated[name] for name in _RESULTS if name in stated}
    if results:
        vars(session).update(results)
        stand = next((r for n in _RESULTS if (r := getattr(session, n)) is not None), None)
        vars(session)["result_source"] = claimed(stand)
    if "human_assessment" in stated:
        values = {"human_assessment": stated["human_assessment"]}
        put(session, values, assessed_by=by, assessed_at=now)
    if "quality_stars" in stated:
        stars = stated["quality_stars"]
        stamp = (None, None) if stars is None else (by, now)
        put(session, {"stars": stars}, rated_by=stamp[0], rated_at=stamp[1])


def _follow_up(session: Session, stated: Stated, now: datetime) -> None:
    if "is_done" in stated:
        is_done = stated["is_done"]
        put(session, {"is_done": is_done}, done_at=now if is_done else None)
    if "is_todo" in stated or "todo_reason" in stated:
        gives_reason = bool(stated.get("todo_reason"))
        is_todo = stated.get("is_todo", gives_reason or session.is_todo)
        reason = stated.get("todo_reason", session.todo_reason) if is_todo else None
        vars(session).update(is_todo=is_todo, todo_reason=reason)


def _value_lead(session: Session, stated: Stated) -> None:
    """A lead is an opportunity unless it is excluded; a person may say otherwise."""
    if not _LEAD & stated.keys():
        return
    is_opportunity = stated.get("is_opportunity")
    is_lead = stated.get("is_lead", session.is_lead or bool(is_opportunity))
    exclusion: OpportunityExclusion | None = stated.get("exclusion", session.exclusion)
    if not is_lead or is_opportunity:
        exclusion = None
    if is_opportunity is None:
        is_asked = {"is_lead", "exclusion"} & stated.keys()
        is_opportunity = exclusion is None if is_asked else session.is_opportunity
    values = {
        "is_lead": is_lead,
        "is_opportunity": is_lead and is_opportunity,
        "exclusion": exclusion,
        "lead_value": stated.get("lead_value", session.lead_value),
    }
    put(session, values, lead_source=ValueSource.HUMAN)
