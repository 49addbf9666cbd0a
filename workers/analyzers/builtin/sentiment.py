"""SENTIMENT: the contact's mood in English, by the VADER lexicon with its negation and emphasis.

The last third of what the contact said counts double. Formulas of politeness are no mood: they
stand in nearly every conversation and would make it positive.
"""

from collections.abc import Sequence
from functools import lru_cache

from vader import SentimentIntensityAnalyzer

from models.analyzer_options import SentimentOptions
from models.enums import SentimentLabel
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.transcript import Transcript, Turn
from workers.analyzers.words import is_english, sentences

_NO_MOOD = (
    "please", "yes", "yeah", "yep", "no", "ok", "okay", "sure", "want", "wanted", "like", "help",
    "helps", "thanks", "thank", "hi", "hello", "welcome", "fine", "well", "interested", "interest",
    "free", "play", "party", "share", "number", "cancel", "cancelled", "canceled", "alarm",
    "important", "matter", "matters", "chance", "save", "easy", "true", "top", "care", "luxury",
    "comedy", "romance", "fantasy", "horror", "crime", "gift", "fun", "natural", "super", "certain",
    "certainly", "definitely", "accept", "agree", "sorry", "warm", "support", "dear", "kind",
    "prepared", "join", "heart", "energy", "dark", "war", "fire", "drop", "stop", "missed", "miss",
    "pay", "paid", "special", "popular", "number", "clear", "active", "challenge", "worth",
    "hope", "hoping", "hopefully", "proceed", "assurance", "insurance", "refund", "trouble",
    "certainty", "eligible", "option", "confirm", "confirmed", "apologize", "apologies",
    "hospital", "emergency", "allow", "allowed", "feeling", "feel", "lost",
)  # fmt: skip
_STILL = 2.0
"""Turns without any mood that are added: one kind word does not make a long session positive."""


@lru_cache(maxsize=64)
def _lexicon(words: tuple[tuple[str, float], ...]) -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer(extra_lexicon={**dict.fromkeys(_NO_MOOD, 0.0), **dict(words)})


def judge(transcript: Transcript, options: SentimentOptions) -> AnalysisInput:
    """Nothing when the contact said nothing, or nothing that is recognised as English."""
    turns = [turn for turn in transcript.contact_turns if sentences(turn.text)]
    if not is_english(turn.text for turn in turns):
        return AnalysisInput()
    words = tuple(sorted((word.casefold(), mood) for word, mood in options.words.items()))
    score = _overall([_mood(turn.text, words) for turn in turns])
    if score >= options.positive_from:
        label = SentimentLabel.POSITIVE
    else:
        label = SentimentLabel.NEGATIVE if score <= options.negative_to else SentimentLabel.NEUTRAL
    return AnalysisInput(sentiment=label, sentiment_score=score)


def most_negative(turns: Sequence[Turn]) -> str | None:
    """The sentence in which a contact was most clearly unhappy, if one was."""
    if not is_english(turn.text for turn in turns):
        return None
    said = [s for turn in turns for s in sentences(turn.text)]
    lowest = min(said, key=lambda sentence: _compound(sentence, ()), default=None)
    return lowest if lowest is not None and _compound(lowest, ()) <= -0.3 else None


def _mood(text: str, words: tuple[tuple[str, float], ...]) -> float:
    """Of one turn: the mean of the sentences that show any."""
    shown = [score for s in sentences(text) if (score := _compound(s, words))]
    return sum(shown) / len(shown) if shown else 0.0


@lru_cache(maxsize=8192)
def _compound(sentence: str, words: tuple[tuple[str, float], ...]) -> float:
    return float(_lexicon(words).polarity_scores(sentence)["compound"])


def _overall(moods: Sequence[float]) -> float:
    """Weighted mean from -1 to 1; turns without mood hardly count, however many."""
    late = len(moods) - len(moods) // 3 if len(moods) > 2 else len(moods)
    weighted = [(mood, 2.0 if place >= late else 1.0) for place, mood in enumerate(moods)]
    weight = sum(w for mood, w in weighted if mood)
    total = sum(mood * w for mood, w in weighted)
    return round(max(-1.0, min(1.0, total / (weight + _STILL))), 4)
