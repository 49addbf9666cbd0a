"""Words and sentences, as the built-in analyzers see them; English is what they know.

Everything here is plain arithmetic on text: no model, no clock, no order of a set.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from models.text import fold

MAX_READ = 2_000
"""Characters of one message that are read: a pasted log says no more than its beginning."""

_SENTENCE_END = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])[\"')\]]*\s+|\n+")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_NOT_SPACE = re.compile(r"\S+")

_FUNCTION_WORDS = """
the and you that was for are with his they this have from had not what can were when your there how
each she which their will other about then them would these her him has been who did its i'm i'd
i've i'll it's that's don't can't isn't what's didn't doesn't won't you're of to is it my me we do
be at by an i a in on if so or but as our us any some please thanks yes need want help like could
should just also get
"""
"""By which English is recognised."""
_ORDINARY_WORDS = """
ok okay sure yeah yep nope no hi hello hey thank great good fine sounds nice perfect right well now
here let know see think really very much more too up out am may must than because over into only
even such own same both few most again once wasn't weren't haven't hasn't couldn't wouldn't
shouldn't aren't it'll there's let's would've one two
"""
"""Which do not say what a text is about either."""
_FOREIGN_WORDS = """
der die das und ist nicht ich sie wir ein eine einen zu mit auf den dem des von für auch es war wie
bitte danke sehr mein meine ihre ihren kann haben habe wird noch bei oder aber wenn nur was
el la los las que de y en un una por para con no se lo su mi es del al como pero muy gracias le
les des est et une pour pas dans avec sur vous je nous il elle au aux ce ces mon ma votre merci
di che non per sono ho mio grazie da uma não os as com em seu minha obrigado do ao
het een van niet ik je op te dat met voor zijn maar ook naar
"""
"""Function words of German, Spanish, French, Italian, Portuguese and Dutch."""
_ENGLISH = frozenset(_FUNCTION_WORDS.split())
_FOREIGN = frozenset(fold(_FOREIGN_WORDS).split())
_STOP = _ENGLISH | frozenset(_ORDINARY_WORDS.split())


def sentences(text: str) -> list[str]:
    """The sentences of a message, trimmed, in order; what has no word is left out."""
    parts = (part.strip() for part in _SENTENCE_END.split(text[:MAX_READ]))
    return [part for part in parts if _WORD.search(part)]


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Folded words in order; an apostrophe belongs to its word."""
    return tuple(word.replace("\u2019", "'") for word in _WORD.findall(fold(text[:MAX_READ])))


def content_words(text: str) -> list[str]:
    """Words that say what a text is about, with their plural endings cut."""
    return [stem(word) for word in words(text) if word not in _STOP and len(word) > 1]


def stem(word: str) -> str:
    """Cut what only tells singular from plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def is_english(texts: Iterable[str]) -> bool:
    """Whether function words make it likely; a few words without any tell nothing, so not.

    What is a function word of English and of another language ("was", "me") tells nothing.
    """
    seen = [word for text in texts for word in words(text)]
    known = sum(word in _ENGLISH and word not in _FOREIGN for word in seen)
    foreign = sum(word in _FOREIGN and word not in _ENGLISH for word in seen)
    return known > 2 * foreign and known >= 0.15 * len(seen)


def term_weights(texts: Iterable[str]) -> Counter[str]:
    """How often each content word is said."""
    weights: Counter[str] = Counter()
    for text in texts:
        weights.update(content_words(text))
    return weights


def weight_of(sentence: str, weights: Counter[str]) -> float:
    """How much of what the session is about stands in a sentence; long ones gain less and less."""
    said = set(content_words(sentence))
    return sum(weights[word] for word in sorted(said)) / (len(said) + 3) ** 0.5 if said else 0.0


class Phrases:
    """A list of phrases to look for, as whole words and without regard to case and accents."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = [found for phrase in phrases if (found := words(phrase))]
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in self._phrases:
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def found_in(self, text: str) -> list[tuple[str, ...]]:
        """Every occurrence, in order."""
        said = words(text)
        return [
            phrase
            for position, word in enumerate(said)
            for phrase in self._by_first.get(word, ())
            if said[position : position + len(phrase)] == phrase
        ]

    def occur_in(self, text: str) -> bool:
        """Whether one of them is said."""
        return bool(self.found_in(text))


def shortened(text: str, most: int) -> str:
    """At most so many characters, whitespace as single spaces, cut between words: …"""
    plain = " ".join(_NOT_SPACE.findall(text[: 4 * most + 200]))
    if len(plain) <= most:
        return plain
    cut = plain[: max(most - 1, 0)]
    at_word = cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut
    return f"{at_word.rstrip(' ,;:.-')}…"


def best(candidates: Sequence[str], weights: Counter[str]) -> str | None:
    """The weightiest sentence, the first of equals; None when there is none."""
    return max(candidates, key=lambda sentence: weight_of(sentence, weights), default=None)
