"""Analyzers outside the process, against a real server that answers well, badly and not at all."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.analyzer_options import known_providers
from models.enums import AnalyzerKind as Kind
from models.enums import ValueSource
from models.workspace import AnalyzerBinding
from schema.inputs.analysis import AnalysisInput
from tests.workers.analyzers.sessions import session
from tests.workers.analyzers.standin import StandIn, standing_in
from workers.analyzers import plugin
from workers.analyzers.breaker import COOL_DOWN, FAILURES, Breakers
from workers.analyzers.interface import AnalyzerFailed, AnalyzerUnavailable, permitted
from workers.analyzers.outgoing import MAX_REQUEST_BYTES, PublicOnly, Services, is_public
from workers.analyzers.providers import assignments
from workers.analyzers.transcript import LabelChoice

KEY = "SESSIONGRAPH_ANALYZER_KEY_TEST"
SAID = session("I want my money back.", "> Sure.", labels=(LabelChoice("refund"),))
BOTH = (Kind.SUMMARY, Kind.LABELS)


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with standing_in() as running:
        yield running


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    async with Services(may_be_private=True, keys={KEY: "secret"}, wait_initial=0.001) as opened:
        yield opened


async def ask(
    services: Services, url: str, provider: str = "http", kinds: Any = BOTH, **options: Any
) -> AnalysisInput:
    bindings = [AnalyzerBinding(kind, provider, True, {"url": url, **options}) for kind in kinds]
    (assigned,) = assignments(bindings, None, services, 1)
    assert (assigned.kinds, assigned.source) == (tuple(kinds), ValueSource.PROVIDER)
    return await assigned.analyzer(SAID, assigned.kinds)


async def refusal(services: Services, url: str, provider: str = "http", **options: Any) -> str:
    with pytest.raises(AnalyzerFailed) as refused:
        await ask(services, url, provider, **options)
    return str(refused.value)


async def test_a_service_is_sent_the_transcript_once_and_its_findings_are_taken(
    services: Services, server: StandIn
) -> None:
    findings = await ask(services, server.url("/good"), apiKeyVariable=KEY)

    assert findings == AnalysisInput(
        provider="stand-in", model="m-1", summary="All is well.", labels=["Refund", "Unknown"]
    )
    assert permitted(findings, SAID).labels == ["refund"]
    (body,) = server.bodies
    assert (body["kinds"], body["session"]["id"]) == (["LABELS", "SUMMARY"], "s-1")
    assert [m["text"] for m in body["messages"]] == ["I want my money back.", "Sure."]
    assert server.headers[0]["authorization"] == "Bearer secret"
    assert server.headers[0]["content-type"] == "application/json"


async def test_a_passing_failure_is_tried_again(services: Services, server: StandIn) -> None:
    findings = await ask(services, server.url("/flaky"))

    assert findings.summary == "All is well."
    assert server.asked["/flaky"] == 3


async def test_every_bad_answer_has_its_reason(services: Services, server: StandIn) -> None:
    expected = {
        "/broken": ("The analyzer answered with status 500. It was tried 3 times.", 3),
        "/refused": ("The analyzer answered with status 401.", 1),
        "/moved": ("The analyzer answered with status 302.", 1),
        "/huge": ("The answer takes more than 1048576 bytes.", 1),
        "/wrong": (
            "The answer is no AnalysisInput: Input should be a valid string (summary)."
            " There are 2 more errors.",
            1,
        ),
        "/unknown": ("The answer is no AnalysisInput: There is no such field (summry).", 1),
        "/nan": (
            "The answer is no AnalysisInput: Input should be a finite number (sentimentScore).",
            1,
        ),
    }

    found = {
        path: (await refusal(services, server.url(path)), server.asked[path]) for path in expected
    }

    assert found == expected
    for path in ("/garbage", "/empty", "/list"):
        assert (await refusal(services, server.url(path))).startswith(
            "The answer is no AnalysisInput: "
        )


async def test_a_slow_service_is_given_up_and_an_absent_one_is_told(
    services: Services, server: StandIn
) -> None:
    slow = await refusal(services, server.url("/slow"), timeoutSeconds=0.1)
    absent = await refusal(services, "http://127.0.0.1:9/")
    nameless = await refusal(services, "http://nowhere.invalid/")

    assert slow == "The analyzer did not answer in 0.1 seconds. It was tried 3 times."
    assert absent == "The analyzer was not reached: ConnectError. It was tried 3 times."
    assert nameless == "The analyzer was not reached: ConnectError. It was tried 3 times."


async def test_a_missing_key_and_a_huge_transcript_are_told_without_a_call(
    services: Services, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = await refusal(services, server.url("/good"), apiKeyVariable=f"{KEY}_2")
    monkeypatch.setattr("workers.analyzers.outgoing.MAX_REQUEST_BYTES", 10)
    huge = await refusal(services, server.url("/good"))

    assert missing == f"The variable {KEY}_2 is not set."
    assert huge == "The transcript takes more than 10 bytes."
    assert server.asked["/good"] == 0
    assert MAX_REQUEST_BYTES == 4 * 1024 * 1024


async def test_a_failing_service_is_left_alone_and_tried_with_one_call(server: StandIn) -> None:
    now = [0.0]
    breakers = Breakers(lambda: now[0])
    url = server.url("/switched")
    async with Services(may_be_private=True, breakers=breakers, wait_initial=0.001) as services:
        for _ in range(FAILURES):
            await refusal(services, url)
        calls = server.asked["/switched"]
        with pytest.raises(AnalyzerUnavailable) as left_alone:
            await ask(services, url)
        other = await ask(services, server.url("/good"))
        now[0] = COOL_DOWN
        await refusal(services, url)
        with pytest.raises(AnalyzerUnavailable):
            await ask(services, url)
        now[0] = 2 * COOL_DOWN
        server.is_well = True
        back = await ask(services, url)
        again = await ask(services, url)

    assert calls == FAILURES * 3
    assert left_alone.value.seconds == COOL_DOWN
    assert other.summary == back.summary == again.summary == "All is well."
    assert server.asked["/switched"] == (FAILURES + 1) * 3 + 2


async def test_another_workspace_is_not_held_up_by_the_failures_of_one() -> None:
    breakers = Breakers(lambda: 0.0)
    for _ in range(FAILURES):
        breakers.of(1, "http://a/").failed()

    breakers.of(2, "http://a/").enter()
    breakers.of(1, "http://b/").enter()
    with pytest.raises(AnalyzerUnavailable):
        breakers.of(1, "http://a/").enter()


async def test_addresses_that_are_not_public_are_refused_before_a_connection(
    server: StandIn,
) -> None:
    async with Services(wait_initial=0.001) as services:
        direct = await refusal(services, server.url("/good"))
        named = await refusal(services, f"http://localhost:{server.port}/good")

    assert (direct, named) == (
        "127.0.0.1 is not a public address.", "localhost is not a public address.",
    )  # fmt: skip
    assert server.asked == {}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_what_is_public() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


async def test_the_connection_goes_to_the_address_that_was_checked(server: StandIn) -> None:
    transport = PublicOnly(may_be_private=True)
    request = httpx2.Request("POST", f"http://localhost:{server.port}/good", content=b"{}")

    answer = await transport.handle_async_request(request)
    await answer.aread()
    await transport.aclose()

    assert request.url.host == "127.0.0.1"
    assert server.headers[0]["host"] == f"localhost:{server.port}"
    assert request.extensions["sni_hostname"] == "localhost"


async def test_a_chat_service_is_asked_for_json_and_believed_only_on_what_was_asked(
    services: Services, server: StandIn
) -> None:
    findings = await ask(
        services, server.url("/chat"), "openai", model="small", instructions="Be brief."
    )

    assert findings == AnalysisInput(provider="openai", model="small-2026", summary="All is well.")
    (body,) = server.bodies
    assert (body["model"], body["temperature"]) == ("small", 0)
    assert body["response_format"] == {"type": "json_object"}
    system, user = body["messages"]
    assert "- summary (text): What the session was about and how it ended." in system["content"]
    assert "- labels (list of names): " in system["content"]
    assert "sentiment" not in system["content"]
    assert system["content"].endswith("\nBe brief.")
    assert "I want my money back." in user["content"]


async def test_a_chat_service_that_does_not_answer_in_json_fails(
    services: Services, server: StandIn
) -> None:
    options = {"model": "small"}
    prose = await refusal(services, server.url("/chat-prose"), "openai", **options)
    empty = await refusal(services, server.url("/chat-empty"), "openai", **options)
    other = await refusal(services, server.url("/garbage"), "openai", **options)

    assert prose.startswith("The answer is no AnalysisInput: ")
    assert empty == other == "The answer is no chat completion with a text."


PLUGIN = """
from schema.inputs.analysis import AnalysisInput

