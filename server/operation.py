"""One GraphQL operation as a client sent it, and its execution within the time limit.

Both doors read requests and run them here, so that they cannot disagree about what is valid.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, cast

import strawberry
from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from models.errors import BadRequest
from server.errors import ErrorCode, Formatted, client_errors

_OPAQUE = re.compile(
    r'''"""(?:[^"\\]+|\\"""|\\|"(?!""))*(?:""")?|"(?:[^"\\\n\r]+|\\.)*"?|\#[^\n\r]*'''
)
"""Block strings, strings and comments; an unclosed one too, so that no text is looked at twice."""

_BRACKET = re.compile(r"[{}()]")
_IGNORED = "\ufeff\t\n\r ,"

Abandoned = Callable[[], Awaitable[None]]
"""Returns when nobody waits for the answer any more."""


class InvalidRequest(BadRequest):
    """Not a GraphQL request: no query, or a parameter of the wrong type."""


@dataclass(frozen=True)
class Operation:
    """The four parameters of a request."""

    query: str
    variables: dict[str, Any] | None = None
    name: str | None = None
    extensions: dict[str, Any] | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Raise InvalidRequest unless `value` is an object with members of the right types."""
        if isinstance(value, list):
            raise InvalidRequest("Batches are not supported: send one operation per request.")
        if not isinstance(value, dict):
            raise InvalidRequest("A request is a JSON object.")
        members = cast("dict[str, object]", value)
        query = members.get("query")
        if not isinstance(query, str) or not query:
            raise InvalidRequest('"query" is required and is a string.')
        return cls(
            query,
            _object(members, "variables"),
            _operation_name(members),
            _object(members, "extensions"),
        )

    def require_choice(self) -> None:
        """Raise InvalidRequest when there are several operations and none is named."""
        if self.name is None and _has_several_operations(self.query):
            raise InvalidRequest('The document has several operations: set "operationName".')


@lru_cache(maxsize=128)
def _has_several_operations(query: str) -> bool:
    """Exact for documents that parse, without the price of parsing.

    Strawberry runs the first operation when none is named, and does not tell.
    """
    text = _OPAQUE.sub(" ", query)
    depth = start = operations = 0
    for bracket in _BRACKET.finditer(text):
        if bracket[0] in "{(":
            if depth == 0 and bracket[0] == "{":  # a definition's selection set
                header = text[start : bracket.start()].lstrip(_IGNORED)
                operations += not header.startswith("fragment")
            depth += 1
        else:
            depth -= 1
            if depth == 0 and bracket[0] == "}":
                start = bracket.end()
        if operations > 1 or depth < 0:  # unbalanced is for the parser to report
            break
    return operations > 1


def _object(members: Mapping[str, object], name: str) -> dict[str, Any] | None:
    value = members.get(name)
    if value is None or isinstance(value, dict):
        return cast("dict[str, Any] | None", value)
    raise InvalidRequest(f'"{name}" is an object or null.')


def _operation_name(members: Mapping[str, object]) -> str | None:
    value = members.get("operationName")
    if value is None or isinstance(value, str):
        return value or None  # some clients send "" for none
    raise InvalidRequest('"operationName" is a string or null.')


@dataclass(frozen=True)
class Executor:
    """Runs queries and mutations."""

    schema: strawberry.Schema
    timeout: float
    """Seconds an operation may take."""

    async def run(
        self,
        operation: Operation,
        context: object,
        allowed: Iterable[OperationType],
        abandoned: Abandoned | None = None,
    ) -> ExecutionResult:
        """Raise Strawberry's InvalidOperationTypeError for a type that is not `allowed`."""
        try:
            operation.require_choice()
            async with asyncio.timeout(self.timeout) as deadline:
                watch = abandoned and asyncio.create_task(_expire(deadline, abandoned))
                try:
                    return await self._execute(operation, context, allowed)
                finally:
                    if watch:
                        watch.cancel()
        except TimeoutError:
            message = f"The operation took longer than {self.timeout:g} seconds."
            return _failed(message, ErrorCode.TIMEOUT)
        except InvalidRequest as error:
            return _failed(str(error), ErrorCode.BAD_USER_INPUT)
        except CannotGetOperationTypeError as error:
            return _failed(error.as_http_error_reason(), ErrorCode.BAD_USER_INPUT)

    async def _execute(
        self, operation: Operation, context: object, allowed: Iterable[OperationType]
    ) -> ExecutionResult:
        return await self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
            allowed_operation_types=allowed,
            operation_extensions=operation.extensions,
        )


async def _expire(deadline: asyncio.Timeout, abandoned: Abandoned) -> None:
    await abandoned()
    deadline.reschedule(asyncio.get_running_loop().time())


def _failed(message: str, code: ErrorCode) -> ExecutionResult:
    return PreExecutionError(None, [GraphQLError(message, extensions={"code": code})])


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed: the response then has no `data`."""
    return result.data is None and all(error.path is None for error in result.errors or [])


def response_body(result: ExecutionResult) -> Formatted:
    """The members of a GraphQL response; errors come first, as the specification asks."""
    body: Formatted = {}
    if result.errors:
        body["errors"] = client_errors(result.errors)
    if not is_request_error(result):
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body
