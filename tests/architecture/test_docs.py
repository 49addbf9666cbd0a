"""The documents are true: what they show parses, exists, and answers as they say."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from follow import LIST, LIVE
from graphql import GraphQLSchema, OperationDefinitionNode, parse, print_ast, validate
from strawberry.types import ExecutionResult
from typer.main import get_command

from loaders.viewer import Viewer
from resolvers.context import Context
from schema.build import build_schema
from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput
from server.cli import app
from server.demo.load import load_demo
from server.settings import PREFIX, Settings, settings_table
from subscriptions.hub import Hub
from tests.conftest import GraphQL

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
INGEST = ROOT / "docs" / "ingest.md"
LIVE_GUIDE = ROOT / "docs" / "live.md"
EXAMPLES = ROOT / "docs" / "examples"
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)

LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
VARIABLE = re.compile(rf"\b{PREFIX}(?!TEST_)[A-Z_]*[A-Z]\b")
SERVER = "python -m server"
FOREIGN_COMMANDS = {".venv/bin/tortoise", "gzip", "pg_dump", "sqlite3"}
"""Commands of others that the documents use."""
INTERPRETERS = {".venv/bin/python", "node"}
"""Commands that run our examples."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(page.read_text()) if found == language]


def prose(page: Path) -> str:
    return BLOCK.sub("", page.read_text())


def commands(page: Path) -> Iterator[str]:
    """Of shell blocks, and what prose quotes of our own commands."""
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            yield from (part.strip() for part in line.split("|"))
    for quoted in INLINE.findall(prose(page)):
        if quoted.startswith("make ") or SERVER in quoted:
            yield quoted


