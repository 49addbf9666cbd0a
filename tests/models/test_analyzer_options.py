"""What the options of an analyzer binding may be, with code and path for what they may not."""

from typing import Any

import pytest

from models.analyzer_options import (
    BUILTIN,
    HTTP,
    OPENAI,
    LabelOptions,
    LabelRule,
    option_violations,
    options_of,
)
from models.enums import AnalyzerKind as Kind

URL = "https://analyzer.example.com/analyze"


def test_every_builtin_analyzer_runs_without_options() -> None:
    assert [option_violations(kind, BUILTIN, None) for kind in Kind] == [[]] * len(Kind)


def test_options_are_read_with_their_defaults() -> None:
    stored = {"rules": [{"label": "Refund", "keywords": ["money back"]}]}

    assert options_of(Kind.LABELS, BUILTIN, stored) == LabelOptions(
        rules=(LabelRule(label="Refund", keywords=("money back",)),)
    )


@pytest.mark.parametrize(
    ("kind", "provider", "options"),
    [
        (Kind.SUMMARY, BUILTIN, {"maxLength": 80, "highlights": 0}),
        (Kind.SENTIMENT, BUILTIN, {"words": {"rugpull": -2.9}, "negativeTo": -1}),
        (Kind.LEAD, BUILTIN, {"intents": ["kaufen"], "useDefaults": False}),
        (Kind.SUMMARY, HTTP, {"url": URL, "timeoutSeconds": 5}),
        (Kind.TOPIC, HTTP, {"url": URL, "apiKeyVariable": "SESSIONGRAPH_ANALYZER_KEY_ACME"}),
        (Kind.TOPIC, OPENAI, {"url": URL, "model": "small", "instructions": "Be brief."}),
    ],
)
def test_what_may_be_set(kind: Kind, provider: str, options: dict[str, Any]) -> None:
    assert option_violations(kind, provider, options) == []


@pytest.mark.parametrize(
    ("kind", "provider", "options", "code", "field"),
    [
        (Kind.SUMMARY, BUILTIN, {"maxLength": 281}, "INVALID", ("options", "maxLength")),
        (Kind.SUMMARY, BUILTIN, {"length": 1}, "INVALID", ("options", "length")),
        (Kind.SUMMARY, BUILTIN, ["a list"], "INVALID", ("options",)),
        (Kind.SENTIMENT, BUILTIN, {"words": {"a": 5}}, "INVALID", ("options", "words", "a")),
        (Kind.SENTIMENT, BUILTIN, {"positiveFrom": "x"}, "INVALID", ("options", "positiveFrom")),
        (
            Kind.TOPIC, BUILTIN, {"rules": [{"topic": "A"}]}, "REQUIRED",
            ("options", "rules", "0", "keywords"),
        ),
        (
            Kind.LABELS, BUILTIN, {"rules": [{"label": "x" * 49, "keywords": ["a"]}]}, "TOO_LONG",
            ("options", "rules", "0", "label"),
        ),
        (
            Kind.KNOWLEDGE_GAPS, BUILTIN, {"phrases": ["a"] * 501}, "TOO_MANY",
            ("options", "phrases"),
        ),
        (Kind.LEAD, BUILTIN, {"intents": ["x" * 200] * 400}, "TOO_LONG", ("options",)),
        (Kind.SUMMARY, HTTP, {}, "REQUIRED", ("options", "url")),
        (Kind.SUMMARY, HTTP, {"url": "ftp://x"}, "INVALID", ("options", "url")),
        (Kind.SUMMARY, HTTP, {"url": "http://a:b@x/"}, "INVALID", ("options", "url")),
        (Kind.SUMMARY, HTTP, {"url": "file:///etc/passwd"}, "INVALID", ("options", "url")),
        (
            Kind.SUMMARY, HTTP, {"url": URL, "apiKeyVariable": "AWS_SECRET_ACCESS_KEY"}, "INVALID",
            ("options", "apiKeyVariable"),
        ),
        (
            Kind.SUMMARY, HTTP, {"url": URL, "timeoutSeconds": 0}, "INVALID",
            ("options", "timeoutSeconds"),
        ),
        (Kind.SUMMARY, OPENAI, {"url": URL}, "REQUIRED", ("options", "model")),
        (Kind.SUMMARY, "magic", {}, "NOT_FOUND", ("provider",)),
    ],
)  # fmt: skip
def test_what_may_not_be_set(
    kind: Kind, provider: str, options: Any, code: str, field: tuple[str, ...]
) -> None:
    violations = option_violations(kind, provider, options, ("input", "analyzers", "0"))

    assert [(v.code.value, v.field) for v in violations] == [
        (code, ("input", "analyzers", "0", *field))
    ]
