"""LABELS: the workspace's rules; a label without one goes by its name and its description.

Only labels that are open to analyzers (`Label.autoApply`) are in a transcript at all.
"""

from functools import lru_cache

from models.analyzer_options import LabelOptions
from models.text import fold
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.transcript import LabelChoice, Transcript
from workers.analyzers.words import Phrases, content_words

_TELLING = 3
"""Different content words of a description that must be said; all of a shorter one."""
_MOST = 50


@lru_cache(maxsize=1024)
def _compiled(keywords: tuple[str, ...]) -> Phrases:
    return Phrases(keywords)


def apply_labels(transcript: Transcript, options: LabelOptions) -> AnalysisInput:
    """In the workspace's order of labels."""
    rules = {fold(rule.label): rule.keywords for rule in options.rules}
    said = [turn.text for turn in transcript.contact_turns]
    vocabulary = {word for text in said for word in content_words(text)}
    fitting = [
        choice.name
        for choice in transcript.labels
        if _fits(choice, rules.get(fold(choice.name)), said, vocabulary)
    ]
    return AnalysisInput(labels=fitting[:_MOST])


def _fits(
    choice: LabelChoice, keywords: tuple[str, ...] | None, said: list[str], vocabulary: set[str]
) -> bool:
    if keywords is not None:
        return any(_compiled(keywords).occur_in(text) for text in said)
    name = _compiled((choice.name.replace("-", " ").replace("_", " "),))
    if any(name.occur_in(text) for text in said):
        return True
    telling = set(content_words(choice.description))
    return bool(telling) and len(telling & vocabulary) >= min(_TELLING, len(telling))
