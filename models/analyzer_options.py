"""What the options of an analyzer binding may be: checked when set, and read when it runs.

`option_violations` is for whoever writes settings; `options_of` gives what an analyzer works with.
`docs/analysis.md` lists them for clients.
"""

from importlib.metadata import entry_points
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from models.enums import AnalyzerKind, UserErrorCode
from models.errors import Path, Violation
from models.fields import Json, dump_json

ENTRY_POINTS = "sessiongraph.analyzers"
"""Group under which installed packages offer analyzers."""
BUILTIN, HTTP, OPENAI = "builtin", "http", "openai"
KEY_PREFIX = "SESSIONGRAPH_ANALYZER_KEY_"
"""Only variables of this name are read for a provider's key: options are written by clients, and
must not be able to send the server's other secrets anywhere."""
MAX_OPTIONS_BYTES = 64 * 1024

Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Phrases = Annotated[tuple[Phrase, ...], Field(max_length=500)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
_Label = Annotated[str, StringConstraints(min_length=3, max_length=48)]
_Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
_Url = Annotated[str, StringConstraints(max_length=2_048, pattern=r"^https?://[^\s@/?#]+(/\S*)?$")]
_Variable = Annotated[str, StringConstraints(pattern=rf"^{KEY_PREFIX}[A-Z0-9_]{{1,64}}$")]
_Seconds = Annotated[float, Field(ge=0.1, le=120, allow_inf_nan=False)]
_Mood = Annotated[float, Field(ge=-4, le=4, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]

O = TypeVar("O", bound="Options")  # noqa: E741  # options


class Options(BaseModel):
    """None at all; the base of the others."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True
    )


class SummaryOptions(Options):
    """How much the built-in summary says."""

    max_length: Annotated[int, Field(ge=80, le=280)] = 280
    highlights: Annotated[int, Field(ge=0, le=5)] = 3


class SentimentOptions(Options):
    """Bounds of the labels, and words of the trade with their mood from -4 to 4."""

    positive_from: _Share = 0.27
    negative_to: _Share = -0.02
    words: Annotated[dict[Phrase, _Mood], Field(max_length=500)] = Field(
        default_factory=dict[str, float]
    )


class TopicRule(Options):
    """Sessions in which one of the keywords is said have the topic."""

    topic: _Name
    keywords: Annotated[Phrases, Field(min_length=1)]


class TopicOptions(Options):
    """Rules in order of preference."""

    rules: Annotated[tuple[TopicRule, ...], Field(max_length=200)] = ()


class LabelRule(Options):
    """Sessions in which one of the keywords is said get the label."""

    label: _Label
    keywords: Annotated[Phrases, Field(min_length=1)]


class LabelOptions(Options):
    """Rules; labels without one go by their name and description."""

    rules: Annotated[tuple[LabelRule, ...], Field(max_length=200)] = ()


class FieldRule(Options):
    """The value of the field stands near one of the keywords."""

    key: _Key
    keywords: Annotated[Phrases, Field(min_length=1)]


class FieldOptions(Options):
    """Rules; fields without one go by their key and name."""

    fields: Annotated[tuple[FieldRule, ...], Field(max_length=200)] = ()


class AssessmentOptions(Options):
    """Phrases with which the agent admits a failure, besides its own or instead of them."""

    failures: Phrases = ()
    use_defaults: bool = True


class LeadOptions(Options):
    """Phrases that show an intent to buy, a refusal, and that the offer cannot be had."""

    intents: Phrases = ()
    refusals: Phrases = ()
    unavailable: Phrases = ()
    use_defaults: bool = True


class GapOptions(Options):
    """Phrases with which the agent says that it does not know."""

    phrases: Phrases = ()
    use_defaults: bool = True


class HttpOptions(Options):
    """Where transcripts are sent; the answer is an `AnalysisInput`."""

    url: _Url
    timeout_seconds: _Seconds = 10.0
    api_key_variable: _Variable | None = None


class OpenAIOptions(HttpOptions):
    """An OpenAI-compatible service; `url` is that of its chat completions."""

    timeout_seconds: _Seconds = 30.0
    model: _Name
    instructions: Annotated[str, StringConstraints(max_length=10_000)] = ""


class PluginOptions(BaseModel):
    """Whatever the installed analyzer understands."""

    model_config = ConfigDict(frozen=True, extra="allow")


_BUILTIN: dict[AnalyzerKind, type[Options]] = {
    AnalyzerKind.SUMMARY: SummaryOptions,
    AnalyzerKind.SENTIMENT: SentimentOptions,
    AnalyzerKind.TOPIC: TopicOptions,
    AnalyzerKind.LABELS: LabelOptions,
    AnalyzerKind.CUSTOM_FIELDS: FieldOptions,
    AnalyzerKind.ASSESSMENT: AssessmentOptions,
    AnalyzerKind.LEAD: LeadOptions,
    AnalyzerKind.KNOWLEDGE_GAPS: GapOptions,
}


def known_providers() -> list[str]:
    """Names that a binding may have: ours, and those that installed packages offer."""
    offered = {entry.name for entry in entry_points(group=ENTRY_POINTS)}
    return [BUILTIN, HTTP, OPENAI, *sorted(offered - {BUILTIN, HTTP, OPENAI})]


def options_of(kind: AnalyzerKind, provider: str, options: Json) -> BaseModel:
    """The options with their defaults; raise pydantic's ValidationError."""
    return _type_of(kind, provider).model_validate({} if options is None else options)


def option_violations(
    kind: AnalyzerKind, provider: str, options: Json, path: Path = ()
) -> list[Violation]:
    """What is wrong with a binding, paths under `path`; empty when it can be stored."""
    if provider not in known_providers():
        message = f"There is no analyzer {provider!r}; there are {', '.join(known_providers())}."
        return [Violation(UserErrorCode.NOT_FOUND, message, (*path, "provider"))]
    where = (*path, "options")
    if options is not None and len(dump_json(options).encode()) > MAX_OPTIONS_BYTES:
        message = f"Options take at most {MAX_OPTIONS_BYTES} bytes of JSON."
        return [Violation(UserErrorCode.TOO_LONG, message, where)]
    try:
        options_of(kind, provider, options)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return [_violation(cast("dict[str, Any]", detail), where) for detail in details[:20]]
    return []


def _type_of(kind: AnalyzerKind, provider: str) -> type[BaseModel]:
    if provider == BUILTIN:
        return _BUILTIN[kind]
    others: dict[str, type[BaseModel]] = {HTTP: HttpOptions, OPENAI: OpenAIOptions}
    return others.get(provider, PluginOptions)


_CODES = {
    "missing": UserErrorCode.REQUIRED,
    "string_too_long": UserErrorCode.TOO_LONG,
    "too_long": UserErrorCode.TOO_MANY,
}


def _violation(detail: dict[str, Any], where: Path) -> Violation:
    field = (*where, *map(str, detail["loc"]))
    code = _CODES.get(detail["type"], UserErrorCode.INVALID)
    return Violation(code, detail["msg"], field)
