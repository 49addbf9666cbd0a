"""What a client is told when something fails: one classification for HTTP and WebSocket.

Expected failures pass with their message and a code. Everything else is a bug of ours: it is
logged under an id, and the client is told that id and nothing more.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from graphql.language import ObjectFieldNode, ValueNode, VariableDefinitionNode, VariableNode
from strawberry.exceptions import StrawberryInputCoercionError

from models.errors import BadRequest, DomainError

log = structlog.get_logger(__name__)

_MASKED = "Something went wrong on our side."
_VARIABLE_PATH = re.compile(r"Variable '\$\w+' has invalid value(?: at (?P<path>[\w.\[\]]+))?:")


class ErrorCode(StrEnum):
    """`extensions.code` of an error; clients decide by it what to do next."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    INVALID_CURSOR = "INVALID_CURSOR"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    OVERLOADED = "OVERLOADED"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    SLOW_CONSUMER = "SLOW_CONSUMER"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    INTERNAL = "INTERNAL"


Formatted = dict[str, Any]
"""One entry of `errors` in a response."""


def refusal(code: str, message: str) -> Formatted:
    """An error that no field and no place in the document is to blame for."""
    return {"message": message, "extensions": {"code": code}}


def client_errors(errors: Iterable[GraphQLError]) -> list[Formatted]:
    """What clients are told of what went wrong, in the same order."""
    return [_client_error(error) for error in errors]


def masked(failure: BaseException, path: Sequence[str | int] | None = None) -> Formatted:
    """Log what was not expected, and say only under which id."""
    error_id = secrets.token_hex(8)
    log.error("unexpected_error", error_id=error_id, path=path, exc_info=failure)
    extensions = {"code": ErrorCode.INTERNAL, "errorId": error_id}
    return {"message": _MASKED, "extensions": extensions}


def _client_error(error: GraphQLError) -> Formatted:
    formatted: Formatted = {**error.formatted}
    cause = _cause(error)
    code = _code(error, cause)
    if code is None:
        return formatted | masked(cause, error.path)
    given = error.extensions or {}
    return formatted | {"extensions": {**given, "code": code, **_details(error, cause)}}


def _cause(error: GraphQLError) -> Exception:
    """What was raised first; Strawberry and graphql-core wrap it once or twice."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _code(error: GraphQLError, cause: Exception) -> str | None:
    """None when the failure is not an expected one."""
    if isinstance(cause, BadRequest):
        return cause.code
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    if isinstance(cause, DomainError | StrawberryInputCoercionError) or _refuses_a_value(error):
        return ErrorCode.BAD_USER_INPUT
    if isinstance(cause, GraphQLSyntaxError):
        return ErrorCode.GRAPHQL_PARSE_FAILED
    if isinstance(cause, GraphQLError) and error.path is None:
        return ErrorCode.GRAPHQL_VALIDATION_FAILED
    return None


def _refuses_a_value(error: GraphQLError) -> bool:
    """Whether a scalar, an enum or an input type refused a literal, a variable or an argument.

    graphql-core has no class for it; the first node of the error tells. A rule of validation that
    is about a variable also points at it, but has no original error and no path.
    """
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, VariableDefinitionNode):
        return error.original_error is not None
    if isinstance(node, VariableNode):
        return error.path is not None
    return isinstance(node, ValueNode | ObjectFieldNode)


def _details(error: GraphQLError, cause: Exception) -> Formatted:
    """Where in the input it is, in the form of `UserError.field`."""
    if isinstance(cause, DomainError):
        return {"violations": [asdict(violation) for violation in cause.violations]}
    node = error.nodes[0] if error.nodes else None
    match = _VARIABLE_PATH.match(error.message)
    if match is None or not isinstance(node, VariableDefinitionNode):
        return {}
    return {"field": [node.variable.name.value, *re.findall(r"\w+", match["path"] or "")]}
