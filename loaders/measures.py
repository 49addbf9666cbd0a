"""What sessions are measured by: every number defined once, as SQL over a session `s`.

Metrics, facets and series all read it from here. The databases only count and add up whole numbers
and amounts, which they do alike to the last digit; a mean is divided here.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from loaders.expression import Expression
from loaders.viewer import Viewer
from models.enums import AssessmentCode, SessionMeasure, SessionStatus
from models.facts import success_factor
from models.fields import from_ten_thousandths, plain

Number = int | float | Decimal | None


@dataclass(frozen=True)
class Measure:
    """A count or an amount; with `over`, the mean of a total over a count."""

    total: Expression
    over: Expression | None = None
    units: int = 1
    """How many units of the total make one of the mean: 1,000 for seconds from milliseconds."""
    is_money: bool = False
    computed: tuple[tuple[str, Expression], ...] = ()
    """Columns of `s` that the session itself has not: name and SQL."""
    is_additive: bool = True
    """Whether the total of all sessions is the sum of the totals of some and of the others."""

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The aggregates that `number` is made of."""
        return (self.total,) if self.over is None else (self.total, self.over)

    def number(self, total: Any, over: Any = None) -> Number:
        """From what the database answers; None for a mean over nothing."""
        if self.over is not None:
            return float(total) / (int(over) * self.units) if over else None
        if not self.is_money:
            return int(total or 0)
        amount = total or Decimal(0)
        return from_ten_thousandths(amount) if isinstance(amount, int) else plain(amount)

    @property
    def nothing(self) -> Number:
        """The number of no sessions at all."""
        return self.number(None)


def _counting(condition: str, *parameters: Any) -> Expression:
    return Expression(f"COUNT(*) FILTER (WHERE {condition})", parameters)


def _number_of(condition: str, *parameters: Any) -> Measure:
    return Measure(_counting(condition, *parameters))


def _share_of(condition: str, among: str = "") -> Measure:
    return Measure(_counting(condition), _counting(among) if among else _ALL)


def _mean_of(value: str, units: int = 1, among: str = "") -> Measure:
    where = f" FILTER (WHERE {among})" if among else ""
    return Measure(Expression(f"SUM({value}){where}"), Expression(f"COUNT({value}){where}"), units)


_ALL = Expression("COUNT(*)")
_NO_TEST = "NOT s.is_test"
_FACTORS = " ".join(f"WHEN '{code}' THEN {success_factor(code):g}" for code in AssessmentCode)
ASSESSMENT = "COALESCE(s.human_assessment, s.auto_assessment)"
"""The effective one."""

SESSIONS = Measure(_ALL)
ACTIVE_SESSIONS = _number_of("s.ended_at IS NULL")
UNASSIGNED_SESSIONS = _number_of("s.agent_id IS NULL")
MESSAGES = Measure(Expression("SUM(s.message_count)"))
CONTACTS = Measure(Expression("COUNT(DISTINCT s.contact_id)"), is_additive=False)
AVG_DURATION = _mean_of("s.duration_ms", 1000)
AVG_FIRST_RESPONSE = _mean_of("s.first_response_ms", 1000)
RESPONSE_RATE = _share_of("s.contact_message_count > 0")
NEGATIVE_SHARE = _share_of("s.sentiment_label = 'NEGATIVE'", "s.sentiment_label IS NOT NULL")
MISSING_KNOWLEDGE_SHARE = _share_of("s.has_missing_knowledge")
HANDOFF_RATE = _share_of("s.has_handoff")
LEADS = _number_of(f"s.is_lead AND {_NO_TEST}")
OPPORTUNITIES = _number_of(f"s.is_opportunity AND {_NO_TEST}")
OSS = _mean_of(f"CASE {ASSESSMENT} {_FACTORS} END", among=f"s.is_opportunity AND {_NO_TEST}")
CSS = _mean_of("s.stars", 5, among=_NO_TEST)


def in_status(status: SessionStatus) -> Measure:
    """How many sessions are in it."""
    return _number_of("s.status = ?", status)


def started_since(instant: datetime) -> Measure:
    """How many sessions started then or later."""
    return _number_of("s.started_at >= ?", instant)


def secured_revenue(currency: str) -> Measure:
    """ASR in one currency, exact: amounts of different currencies have no sum."""
    total = f"SUM(s.additional_secured_revenue) FILTER (WHERE {_NO_TEST} AND s.currency = ?)"
    return Measure(Expression(total, (currency,)), is_money=True)


def goal_completion_rate(goal_key: str | None = None) -> Measure:
    """Over the sessions with an outcome of the goal; of any goal when none is named."""
    of_goal = "" if goal_key is None else " JOIN goal g ON g.id = o.goal_id AND g.key = ?"
    completed = (
        "(SELECT MAX(CASE o.status WHEN 'COMPLETED' THEN 1 ELSE 0 END)"
        f" FROM goal_outcome o{of_goal} WHERE o.session_id = s.id)"
    )
    given = () if goal_key is None else (goal_key,)
    mean = _mean_of("s.goal_completed")
    return replace(mean, computed=(("goal_completed", Expression(completed, given)),))


def measured(viewer: Viewer, measure: SessionMeasure) -> Measure:
    """The measure that clients call so."""
    if measure is SessionMeasure.ASR:
        return secured_revenue(viewer.settings.currency)
    return _MEASURES[measure]


_MEASURES: dict[SessionMeasure, Measure] = {
    SessionMeasure.SESSIONS: SESSIONS,
    SessionMeasure.ACTIVE_SESSIONS: ACTIVE_SESSIONS,
    SessionMeasure.MESSAGES: MESSAGES,
    SessionMeasure.CONTACTS: CONTACTS,
    SessionMeasure.AVG_DURATION: AVG_DURATION,
    SessionMeasure.AVG_FIRST_RESPONSE: AVG_FIRST_RESPONSE,
    SessionMeasure.NEGATIVE_SHARE: NEGATIVE_SHARE,
    SessionMeasure.GOAL_COMPLETION_RATE: goal_completion_rate(),
    SessionMeasure.HANDOFF_RATE: HANDOFF_RATE,
    SessionMeasure.OSS: OSS,
    SessionMeasure.CSS: CSS,
    SessionMeasure.LEADS: LEADS,
    SessionMeasure.OPPORTUNITIES: OPPORTUNITIES,
}
