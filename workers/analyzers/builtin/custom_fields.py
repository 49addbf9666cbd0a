"""CUSTOM_FIELDS: values that the contact stated, each found by an extractor of the field's type.

E-mail addresses, telephone numbers and links are told by their form: the one said last counts.
Numbers, dates and texts are told by a word that stands near: the field's name, or its rule's
keywords. Only fields that are open to analyzers (`CustomField.autoExtract`) are in a transcript.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from models.analyzer_options import FieldOptions
from models.enums import CustomFieldType
from schema.inputs.analysis import AnalysisInput
from schema.inputs.custom_field import CustomFieldValueInput
from schema.scalars import Json
from workers.analyzers.transcript import FieldChoice, Transcript
from workers.analyzers.words import MAX_READ, Phrases, sentences, stem, words

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"(?<![\w.])\+?\(?[0-9][0-9 ().\-/]{5,22}[0-9](?![\w])")
_URL = re.compile(r"https?://[^\s<>\"']{1,1000}")
_NUMBER = re.compile(
    r"(?<![\w.,])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.,])-?\d+(?:\.\d+)?(?![\w/:-])"
)
_CODE = re.compile(r"[#]?([A-Za-z0-9][A-Za-z0-9_-]{2,39})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})\b",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y>\d{{4}})\b)?",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<y>\d{{4}})\b)?",
    )
)
_DAYS = {"today": 0, "tomorrow": 1}
_DIGITS = 7
"""Fewer digits are no telephone number."""
_SPELLED = "zero one two three four five six seven eight nine ten eleven twelve"
_SMALL = {word: float(number) for number, word in enumerate(_SPELLED.split())}


def extract_fields(transcript: Transcript, options: FieldOptions) -> AnalysisInput:
    """At most one value per field, in the workspace's order of fields."""
    said = [turn.text[:MAX_READ] for turn in transcript.contact_turns]
    own = {rule.key: rule.keywords for rule in options.fields}
    values: list[CustomFieldValueInput] = []
    for choice in transcript.fields:
        near = _Near(choice, own.get(choice.key), transcript.started_at)
        value = _EXTRACTORS[choice.type](said, near)
        if value is not None:
            values.append(CustomFieldValueInput(key=choice.key, value=Json(value)))
    return AnalysisInput(custom_fields=values[:200])


class _Near:
    """A field, and the sentences in which one of its keywords is said."""

    def __init__(
        self, choice: FieldChoice, keywords: tuple[str, ...] | None, started_at: datetime
    ) -> None:
        self.choice = choice
        self.started_at = started_at
        named = {" ".join(words(re.sub(r"[_.-]", " ", n))) for n in (choice.key, choice.name)}
        self.keywords = keywords or tuple(sorted(filter(None, named)))
        self._phrases = Phrases(self.keywords)
        self._heads = {stem(phrase.split()[-1]) for phrase in self.keywords if phrase.split()}
        self._is_ruled = keywords is not None

    def sentences(self, said: Sequence[str]) -> list[str]:
        """The last first, for what was said last counts."""
        found = [s for text in said for s in sentences(text) if self._is_near(s)]
        return found[::-1]

    def _is_near(self, sentence: str) -> bool:
        if self._phrases.occur_in(sentence):
            return True
        return not self._is_ruled and any(stem(word) in self._heads for word in words(sentence))

    def after_keyword(self, sentence: str) -> str:
        """What follows the first keyword, punctuation and all; empty without one."""
        lowered = sentence.casefold()
        ends = [
            position + len(keyword)
            for keyword in self.keywords
            if (position := lowered.find(keyword.casefold())) >= 0
        ]
        return sentence[min(ends) :] if ends else ""


def _last(pattern: re.Pattern[str], said: Sequence[str], _near: _Near) -> str | None:
    found = [match.group().rstrip(".,;:!?)") for text in said for match in pattern.finditer(text)]
    return found[-1] if found else None


def _phone(said: Sequence[str], _near: _Near) -> str | None:
    found = [match.group() for text in said for match in _PHONE.finditer(text)]
    numbers = [n for n in found if _DIGITS <= sum(c.isdigit() for c in n) <= 15]
    return numbers[-1] if numbers else None


def _number(said: Sequence[str], near: _Near) -> float | None:
    for sentence in near.sentences(said):
        for text in (near.after_keyword(sentence), sentence):
            match = _NUMBER.search(text)
            if match:
                return float(match.group().replace(",", ""))
        spelled = [_SMALL[word] for word in words(sentence) if word in _SMALL]
        if spelled:
            return spelled[0]
    return None


def _date(said: Sequence[str], near: _Near) -> str | None:
    for sentence in near.sentences(said):
        found = _date_in(sentence, near.started_at)
        if found:
            return found.isoformat()
    return None


def _date_in(sentence: str, started_at: datetime) -> date | None:
    for pattern in _DATES:
        for match in pattern.finditer(sentence):
            found = _calendar(match.groupdict(), started_at.date())
            if found is not None:
                return found
    days = [_DAYS[word] for word in words(sentence) if word in _DAYS]
    return started_at.date() + timedelta(days=days[0]) if days else None


def _calendar(parts: dict[str, str | None], today: date) -> date | None:
    """A date without a year is the next of its kind after the session began."""
    month = (
        int(parts["m"] or 0)
        if "m" in parts
        else _MONTHS.index((parts["month"] or "")[:3].lower()) + 1
    )
    year, day = int(parts["y"] or today.year), int(parts["d"] or 0)
    try:
        found = date(year, month, day)
        return found if parts["y"] or found >= today else found.replace(year=year + 1)
    except ValueError:  # no such day
        return None


def _text(said: Sequence[str], near: _Near) -> str | None:
    """A code or number after the keyword: "my order number is A-1001"."""
    for sentence in near.sentences(said):
        for match in _CODE.finditer(near.after_keyword(sentence)):
            if any(character.isdigit() for character in match[1]):
                return match[1]
    return None


def _option(said: Sequence[str], near: _Near) -> str | None:
    named = _options(said, near)
    return named[-1] if named else None


def _options(said: Sequence[str], near: _Near) -> list[str] | None:
    """Those that were said, in the order of their last mention."""
    known = {option: Phrases((option,)) for option in near.choice.options}
    last = {
        option: place
        for place, text in enumerate(said)
        for option, phrases in known.items()
        if phrases.occur_in(text)
    }
    return sorted(last, key=lambda option: last[option]) or None


def _nothing(_said: Sequence[str], _near: _Near) -> None:
    """Yes and no are said to everything: what they belong to is beyond these rules."""


_EXTRACTORS: dict[CustomFieldType, Callable[[Sequence[str], _Near], object]] = {
    CustomFieldType.TEXT: _text,
    CustomFieldType.NUMBER: _number,
    CustomFieldType.DATE: _date,
    CustomFieldType.BOOLEAN: _nothing,
    CustomFieldType.SELECT: _option,
    CustomFieldType.MULTI_SELECT: _options,
    CustomFieldType.URL: partial(_last, _URL),
    CustomFieldType.EMAIL: partial(_last, _EMAIL),
    CustomFieldType.PHONE: _phone,
}
