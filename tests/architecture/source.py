"""The project's own Python files, parsed once, for tests that read them as text or as trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("server", "workers", "schema", "resolvers", "subscriptions", "loaders", "models", "tests")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    def is_in(self, *places: str) -> bool:
        """Whether it is one of these files or in one of these folders, from the root."""
        return any(self.name == place or self.name.startswith(f"{place}/") for place in places)

    def functions(self) -> Iterator[Function]:
        """Every function and method, inner ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[tuple[str, str]]:
        """Module and name of every import; the name is empty for `import module`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.module or "", alias.name) for alias in node.names)


@cache
def sources() -> tuple[Source, ...]:
    """All files of all rooms."""
    paths = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> Source:
    text = path.read_text()
    return Source(path, text, ast.parse(text))


def attribute_path(node: ast.expr) -> str:
    """`a.b.c` for what is written so, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = attribute_path(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""
