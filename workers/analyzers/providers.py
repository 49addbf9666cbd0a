"""Which analyzers a workspace has: its bindings, grouped so that each service is asked once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, ValidationError

from models.analyzer_options import (
    BUILTIN,
    HTTP,
    OPENAI,
    HttpOptions,
    OpenAIOptions,
    known_providers,
    options_of,
)
from models.enums import AnalyzerKind, ValueSource
from models.fields import dump_json
from models.workspace import AnalyzerBinding
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.builtin.run import Builtin
from workers.analyzers.http import Http
from workers.analyzers.interface import Analyzer, AnalyzerFailed
from workers.analyzers.openai import OpenAI
from workers.analyzers.outgoing import Services
from workers.analyzers.plugin import Plugin
from workers.analyzers.transcript import Transcript


@dataclass(frozen=True)
class Assignment:
    """An analyzer and what it is to find."""

    provider: str
    kinds: tuple[AnalyzerKind, ...]
    analyzer: Analyzer

    @property
    def source(self) -> ValueSource:
        """What its findings are marked with."""
        return ValueSource.BUILTIN if self.provider == BUILTIN else ValueSource.PROVIDER


def assignments(
    bindings: Sequence[AnalyzerBinding],
    kinds: Collection[AnalyzerKind] | None,
    services: Services,
    workspace_id: int,
) -> list[Assignment]:
    """Those that are enabled and wanted, the built-in ones first; without `kinds`, all."""
    groups: defaultdict[tuple[str, str], list[AnalyzerBinding]] = defaultdict(list)
    for binding in bindings:
        if binding.enabled and (kinds is None or binding.kind in kinds):
            shared = "" if binding.provider == BUILTIN else dump_json(binding.options)
            groups[binding.provider, shared].append(binding)
    ordered = sorted(groups.values(), key=lambda group: group[0].provider != BUILTIN)
    return [_assignment(group, services, workspace_id) for group in ordered]


def _assignment(
    group: Sequence[AnalyzerBinding], services: Services, workspace_id: int
) -> Assignment:
    provider = group[0].provider
    kinds = tuple(binding.kind for binding in group)
    try:
        options = {b.kind: options_of(b.kind, provider, b.options) for b in group}
    except ValidationError:
        reason = f"The options of the analyzer {provider!r} are not valid."
        return Assignment(provider, kinds, Failing(reason))
    return Assignment(provider, kinds, _analyzer(group[0], options, services, workspace_id))


def _analyzer(
    binding: AnalyzerBinding,
    options: dict[AnalyzerKind, BaseModel],
    services: Services,
    workspace_id: int,
) -> Analyzer:
    first = options[binding.kind]
    if binding.provider == BUILTIN:
        return Builtin(options)
    if binding.provider == HTTP:
        return Http(services, workspace_id, cast("HttpOptions", first))
    if binding.provider == OPENAI:
        return OpenAI(services, workspace_id, cast("OpenAIOptions", first))
    if binding.provider in known_providers():
        return Plugin(binding.provider, binding.options)
    return Failing(f"There is no analyzer {binding.provider!r}.")


class Failing:
    """Stands for an analyzer that cannot run, as when its package is no longer installed."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def __call__(
        self, _transcript: Transcript, _kinds: Collection[AnalyzerKind]
    ) -> AnalysisInput:
        """Raise AnalyzerFailed."""
        raise AnalyzerFailed(self._reason)
