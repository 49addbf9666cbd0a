"""How good the built-in analyzers are, against what people noted: see `docs/analysis.md`.

Moods are labelled by hand in `moods.csv`, which has ids of the corpus and none of its text. The
bounds were chosen on the first, third, … of them; the others are held out.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from models.analyzer_options import BUILTIN, GapOptions, SentimentOptions, options_of
from models.enums import AnalyzerKind
from tests.benchmarks.corpus import REAL
from tests.benchmarks.tables import Table
from tests.benchmarks.transcripts import Noted, noted_sessions
from tests.benchmarks.workbench import Workbench
from workers.analyzers.builtin.knowledge_gaps import find_gaps
from workers.analyzers.builtin.phrases import FAILING
from workers.analyzers.builtin.sentiment import judge
from workers.analyzers.builtin.summary import commitment, request
from workers.analyzers.transcript import Transcript
from workers.analyzers.words import term_weights

_MOODS = Path(__file__).with_name("moods.csv")
_LABELS = ("POSITIVE", "NEUTRAL", "NEGATIVE")
Judged = Sequence[tuple[str, str]]
"""The mood by hand, and the analyzer's."""


def analysis_quality(bench: Workbench) -> Iterator[Table]:
    """Nothing where the corpus is not: the labels are of its sessions."""
    source = bench.options.corpus or REAL
    if not source.exists():
        return
    sessions = list(noted_sessions(source, bench.options.sessions))
    yield from _sentiment(sessions)
    yield _summaries(sessions)
    yield _gaps(sessions)


def _sentiment(sessions: Iterable[Noted]) -> Iterator[Table]:
    with _MOODS.open(newline="") as lines:
        moods = {row["session"]: row["mood"] for row in csv.DictReader(lines)}
    known = {s.name: s.transcript for s in sessions if s.name in moods}
    judged = [(moods[name], _mood(known[name])) for name in moods if name in known]
    if not judged:
        return
    rows = [
        ("all", *_figures(judged)),
        ("chose the bounds", *_figures(judged[::2])),
        ("held out", *_figures(judged[1::2])),
        (
            "held out, always the most frequent",
            *_figures([(m, "NEUTRAL") for m, _ in judged[1::2]]),
        ),
    ]
    yield Table(
        "Sentiment against labels by hand",
        ("sessions", "number", "accuracy", *(f"F1 {label}" for label in _LABELS), "macro F1"),
        rows,
    )
    counted = Counter(judged)
    cells = [(by_hand, *(str(counted[by_hand, found]) for found in _LABELS)) for by_hand in _LABELS]
    yield Table("Sentiment: by hand / found", ("", *_LABELS), cells)


def _mood(transcript: Transcript) -> str:
    return str(judge(transcript, SentimentOptions()).sentiment)


def _figures(judged: Judged) -> list[str]:
    right = sum(by_hand == found for by_hand, found in judged)
    scores = [_f1(judged, label) for label in _LABELS]
    figures = [right / len(judged), *scores, sum(scores) / len(scores)]
    return [str(len(judged)), *(f"{figure:.2f}" for figure in figures)]


def _f1(judged: Judged, label: str) -> float:
    both = sum(by_hand == found == label for by_hand, found in judged)
    either = sum((by_hand == label) + (found == label) for by_hand, found in judged)
    return 2 * both / either if either else 0.0


def _summaries(sessions: Sequence[Noted]) -> Table:
    """Whether what the summary quotes is what the corpus' makers annotated as such."""
    asked, told = Counter[bool](), Counter[bool]()
    for session in sessions:
        weights = term_weights(turn.text for turn in session.transcript.turns)
        if session.requests:
            quoted = request(session.transcript, weights)
            asked[any(quoted is not None and quoted in text for text in session.requests)] += 1
        if session.commitment is not None:
            quoted = commitment(session.transcript, weights)
            told[quoted is not None and quoted in session.commitment] += 1
    rows = [
        ("request: the message that states the first intent", *_share(asked)),
        ("commitment: the last message that tells success or failure", *_share(told)),
    ]
    return Table("Summaries against annotations", ("quoted", "sessions", "right"), rows)


def _share(counted: Counter[bool]) -> tuple[str, str]:
    number = counted.total()
    return f"{number:,}", f"{counted[True] / number:.3f}" if number else ""


def _gaps(sessions: Sequence[Noted]) -> Table:
    annotated = [session for session in sessions if session.gaps is not None]
    failures = GapOptions(phrases=FAILING)
    default = options_of(AnalyzerKind.KNOWLEDGE_GAPS, BUILTIN, None)
    assert isinstance(default, GapOptions)
    rows = [
        ("phrases as they come", *_gap_figures(annotated, default)),
        ("and those of failures", *_gap_figures(annotated, failures)),
        (
            "bound: every failed call",
            *_precision([(bool(s.gaps), s.has_failed_call) for s in annotated]),
        ),
    ]
    return Table(
        "Knowledge gaps: sessions that have one",
        ("", "annotated", "found", "precision", "recall", "same question"),
        [(*row, *[""] * (6 - len(row))) for row in rows],
    )


def _gap_figures(annotated: Sequence[Noted], options: GapOptions) -> list[str]:
    found = [find_gaps(s.transcript, options).knowledge_gaps or [] for s in annotated]
    pairs = [(bool(s.gaps), bool(gaps)) for s, gaps in zip(annotated, found, strict=True)]
    same = sum(
        bool(set(s.gaps or ()) & set(gaps)) for s, gaps in zip(annotated, found, strict=True)
    )
    return [*_precision(pairs), str(same)]


def _precision(pairs: Sequence[tuple[bool, bool]]) -> list[str]:
    both = sum(noted and found for noted, found in pairs)
    noted, found = (sum(pair[side] for pair in pairs) for side in (0, 1))
    precision = f"{both / found:.2f}" if found else ""
    return [str(noted), str(found), precision, f"{both / noted:.2f}" if noted else ""]
