"""Habits that hold for every file: sizes, empty packages, and doors that only one room may use."""

import ast
from collections.abc import Iterator

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from models.migrate import MIGRATIONS
from models.record import Record
from tests.architecture.rows import row_types
from tests.architecture.source import ROOMS, ROOT, Source, attribute_path, sources

LONGEST_FILE = 500
LONGEST_FUNCTION = 40
VAGUE_NAMES = {"common", "helpers", "misc", "utils"}
GENERATED = MIGRATIONS.replace(".", "/")
MANAGER_METHODS = {
    name
    for name in dir(Record)
    if not name.startswith("_") and name not in {"Meta", "construct", "describe", "pk"}
}
"""What Tortoise's models offer for reading and writing: all, filter, get, create, save …"""
ROWS = {model.__name__ for model in row_types()}
NAIVE = "tests/benchmarks/naive.py"
"""The measure of what our way gains: it does what a first draft would do."""


def test_each_room_imports_only_rooms_below_it() -> None:
    status = lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True, no_logo=True)

    assert status == EXIT_STATUS_SUCCESS


def test_every_folder_of_python_files_is_a_package_of_a_known_room() -> None:
    folders = {source.path.parent for source in sources()}
    top = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert [
        str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()
    ] == []
    assert top == set(ROOMS)


def test_packages_are_empty() -> None:
    packages = [source for source in sources() if source.path.name == "__init__.py"]

    assert [source.name for source in packages if source.text] == []


def test_no_file_is_too_long() -> None:
    lengths = {s.name: s.text.count("\n") for s in sources() if not s.is_in(GENERATED)}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{source.name}:{function.lineno} {function.name}": (function.end_lineno or 0)
        - function.lineno
        + 1
        for source in sources()
        for function in source.functions()
        if not source.is_in("tests")
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_no_file_is_a_drawer() -> None:
    assert [source.name for source in sources() if source.path.stem in VAGUE_NAMES] == []


def test_imports_stand_at_the_top() -> None:
    inner = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        for function in source.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inner == []


def test_names_for_type_checkers_only_are_those_of_the_upward_edges() -> None:
    users = [s.name for s in sources() if ("typing", "TYPE_CHECKING") in s.imports()]

    assert users == ["schema/upward.py"]


def test_the_environment_is_read_in_the_settings_only() -> None:
    readers = [
        source.name
        for source in sources()
        if not source.is_in("tests", "server/settings.py") and _reads_environment(source)
    ]

    assert readers == []


def test_only_models_use_the_methods_of_the_orm() -> None:
    """Reads go through loaders, which begin in the viewer's workspace; writes through the door."""
    calls = [
        f"{source.name}:{call.lineno} {attribute_path(call.func)}"
        for source in sources()
        if not source.is_in("models", NAIVE)
        for call in _manager_calls(source)
    ]

    assert calls == []


def test_every_exemption_from_a_check_has_a_code_and_a_reason() -> None:
    """`# noqa: E741  # the input`; what the reason is for nobody else can know."""
    silent = [
        f"{source.name}:{number}"
        for source in sources()
        if not source.is_in(GENERATED)
        for number, line in enumerate(source.text.splitlines(), start=1)
        for comment in _exemptions(line)
        if not _names_code_and_reason(comment)
    ]

    assert silent == []


def _reads_environment(source: Source) -> bool:
    names = {attribute_path(node) for node in ast.walk(source.tree) if isinstance(node, ast.expr)}
    return bool(names & {"os.environ", "os.getenv"}) or any(
        module == "os" and name in {"environ", "getenv"} for module, name in source.imports()
    )


def _manager_calls(source: Source) -> Iterator[ast.Call]:
    rows = ROWS | {
        alias.asname
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname and alias.name in ROWS
    }
    for call in ast.walk(source.tree):
        if isinstance(call, ast.Call):
            *_, owner, method = ("", "", *attribute_path(call.func).split("."))
            if owner in rows and method in MANAGER_METHODS:
                yield call


def _exemptions(line: str) -> Iterator[str]:
    for marker in ("# noqa", "# type: " + "ignore", "# pyright: " + "ignore"):
        _, found, rest = line.partition(marker)
        if found and not line[: line.index(marker)].rstrip().endswith(('"', "`")):
            yield rest


def _names_code_and_reason(comment: str) -> bool:
    code, separator, reason = comment.partition("  # ")
    return bool(separator and reason.strip() and code.strip(": "))
