"""Cases of refused writes: each says what is wrong, changes nothing and publishes nothing."""

from typing import Any, NamedTuple

from loaders.change import change_position
from loaders.viewer import Viewer
from tests.conftest import GraphQL, data_of
from tests.writes.rows import row_counts

UserErrors = list[dict[str, Any]]


class Refusal(NamedTuple):
    """An input that is refused, and with which errors."""

    mutation: str
    input: dict[str, Any]
    errors: UserErrors


async def refused(graphql: GraphQL, viewer: Viewer, case: Refusal) -> UserErrors:
    """The user errors of the case; fails when the database or the log has changed."""
    before = (await row_counts(viewer), (await change_position(viewer)).seq)
    document = mutation(case.mutation)
    payload = data_of(await graphql(document, {"input": case.input}, by=viewer))[case.mutation]
    after = (await row_counts(viewer), (await change_position(viewer)).seq)
    assert after == before, case
    assert payload["changeCursor"] is None, case
    errors: UserErrors = payload["userErrors"]
    return errors


def mutation(name: str, selection: str = "") -> str:
    """A document that calls it with `$input`."""
    input_type = name[0].upper() + name[1:] + "Input"
    if name.endswith("Delete"):
        input_type = "DeleteInput"
    return (
        f"mutation($input: {input_type}!) {{ {name}(input: $input) {{ {selection}"
        " userErrors { code message field } changeCursor } }"
    )


def refusal(name: str, given: dict[str, Any], code: str, message: str, *field: str) -> Refusal:
    """A case with one error, its path without the leading `input`."""
    error = {"code": code, "message": message, "field": ["input", *field]}
    return Refusal(name, given, [error])
