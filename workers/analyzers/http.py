"""The provider `http`: POST the transcript, receive an `AnalysisInput`, both as JSON."""

from collections.abc import Collection
from dataclasses import replace

import orjson

from models.analyzer_options import HTTP, HttpOptions
from models.enums import AnalyzerKind
from models.errors import Rejected
from schema.inputs.analysis import AnalysisInput
from schema.inputs.document import parsed
from workers.analyzers.interface import AnalyzerFailed, only
from workers.analyzers.outgoing import Call, Services
from workers.analyzers.transcript import Transcript, as_document


class Http:
    """One service of one workspace."""

    def __init__(self, services: Services, workspace_id: int, options: HttpOptions) -> None:
        self._services = services
        self._workspace_id = workspace_id
        self._options = options

    async def __call__(
        self, transcript: Transcript, kinds: Collection[AnalyzerKind]
    ) -> AnalysisInput:
        """What the service answers; raise AnalyzerFailed or AnalyzerUnavailable."""
        body = orjson.dumps({"kinds": sorted(kinds), **as_document(transcript)})
        options = self._options
        call = Call(
            self._workspace_id, options.url, options.timeout_seconds, body, options.api_key_variable
        )
        found = only(await self._services.ask(call, findings_in), kinds)
        return replace(found, provider=found.provider or HTTP)


def findings_in(document: bytes) -> AnalysisInput:
    """An `AnalysisInput` from its JSON; raise AnalyzerFailed with what is wrong, and where."""
    try:
        return parsed(AnalysisInput, document)
    except Rejected as error:
        first, *others = error.violations
        where = ".".join(first.field)
        more = f" There are {len(others)} more errors." if others else ""
        what = f"{first.message} ({where})" if where else first.message
        raise AnalyzerFailed(f"The answer is no AnalysisInput: {what}.{more}") from error
