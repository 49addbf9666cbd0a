"""Writes that must be refused: each with its errors, and without a trace."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from loaders.viewer import Viewer
from models.enums import Scope
from tests.conftest import GraphQL, data_of
from tests.reads.client import errors_of
from tests.writes.client import ERRORS, error
from tests.writes.rows import row_counts

Refusal = tuple[str, dict[str, Any], list[dict[str, Any]]]
"""Document, input and user errors; `$name` in an input stands for an id."""


def mutation(name: str, selected: str = "", input_type: str | None = None) -> str:
    """A document that calls it with `$input`."""
    of_name = "Delete" if name.endswith("Delete") else name[0].upper() + name[1:]
    call = f"{name}(input: $input) {{ {selected} {ERRORS} }}"
    return f"mutation($input: {input_type or of_name + 'Input'}!) {{ {call} }}"


def refusal(name: str, given: dict[str, Any], code: str, message: str, *field: str) -> Refusal:
    """One error, its path without the leading `input`."""
    return mutation(name), given, [error(code, message, "input", *field)]


def named(given: Any, ids: Mapping[str, str]) -> Any:
    """The input with ids in the place of their names."""
    if isinstance(given, dict):
        return {key: named(value, ids) for key, value in given.items()}  # pyright: ignore[reportUnknownVariableType]  # JSON
    return ids[given[1:]] if isinstance(given, str) and given[:1] == "$" else given


async def payload_of(graphql: GraphQL, document: str, given: Any, **more: Any) -> dict[str, Any]:
    """The payload of a mutation."""
    answer = data_of(await graphql(document, {"input": given}, **more))
    payload: dict[str, Any] = next(iter(answer.values()))
    return payload


async def assert_refused(
    graphql: GraphQL, viewer: Viewer, refusals: Iterable[Refusal], ids: Mapping[str, str] = {}
) -> None:
    """Each has exactly these errors, shows nothing, and nothing was changed or published."""
    before = await row_counts(viewer)
    for document, given, errors in refusals:
        payload = await payload_of(graphql, document, named(given, ids), by=viewer)
        assert payload.pop("userErrors") == errors, given
        assert set(payload.values()) == {None}, given
    assert await row_counts(viewer) == before


async def assert_forbidden(
    graphql: GraphQL, viewer: Viewer, scope: Scope, writes: Iterable[tuple[str, Any]]
) -> None:
    """Every other scope together does not allow any of these writes."""
    other = replace(viewer, scopes=frozenset(Scope) - {scope, Scope.ADMIN})
    before = await row_counts(viewer)
    for document, given in writes:
        result = await graphql(document, {"input": given}, by=other)
        assert errors_of(result) == [("FORBIDDEN", f"This needs the scope {scope}.")], document
    assert await row_counts(viewer) == before