def anchors(page: Path) -> set[str]:
    """As forges make them of headings."""
    headings = HEADING.findall(prose(page))
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def operations(page: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in blocks(page, "graphql"):
        for definition in parse(block).definitions:
            assert isinstance(definition, OperationDefinitionNode)
            assert definition.name is not None, f"name this operation: {block}"
            found[definition.name.value] = block
    return found


@cache
def served_schema() -> GraphQLSchema:
    return build_schema()._schema  # pyright: ignore[reportPrivateUsage]  # for its real scalars


def check_command(command: str) -> None:
    """Raise AssertionError or typer's usage error for what does not exist."""
    words = shlex.split(command)
    if words[0] == "make":
        assert set(words[1:]) <= make_targets(), command
    elif SERVER in command:
        check_server_arguments(shlex.split(command.partition(SERVER)[2]))
    elif words[0] in INTERPRETERS:
        assert (ROOT / words[1]).is_file(), command
    else:
        assert words[0] in FOREIGN_COMMANDS, command


def make_targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def check_server_arguments(words: list[str]) -> None:
    command: Any = get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    if words == ["--help"]:
        return
    if hasattr(command, "commands"):
        assert words == [], f"there is no command {words[0]}"
    else:
        command.make_context(command.name, words)


def test_there_are_documents() -> None:
    assert {README, INGEST, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"} <= set(PAGES)


def test_the_readme_lists_the_settings() -> None:
    assert settings_table() in README.read_text()


def test_the_changelog_has_an_unreleased_section() -> None:
    assert "## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text()


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _separator, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_every_decision_is_linked_from_the_readme() -> None:
    decisions = {f"docs/adr/{page.name}" for page in (ROOT / "docs" / "adr").glob("*.md")}

    assert decisions == {link for link in LINK.findall(README.read_text()) if "/adr/" in link}


@every_page
def test_graphql_operations_are_valid(page: Path) -> None:
    for name, operation in operations(page).items():
        assert validate(served_schema(), parse(operation)) == [], name


@every_page
def test_commands_exist(page: Path) -> None:
    for command in commands(page):
        check_command(command)


@every_page
def test_environment_variables_exist(page: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}

    assert set(VARIABLE.findall(page.read_text())) <= known


def test_documents_for_import_are_valid() -> None:
    lines = [block.encode() for block in blocks(INGEST, "json") if '"start"' in block]

    assert lines
    for line in lines:
        assert line.count(b"\n") == 1
        assert parsed(SessionIngestInput, line).start.external_id is not None


async def test_the_mutations_of_the_ingest_guide_run_in_their_order(graphql: GraphQL) -> None:
    for name, operation in operations(INGEST).items():
        result = await graphql(operation)

        assert result.errors is None, name
        assert result.data is not None
        (payload,) = result.data.values()
        assert payload["userErrors"] == [], name


async def test_the_readme_shows_real_answers(viewer: Viewer, graphql: GraphQL, hub: Hub) -> None:
    await load_demo(viewer)
    shown = operations(README)
    page, event = (orjson.loads(block)["data"] for block in blocks(README, "json"))

    timeline = await graphql(shown["Timeline"])
    now = await graphql("{ changeCursor }")
    ended = await graphql(shown["End"])
    pushed = await first_event(shown["Watch"], now.data, Context(viewer, hub))

    assert timeline.data == page
    assert ended.data is not None
    assert ended.data["sessionEnd"]["userErrors"] == []
    assert without_cursor(pushed) == without_cursor(event)


def test_the_live_guide_shows_the_reducers_as_they_are() -> None:
    (python,), (javascript, _view) = blocks(LIVE_GUIDE, "python"), blocks(LIVE_GUIDE, "js")

    assert python == (EXAMPLES / "live_list.py").read_text()
    assert javascript == (EXAMPLES / "live-list.mjs").read_text()


def test_the_programs_of_the_live_guide_send_what_it_shows() -> None:
    shown = operations(LIVE_GUIDE)

    for name, sent in (("List", LIST), ("Live", LIVE)):
        in_javascript = written(EXAMPLES / "follow.mjs", name.upper())
        assert spaced(sent) == spaced(in_javascript) == spaced(shown[name])


def written(program: Path, name: str) -> str:
    """A template of JavaScript, filled in."""
    source = program.read_text()
    values: dict[str, str] = dict(
        re.findall(r'^const (\w+) = ["`]([^"`]+)["`];$', source, re.MULTILINE)
    )
    return values[name].replace("${SHOWN}", values["SHOWN"])


def spaced(document: str) -> str:
    return print_ast(parse(document))


async def test_the_live_guide_shows_a_real_event(
    viewer: Viewer, graphql: GraphQL, hub: Hub
) -> None:
    await load_demo(viewer)
    (event,) = (orjson.loads(block)["data"] for block in blocks(LIVE_GUIDE, "json"))

    now = await graphql("{ changeCursor }")
    await graphql(operations(README)["End"])
    live, context = operations(LIVE_GUIDE)["Live"], Context(viewer, hub)
    pushed = await first_event(live, now.data, context, skipped=1, filter={"isOpen": True})

    shown, real = event["sessionChanges"], pushed["sessionChanges"]
    assert shown.keys() == real.keys()
    assert {k: v for k, v in shown.items() if k not in {"cursor", "sessionId"}} == {
        k: v for k, v in real.items() if k not in {"cursor", "sessionId"}
    }


async def first_event(
    subscription: str,
    now: dict[str, Any] | None,
    context: Context,
    *,
    skipped: int = 0,
    **variables: Any,
) -> dict[str, Any]:
    assert now is not None
    stream = await build_schema().subscribe(
        subscription,
        variable_values={"after": now["changeCursor"], **variables},
        context_value=context,
    )
    assert not isinstance(stream, ExecutionResult)
    try:
        for _ in range(skipped):
            await anext(stream)
        result = await anext(stream)
    finally:
        await stream.aclose()
    [first, *_] = cast("list[ExecutionResult]", result.data)
    assert first.data is not None
    return first.data


def without_cursor(event: dict[str, Any]) -> dict[str, Any]:
    """Positions of the log differ from run to run."""
    ((name, change),) = event.items()
    return {name: {field: value for field, value in change.items() if field != "cursor"}}
