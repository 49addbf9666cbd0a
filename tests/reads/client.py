"""What read tests ask of GraphQL answers."""

from collections.abc import Sequence
from typing import Any

from strawberry.types import ExecutionResult

from models.global_id import encode_id
from models.record import Record
from server.errors import client_errors


def global_id(row: Record) -> str:
    """As clients see it."""
    return encode_id(type(row).__name__, row.id)


def data_of(result: ExecutionResult) -> dict[str, Any]:
    """The data of an answer without errors."""
    assert result.errors is None, [error.message for error in result.errors]
    assert result.data is not None
    return result.data


def errors_of(result: ExecutionResult) -> Sequence[tuple[str, str]]:
    """Code and message of each error, as clients are told."""
    formatted = client_errors(result.errors or [])
    return [(error["extensions"]["code"], error["message"]) for error in formatted]
