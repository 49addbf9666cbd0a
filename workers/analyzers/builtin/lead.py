"""LEAD: whether the contact showed an intent to buy, and whether it could still be won.

That a lead without any address is no opportunity is decided where findings are written.
"""

from models.analyzer_options import LeadOptions
from models.enums import OpportunityExclusion
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.builtin.phrases import BUYING, NOT_OFFERED, REFUSING, phrases
from workers.analyzers.transcript import Transcript


def find_lead(transcript: Transcript, options: LeadOptions) -> AnalysisInput:
    """Nothing when the contact said nothing: silence is no refusal either."""
    if not any(turn.text for turn in transcript.contact_turns):
        return AnalysisInput()
    values = [goal.value for goal in transcript.goals if goal.value is not None]
    if not values and not _wants_to_buy(transcript, options):
        return AnalysisInput(is_lead=False)
    exclusion = _exclusion(transcript, options)
    return AnalysisInput(is_lead=True, exclusion=exclusion, lead_value=max(values, default=None))


def _wants_to_buy(transcript: Transcript, options: LeadOptions) -> bool:
    intents = phrases(options.intents, BUYING, use_defaults=options.use_defaults)
    return any(intents.occur_in(turn.text) for turn in transcript.contact_turns)


def _exclusion(transcript: Transcript, options: LeadOptions) -> OpportunityExclusion | None:
    """What was reached was neither refused nor unavailable."""
    if any(goal.is_completed for goal in transcript.goals):
        return None
    refused = phrases(options.refusals, REFUSING, use_defaults=options.use_defaults)
    if any(refused.occur_in(turn.text) for turn in transcript.contact_turns):
        return OpportunityExclusion.REFUSED
    missing = phrases(options.unavailable, NOT_OFFERED, use_defaults=options.use_defaults)
    if any(missing.occur_in(turn.text) for turn in transcript.agent_turns):
        return OpportunityExclusion.UNAVAILABLE
    return None
