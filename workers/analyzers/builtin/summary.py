"""SUMMARY: the contact's request, the agent's last commitment and the outcome, in their words.

Sentences are chosen by the weight of their terms in the whole session, the earliest of equals.
"""

from collections import Counter

from models.analyzer_options import SummaryOptions
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.builtin.outcome import outcome_line
from workers.analyzers.builtin.phrases import (
    CHECKING,
    COURTESY,
    FAILING,
    PROMISING,
    SUCCEEDING,
    UNKNOWING,
    ours,
)
from workers.analyzers.builtin.sentiment import most_negative
from workers.analyzers.transcript import Transcript, Turn
from workers.analyzers.words import (
    best,
    content_words,
    sentences,
    shortened,
    term_weights,
    weight_of,
)

_OPENINGS = 3
"""The contact's first turns among which the request is looked for."""
_ENDINGS = 8
"""The agent's last turns among which its commitment is looked for."""


def summarize(transcript: Transcript, options: SummaryOptions) -> AnalysisInput:
    """Nothing for a session in which nobody said anything."""
    if not any(turn.text.strip() for turn in transcript.turns):
        return AnalysisInput()
    weights = term_weights(turn.text for turn in transcript.turns)
    asked, answered = request(transcript, weights), commitment(transcript, weights)
    text = _composed(asked, answered, outcome_line(transcript), options.max_length)
    found = [
        asked,
        answered,
        most_negative(transcript.contact_turns),
        _weightiest(transcript, weights),
    ]
    quoted = list(dict.fromkeys(sentence for sentence in found if sentence))
    return AnalysisInput(summary=text, highlights=quoted[: options.highlights])


def request(transcript: Transcript, weights: Counter[str]) -> str | None:
    """The weightiest sentence of the first turn in which the contact says what it is about."""
    turns = transcript.contact_turns[:_OPENINGS]
    for least in (2, 1):
        for turn in turns:
            telling = [s for s in sentences(turn.text) if len(set(content_words(s))) >= least]
            if telling:
                return best(telling, weights)
    return None


def commitment(transcript: Transcript, weights: Counter[str]) -> str | None:
    """What the agent last said was done, would be done or could not be done."""
    turns = transcript.agent_turns[-_ENDINGS:][::-1]
    for groups in ((SUCCEEDING, FAILING), (PROMISING, UNKNOWING)):
        for turn in turns:
            binding = [s for s in _statements(turn) if ours(*groups).occur_in(s)]
            if binding:
                return best(binding, weights)
    telling = [s for turn in turns for s in _statements(turn) if len(content_words(s)) > 1]
    return best(telling, weights)


def _statements(turn: Turn) -> list[str]:
    """Sentences that tell something, rather than ask or take leave."""
    idle = ours(CHECKING, COURTESY)
    return [
        s
        for s in sentences(turn.text)
        if not s.rstrip("\"')").endswith("?") and not idle.occur_in(s)
    ]


def _weightiest(transcript: Transcript, weights: Counter[str]) -> str | None:
    said = [s for turn in transcript.contact_turns for s in sentences(turn.text)]
    found = best(said, weights)
    return found if found and weight_of(found, weights) > 0 else None


def _composed(asked: str | None, answered: str | None, outcome: str, most: int) -> str:
    outcome = shortened(outcome, most // 3)
    parts = [("Contact: ", asked), ("Agent: ", answered)]
    said = [(name, " ".join(text.split())) for name, text in parts if text]
    room = most - len(outcome) - sum(len(name) + 1 for name, _ in said)
    sizes = _shares([len(text) for _, text in said], room)
    shown = [
        f"{name}{shortened(text, size)}" for (name, text), size in zip(said, sizes, strict=True)
    ]
    return " ".join([*shown, outcome]).strip()


def _shares(lengths: list[int], room: int) -> list[int]:
    """Characters for each of at most two texts: what the shorter leaves, the longer has."""
    if len(lengths) < 2:
        return [room] * len(lengths)
    half = room // 2
    first = max(half, room - lengths[1])
    return [min(first, lengths[0]), room - min(first, lengths[0])]
