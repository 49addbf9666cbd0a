"""What an analyzer is, and which fields of `AnalysisInput` belong to which kind of finding."""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from typing import Protocol

from models.enums import AnalyzerKind
from models.text import fold
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.transcript import Transcript

FIELDS: dict[AnalyzerKind, tuple[str, ...]] = {
    AnalyzerKind.SUMMARY: ("summary", "highlights"),
    AnalyzerKind.SENTIMENT: ("sentiment", "sentiment_score"),
    AnalyzerKind.TOPIC: ("topic",),
    AnalyzerKind.LABELS: ("labels",),
    AnalyzerKind.CUSTOM_FIELDS: ("custom_fields",),
    AnalyzerKind.ASSESSMENT: ("assessment", "expected_result", "actual_result", "scores"),
    AnalyzerKind.LEAD: ("is_lead", "is_opportunity", "exclusion", "lead_value"),
    AnalyzerKind.KNOWLEDGE_GAPS: ("knowledge_gaps",),
}


class AnalyzerFailed(Exception):
    """The analyzer gave no findings; the message says why, in words for the workspace."""


class AnalyzerUnavailable(Exception):
    """Too many calls failed lately: try again in `seconds`, without counting this one."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not asked for {seconds:.0f} seconds after too many failures")
        self.seconds = seconds


class Analyzer(Protocol):
    """A provider at work: what is there to find of these kinds in the transcript.

    Raise AnalyzerFailed or AnalyzerUnavailable; write nothing.
    """

    async def __call__(
        self, transcript: Transcript, kinds: Collection[AnalyzerKind], /
    ) -> AnalysisInput:
        """The findings, of these kinds alone."""
        ...


def only(findings: AnalysisInput, kinds: Iterable[AnalyzerKind]) -> AnalysisInput:
    """The findings of these kinds; an analyzer that finds more than asked is not believed."""
    wanted = {"provider", "model", *(name for kind in kinds for name in FIELDS[kind])}
    others = {field.name: None for field in fields(findings) if field.name not in wanted}
    return replace(findings, **others)


def permitted(findings: AnalysisInput, transcript: Transcript) -> AnalysisInput:
    """Without labels and custom fields that the workspace has not opened to analyzers."""
    labels = {fold(choice.name): choice.name for choice in transcript.labels}
    keys = {choice.key for choice in transcript.fields}
    return replace(
        findings,
        labels=[labels[f] for name in findings.labels or () if (f := fold(name)) in labels],
        custom_fields=[value for value in findings.custom_fields or () if value.key in keys],
    )
