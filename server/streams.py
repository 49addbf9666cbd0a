"""How subscriptions are run for both doors: executed and encoded once for all who follow the same.

Subscribers share a run when the document, its variables and their scope are equal. The variable
that is only given to `after` says where one begins and makes no difference.
"""

from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from functools import lru_cache
from typing import Any, cast

import orjson
import strawberry
from graphql import (
    ArgumentNode,
    GraphQLSyntaxError,
    VariableNode,
    Visitor,
    parse,
    visit,
)
from strawberry.types import ExecutionResult

from server.admission import Admission
from server.errors import ErrorCode, Formatted
from server.operation import Operation, is_request_error, response_body
from subscriptions.cohort import Batch, Cohorts, Deliver, Interrupted
from subscriptions.stream import Course

_LARGE = 64 * 1024
"""Bytes of bodies after which no more are told together: a socket is written them at once."""

_ATTEMPTS = 5
"""Of an event that fails; then its errors are told to the clients."""


def _deliver_nothing(_batch: Batch) -> bool:
    return False


class NotExecuted(Exception):
    """A subscription was refused, or ended by an expected failure; clients are told `errors`."""

    def __init__(self, errors: list[Formatted]) -> None:
        super().__init__("The stream ends with errors.")
        self.errors = errors


class Streams:
    """Runs subscriptions."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema
        self._cohorts = Cohorts()

    @property
    def cohorts(self) -> int:
        """How many different streams are being followed."""
        return len(self._cohorts)

    async def follow(
        self, operation: Operation, admission: Admission, deliver: Deliver = _deliver_nothing
    ) -> AsyncGenerator[Batch]:
        """The JSON bodies of events; raise NotExecuted when there are no more for a reason.

        `deliver` may take them instead. The reader closes it; then nothing of the subscription is
        left.
        """

        def run(course: Course) -> AsyncGenerator[Batch]:
            return self._run(operation, admission, course)

        key = (_identity(operation), admission.audience)
        async with aclosing(self._cohorts.follow(key, run, deliver)) as batches:
            async for batch in batches:
                yield batch

    async def _run(
        self, operation: Operation, admission: Admission, course: Course
    ) -> AsyncGenerator[Batch]:
        """Raises Interrupted for what may pass, such as a database that is away."""
        results = await self._schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=admission.make_context(course),
            operation_name=operation.name,
            operation_extensions=operation.extensions,
        )
        async with aclosing(results):
            async for given in results:
                result = cast("ExecutionResult", given)
                async with aclosing(batches_of(result, course)) as batches:
                    async for batch in batches:
                        yield batch


async def batches_of(executed: ExecutionResult, course: Course) -> AsyncGenerator[Batch]:
    """What was executed together, in batches that are not large, up to what fails.

    The data of several events are a list of their results (`schema/execution_of_events.py`).
    """
    data: object = executed.data
    results = cast("list[ExecutionResult]", data if isinstance(data, list) else [executed])
    bodies: list[bytes] = []
    told = course.told
    for result in results:
        body = response_body(result)
        errors = body.get("errors", [])
        if _may_pass(errors) or is_request_error(result):
            if bodies:
                yield Batch(bodies, told[: len(bodies)])
                bodies, told = [], told[len(bodies) :]
            if _can_go_on(course) and _may_pass(errors):
                raise Interrupted
            if is_request_error(result):
                raise NotExecuted(errors)
        bodies.append(orjson.dumps(body))
        if sum(map(len, bodies)) >= _LARGE:
            yield Batch(bodies, told[: len(bodies)])
            bodies, told = [], told[len(bodies) :]
    if bodies:
        yield Batch(bodies, told)


def _can_go_on(course: Course) -> bool:
    """Whether to try again what failed; looked at when everything before it has been told."""
    is_under_way = course.start is not None or course.position is not None
    return is_under_way and course.attempt < _ATTEMPTS


def _may_pass(errors: list[Formatted]) -> bool:
    passing = {ErrorCode.INTERNAL, ErrorCode.OVERLOADED}
    return any(error["extensions"]["code"] in passing for error in errors)


def _identity(operation: Operation) -> Hashable:
    """What makes two subscriptions the same, but for where they begin and who asks."""
    start = _start_variable(operation.query)
    variables = {k: v for k, v in (operation.variables or {}).items() if k != start}
    given = orjson.dumps([variables, operation.extensions], option=orjson.OPT_SORT_KEYS)
    return operation.query, operation.name, given


class _Variables(Visitor):
    """Where the variables of a document are used."""

    def __init__(self) -> None:
        super().__init__()
        self.uses: list[str] = []
        self.starts: list[str] = []

    def enter_argument(self, node: ArgumentNode, *_place: Any) -> None:
        if node.name.value == "after" and isinstance(node.value, VariableNode):
            self.starts.append(node.value.name.value)

    def enter_variable(self, node: VariableNode, *_place: Any) -> None:
        self.uses.append(node.name.value)


@lru_cache(maxsize=512)
def _start_variable(query: str) -> str | None:
    """The variable that is used for `after` of the subscription and for nothing else."""
    try:
        document = parse(query)
    except GraphQLSyntaxError:
        return None
    found = _Variables()
    visit(document, found)
    if len(found.starts) != 1 or found.uses.count(found.starts[0]) != 2:
        return None  # it is defined once and used once
    return found.starts[0]
