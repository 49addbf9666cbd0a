"""Findings about a session, written on it: by an importer now, by analyzers later."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from models.enums import AnalysisStatus, OpportunityExclusion, ValueSource
from models.errors import Path
from models.knowledge_gap import KnowledgeGap
from models.message import Message
from models.score import Score
from models.session import Session
from resolvers.session_work import SessionWork
from schema.inputs.analysis import AnalysisInput


def apply_analysis(
    work: SessionWork, given: AnalysisInput, source: ValueSource, path: Path, now: datetime
) -> None:
    """Write what is given; what is left out stays as it is."""
    session = work.session
    _write_summary(session, given, source, now)
    _write_sentiment(session, given, source)
    _write_assessment(session, given, now)
    _write_lead(work, given, source)
    if given.topic is not None:
        vars(session)["topic"] = given.topic
    if given.highlights is not None:
        vars(session)["highlights"] = [_highlight(work, text) for text in given.highlights]
    work.label(given.labels or (), source, now)
    work.set_values(given.custom_fields or (), source, (*path, "customFields"), now)
    _note_gaps(work, given.knowledge_gaps or (), source)
    _note_scores(work, given, source, now)
    vars(session).update(analysis_status=AnalysisStatus.COMPLETE, analysis_due_at=None)


def _put(session: Session, values: Mapping[str, object], **stamp: object) -> None:
    """Write the values, and with them the stamp, unless they stand there already."""
    if any(getattr(session, name) != value for name, value in values.items()):
        vars(session).update(values, **stamp)


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


def _write_summary(
    session: Session, given: AnalysisInput, source: ValueSource, now: datetime
) -> None:
    if given.summary is not None:
        stated = {
            "summary_text": given.summary,
            "summary_source": source,
            "summary_provider": given.provider,
            "summary_model": given.model,
        }
        _put(session, stated, summary_at=now)


def _write_sentiment(session: Session, given: AnalysisInput, source: ValueSource) -> None:
    if given.sentiment is not None:
        stated = {
            "sentiment_label": given.sentiment,
            "sentiment_score": given.sentiment_score,
            "sentiment_source": source,
            "sentiment_provider": given.provider,
        }
        _put(session, stated)


def _write_assessment(session: Session, given: AnalysisInput, now: datetime) -> None:
    if given.assessment is not None:
        stated = {"auto_assessment": given.assessment, "assessed_by": given.provider}
        _put(session, stated, assessed_at=now)
    for name in ("expected_result", "actual_result"):
        if getattr(given, name) is not None:
            vars(session)[name] = getattr(given, name)


def _write_lead(work: SessionWork, given: AnalysisInput, source: ValueSource) -> None:
    """A lead is an opportunity unless it refused, is unavailable, or left no way to reach it."""
    if given.is_lead is None and given.is_opportunity is None:
        return
    is_lead = bool(given.is_lead if given.is_lead is not None else given.is_opportunity)
    exclusion = given.exclusion
    if is_lead and given.is_opportunity is None and exclusion is None and not work.reachable:
        exclusion = OpportunityExclusion.NO_CONTACT_INFO
    opportunity = is_lead and exclusion is None
    vars(work.session).update(
        is_lead=is_lead,
        is_opportunity=opportunity if given.is_opportunity is None else given.is_opportunity,
        exclusion=exclusion,
        lead_value=given.lead_value,
        lead_source=source,
    )


def _highlight(work: SessionWork, text: str) -> dict[str, object]:
    message = _message_with(work, text)
    return {"text": text, "messageId": message.id if message else None}


def _message_with(work: SessionWork, text: str) -> Message | None:
    """The message that a finding quotes."""
    said = (*work.earlier.messages, *work.new.get(Message, ()))
    return next((m for m in said if m.text and text in m.text), None)
