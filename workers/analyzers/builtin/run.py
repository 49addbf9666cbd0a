"""The built-in analyzers by kind, and all that are asked for in one go."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from pydantic import BaseModel

from models.analyzer_options import BUILTIN
from models.enums import AnalyzerKind
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.builtin.assessment import assess
from workers.analyzers.builtin.custom_fields import extract_fields
from workers.analyzers.builtin.knowledge_gaps import find_gaps
from workers.analyzers.builtin.labels import apply_labels
from workers.analyzers.builtin.lead import find_lead
from workers.analyzers.builtin.sentiment import judge
from workers.analyzers.builtin.summary import summarize
from workers.analyzers.builtin.topic import name_topic
from workers.analyzers.transcript import Transcript

VERSION = "1"
"""Raised when an analyzer finds something else in the same transcript; values carry it."""

_ANALYZERS: Mapping[AnalyzerKind, Callable[[Transcript, Any], AnalysisInput]] = {
    AnalyzerKind.SUMMARY: summarize,
    AnalyzerKind.SENTIMENT: judge,
    AnalyzerKind.TOPIC: name_topic,
    AnalyzerKind.LABELS: apply_labels,
    AnalyzerKind.CUSTOM_FIELDS: extract_fields,
    AnalyzerKind.ASSESSMENT: assess,
    AnalyzerKind.LEAD: find_lead,
    AnalyzerKind.KNOWLEDGE_GAPS: find_gaps,
}


def find(transcript: Transcript, options: Mapping[AnalyzerKind, BaseModel]) -> AnalysisInput:
    """What the built-in analyzers of these kinds find; the same for the same transcript."""
    merged = AnalysisInput(provider=BUILTIN, model=VERSION)
    for kind in AnalyzerKind:
        if kind in options:
            merged = _merged(merged, _ANALYZERS[kind](transcript, options[kind]))
    return merged


def _merged(known: AnalysisInput, found: AnalysisInput) -> AnalysisInput:
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return replace(known, **{name: v for name, v in values.items() if v is not None})


class Builtin:
    """The analyzers that come with the server; in a thread, for a long transcript takes time."""

    def __init__(self, options: Mapping[AnalyzerKind, BaseModel]) -> None:
        self._options = options

    async def __call__(
        self, transcript: Transcript, kinds: Collection[AnalyzerKind]
    ) -> AnalysisInput:
        """Never fails."""
        wanted = {kind: self._options[kind] for kind in kinds}
        return await asyncio.to_thread(find, transcript, wanted)
