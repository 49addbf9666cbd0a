"""TOPIC: the workspace's keyword rules, else the goal or the journey block that tells most."""

from functools import lru_cache

from models.analyzer_options import TopicOptions
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.transcript import Transcript
from workers.analyzers.words import Phrases

_MOST = 256


@lru_cache(maxsize=1024)
def _compiled(keywords: tuple[str, ...]) -> Phrases:
    return Phrases(keywords)


def name_topic(transcript: Transcript, options: TopicOptions) -> AnalysisInput:
    """Nothing when no rule fits and neither goal nor block was met."""
    topic = _by_rules(transcript, options) or _by_journey(transcript)
    return AnalysisInput(topic=topic[:_MOST] if topic else None)


def _by_rules(transcript: Transcript, options: TopicOptions) -> str | None:
    """The rule whose keywords the contact said most often; the first of equals."""
    said = [turn.text for turn in transcript.contact_turns]
    hits = [
        sum(len(_compiled(rule.keywords).found_in(text)) for text in said) for rule in options.rules
    ]
    most = max(hits, default=0)
    return options.rules[hits.index(most)].topic if most else None


def _by_journey(transcript: Transcript) -> str | None:
    """A goal is more specific than a block; one that was reached more than one that was not."""
    reached = [goal.name for goal in transcript.goals if goal.is_completed]
    goals = reached or [goal.name for goal in transcript.goals]
    return next(reversed([*transcript.blocks, *goals]), None)
