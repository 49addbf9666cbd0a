"""ASSESSMENT: YES_A as it should be, YES_B rescued, NO failed; nothing where one cannot tell.

A goal that was reached decides; else what the agent last said of success and failure. A goal that
was not reached is no failure by itself: the contact may not have wanted it any more.
"""

from models.analyzer_options import AssessmentOptions
from models.enums import AssessmentCode, SessionStatus
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.builtin.outcome import outcome_line
from workers.analyzers.builtin.phrases import FAILING, SUCCEEDING, UNKNOWING, ours, phrases
from workers.analyzers.transcript import Transcript
from workers.analyzers.words import Phrases


def assess(transcript: Transcript, options: AssessmentOptions) -> AnalysisInput:
    """Nothing when the contact said nothing."""
    if not transcript.contact_turns:
        return AnalysisInput()
    failing = phrases(options.failures, (*FAILING, *UNKNOWING), use_defaults=options.use_defaults)
    expected = ", ".join(goal.name for goal in transcript.goals)
    return AnalysisInput(
        assessment=_code(transcript, failing),
        expected_result=expected[:1000] or None,
        actual_result=outcome_line(transcript) or None,
    )


def _code(t: Transcript, failing: Phrases) -> AssessmentCode | None:
    if t.status is SessionStatus.FAILED:
        return AssessmentCode.YES_B if t.was_handed_over else AssessmentCode.NO
    if t.was_handed_over:
        return AssessmentCode.YES_B
    if any(goal.is_completed for goal in t.goals):
        ever_failed = any(failing.occur_in(turn.text) for turn in t.agent_turns)
        return AssessmentCode.YES_B if ever_failed else AssessmentCode.YES_A
    return _by_words(t, failing)


def _by_words(t: Transcript, failing: Phrases) -> AssessmentCode | None:
    """The last word on it counts; a failure before it makes it a rescue."""
    verdicts = [
        verdict for turn in t.agent_turns if (verdict := _verdict(turn.text, failing)) is not None
    ]
    if not verdicts:
        return AssessmentCode.NO if not t.agent_turns else None
    if not verdicts[-1]:
        return AssessmentCode.NO
    return AssessmentCode.YES_A if all(verdicts) else AssessmentCode.YES_B


def _verdict(text: str, failing: Phrases) -> bool | None:
    if failing.occur_in(text):
        return False
    return True if ours(SUCCEEDING).occur_in(text) else None
