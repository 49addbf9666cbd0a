"""Findings about a session, written on it: by importers, producers and analyzers.

Which values they may replace is decided in `models.analysis.may_replace`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.analysis import conclude_analysis, may_replace
from models.enums import AnalysisStatus, CustomFieldTarget, OpportunityExclusion, ValueSource
from models.errors import Path
from models.knowledge_gap import KnowledgeGap
from models.message import Message
from models.score import Score
from models.session import Session
from resolvers.session_work import SessionWork
from schema.inputs.analysis import AnalysisInput
from schema.inputs.custom_field import CustomFieldValueInput


@dataclass(frozen=True)
class Origin:
    """Where findings are from; `on_demand` when somebody asked for them anew."""

    source: ValueSource
    on_demand: bool = False

    def may_replace(self, value: object, owner: ValueSource | None) -> bool:
        """Whether a finding may take the value's place."""
        return may_replace(value, owner, self.source, on_demand=self.on_demand)


def apply_analysis(
    work: SessionWork, given: AnalysisInput, source: ValueSource, path: Path, now: datetime
) -> None:
    """Write what is given and call the analysis complete; what is left out stays as it is."""
    apply_findings(work, given, Origin(source), path, now)
    conclude_analysis(work.session, AnalysisStatus.COMPLETE)


def apply_findings(
    work: SessionWork, given: AnalysisInput, origin: Origin, path: Path, now: datetime
) -> None:
    """Write those of them that may be written; raise Rejected for values that do not fit."""
    session, source = work.session, origin.source
    _write_summary(work, given, origin, now)
    _write_sentiment(session, given, origin)
    _write_assessment(session, given, origin, now)
    _write_results(session, given, origin)
    _write_lead(work, given, origin)
    if given.topic is not None and origin.may_replace(session.topic, session.topic_source):
        _put(session, {"topic": given.topic}, topic_source=source)
    work.label(given.labels or (), source, now)
    _set_values(work, given.custom_fields or (), origin, (*path, "customFields"), now)
    _note_gaps(work, given.knowledge_gaps or (), source)
    _note_scores(work, given, source, now)


def _put(session: Session, values: Mapping[str, object], **stamp: object) -> None:
    """Write the values, and with them the stamp, unless they stand there already."""
    if any(getattr(session, name) != value for name, value in values.items()):
        vars(session).update(values, **stamp)


def _set_values(
    work: SessionWork,
    given: Sequence[CustomFieldValueInput],
    origin: Origin,
    path: Path,
    now: datetime,
) -> None:
    rows = {row.field_id: row for row in work.earlier.values}
    for position, item in enumerate(given):
        field = work.references.known.fields.get((CustomFieldTarget.SESSION, item.key))
        row = rows.get(field.id) if field else None
        if row is None or origin.may_replace(row, row.source):
            work.set_value(item, origin.source, (*path, str(position)), now)


def _note_gaps(work: SessionWork, questions: Sequence[str], source: ValueSource) -> None:
    known = {gap.question for gap in work.earlier.gaps}
    for question in questions:
        if question not in known:
            known.add(question)
            message = _message_with(work, question)
            message_id = message.id if message else None
            work.row(KnowledgeGap, question=question, message_id=message_id, source=source)


def _note_scores(
    work: SessionWork, given: AnalysisInput, source: ValueSource, now: datetime
) -> None:
    known = {(score.name, score.value, score.label, score.comment) for score in work.earlier.scores}
    for score in given.scores or ():
        verdict = (score.name, score.value, score.label, score.comment)
        if verdict not in known:
            known.add(verdict)
            stated = dict(zip(("name", "value", "label", "comment"), verdict, strict=True))
            work.row(Score, **stated, source=source, author=given.provider, created_at=now)


def _write_summary(work: SessionWork, given: AnalysisInput, origin: Origin, now: datetime) -> None:
    session = work.session
    if not origin.may_replace(session.summary_text, session.summary_source):
        return
    if given.summary is not None:
        stated = {
            "summary_text": given.summary,
            "summary_source": origin.source,
            "summary_provider": given.provider,
            "summary_model": given.model,
        }
        _put(session, stated, summary_at=now)
    if given.highlights is not None:
        vars(session)["highlights"] = [_highlight(work, text) for text in given.highlights]


def _write_sentiment(session: Session, given: AnalysisInput, origin: Origin) -> None:
    owner = session.sentiment_source
    if given.sentiment is not None and origin.may_replace(session.sentiment_label, owner):
        stated = {
            "sentiment_label": given.sentiment,
            "sentiment_score": given.sentiment_score,
            "sentiment_source": origin.source,
            "sentiment_provider": given.provider,
        }
        _put(session, stated)


def _write_assessment(
    session: Session, given: AnalysisInput, origin: Origin, now: datetime
) -> None:
    """A person's assessment has a column of its own, and then the stamp is the person's."""
    if given.assessment is None or not _may_assess(session, given, origin):
        return
    if session.human_assessment is not None:
        vars(session)["auto_assessment"] = given.assessment
    else:
        stated = {"auto_assessment": given.assessment, "assessed_by": given.provider}
        _put(session, stated, assessed_at=now)


def _may_assess(session: Session, given: AnalysisInput, origin: Origin) -> bool:
    """The column has no source; what has the finder's own name is the finder's."""
    is_own = session.assessed_by == given.provider
    owner = origin.source if is_own else None
    return origin.may_replace(session.auto_assessment, owner)


def _write_results(session: Session, given: AnalysisInput, origin: Origin) -> None:
    stands = session.expected_result or session.actual_result
    if not origin.may_replace(stands, session.result_source):
        return
    names = ("expected_result", "actual_result")
    stated = {name: value for name in names if (value := getattr(given, name)) is not None}
    if stated:
        _put(session, stated, result_source=origin.source)


def _write_lead(work: SessionWork, given: AnalysisInput, origin: Origin) -> None:
    """A lead is an opportunity unless it refused, is unavailable, or left no way to reach it."""
    session, owner = work.session, work.session.lead_source
    nothing_said = given.is_lead is None and given.is_opportunity is None
    if nothing_said or not origin.may_replace(owner, owner):
        return
    is_lead = bool(given.is_lead if given.is_lead is not None else given.is_opportunity)
    exclusion = given.exclusion
    if is_lead and given.is_opportunity is None and exclusion is None and not work.reachable:
        exclusion = OpportunityExclusion.NO_CONTACT_INFO
    opportunity = is_lead and exclusion is None
    stated: dict[str, Any] = {
        "is_lead": is_lead,
        "is_opportunity": opportunity if given.is_opportunity is None else given.is_opportunity,
        "exclusion": exclusion,
        "lead_value": session.lead_value if given.lead_value is None else given.lead_value,
    }
    vars(session).update(stated, lead_source=origin.source)


def _highlight(work: SessionWork, text: str) -> dict[str, object]:
    message = _message_with(work, text)
    return {"text": text, "messageId": message.id if message else None}


def _message_with(work: SessionWork, text: str) -> Message | None:
    """The message that a finding quotes."""
    said = (*work.earlier.messages, *work.new.get(Message, ()))
    return next((m for m in said if m.text and text in m.text), None)