def plain(transcript, kinds, options):
    return AnalysisInput(summary=f"{len(transcript.turns)} {sorted(kinds)[0]} {options}", topic="x")

async def running(transcript, kinds, options):
    return AnalysisInput(summary="async", provider="mine", model="7")

def raising(transcript, kinds, options):
    raise KeyError("secret")

def odd(transcript, kinds, options):
    return {"summary": "x"}

def invalid(transcript, kinds, options):
    return AnalysisInput(summary="x" * 20_000)

async def endless(transcript, kinds, options):
    import asyncio
    await asyncio.Event().wait()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that offers analyzers, as pip leaves it."""
    info = tmp_path / "acme_analyzers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-analyzers\nVersion: 1.0\n")
    names = ("plain", "running", "raising", "odd", "invalid", "endless")
    lines = "\n".join(f"{name} = acme_analyzers:{name}" for name in names)
    (info / "entry_points.txt").write_text(f"[sessiongraph.analyzers]\n{lines}\n")
    (tmp_path / "acme_analyzers.py").write_text(PLUGIN)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "acme_analyzers", raising=False)
    plugin.forget()


async def use(services: Services, name: str, options: Any = None) -> AnalysisInput:
    binding = AnalyzerBinding(Kind.SUMMARY, name, True, options)
    (assigned,) = assignments([binding], None, services, 1)
    return await assigned.analyzer(SAID, assigned.kinds)


@pytest.mark.usefixtures("installed")
async def test_an_installed_package_offers_analyzers(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "SECONDS", 0.05)

    assert {"plain", "running"} < set(known_providers())
    assert await use(services, "plain", {"a": 1}) == AnalysisInput(
        provider="plain", summary="2 SUMMARY {'a': 1}"
    )
    assert await use(services, "running") == AnalysisInput(
        provider="mine", model="7", summary="async"
    )
    reasons = {
        "raising": "The analyzer raised KeyError.",
        "odd": "The analyzer returned dict.",
        "invalid": "The findings are not valid: String should have at most 10000 characters.",
        "endless": "The analyzer took more than 0.05 seconds.",
        "absent": "There is no analyzer 'absent'.",
    }
    for name, reason in reasons.items():
        with pytest.raises(AnalyzerFailed) as failed:
            await use(services, name)
        assert str(failed.value) == reason


async def test_bindings_are_grouped_by_service_and_the_disabled_left_out(
    services: Services,
) -> None:
    same, other = {"url": "http://a/"}, {"url": "http://b/"}
    bindings = [
        AnalyzerBinding(Kind.SUMMARY, "http", True, same),
        AnalyzerBinding(Kind.SENTIMENT, "builtin", True, None),
        AnalyzerBinding(Kind.TOPIC, "http", True, same),
        AnalyzerBinding(Kind.LEAD, "http", True, other),
        AnalyzerBinding(Kind.LABELS, "builtin", False, None),
        AnalyzerBinding(Kind.ASSESSMENT, "builtin", True, {}),
        AnalyzerBinding(Kind.CUSTOM_FIELDS, "http", True, {"url": "nonsense"}),
    ]

    everything = assignments(bindings, None, services, 1)
    some = assignments(bindings, [Kind.LEAD, Kind.LABELS], services, 1)

    assert [(a.provider, a.kinds, a.source) for a in everything] == [
        ("builtin", (Kind.SENTIMENT, Kind.ASSESSMENT), "BUILTIN"),
        ("http", (Kind.SUMMARY, Kind.TOPIC), "PROVIDER"),
        ("http", (Kind.LEAD,), "PROVIDER"),
        ("http", (Kind.CUSTOM_FIELDS,), "PROVIDER"),
    ]
    assert [(a.provider, a.kinds) for a in some] == [("http", (Kind.LEAD,))]
    with pytest.raises(AnalyzerFailed, match="The options of the analyzer 'http' are not valid"):
        await everything[3].analyzer(SAID, everything[3].kinds)
