"""What was executed together is told together, up to what has to be tried again."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from loaders.change_log import Told
from loaders.cursor import ChangePosition
from server.streams import NotExecuted, batches_of
from subscriptions.cohort import Batch, Interrupted
from subscriptions.stream import Course

AT = datetime(2026, 1, 1, tzinfo=UTC)


def position(seq: int) -> ChangePosition:
    return ChangePosition(1, seq, AT)


def result(text: str) -> ExecutionResult:
    return ExecutionResult({"text": text}, None)


def broken(error: Exception) -> ExecutionResult:
    failed = GraphQLError("broken", path=["text"], original_error=error)
    return ExecutionResult({"text": None}, [failed])


def executed(*results: ExecutionResult, attempt: int = 0) -> tuple[ExecutionResult, Course]:
    course = Course(start=position(0), attempt=attempt)
    course.told = [Told(None, position(seq), seq) for seq in range(1, len(results) + 1)]
    data: Any = list(results)
    return ExecutionResult(data, None), course


def texts(batch: Batch) -> list[str | None]:
    return [orjson.loads(body)["data"]["text"] for body in batch.bodies]


async def test_events_are_told_together_until_they_are_large() -> None:
    large = "x" * 40_000

    told = [one async for one in batches_of(*executed(*map(result, [large, large, "a", "b"])))]

    assert [texts(one) for one in told] == [[large, large], ["a", "b"]]
    assert [one.position for one in told] == [position(2), position(4)]


async def test_events_before_one_that_fails_are_told_and_it_is_tried_again() -> None:
    told = batches_of(*executed(result("a"), broken(KeyError()), result("c")))

    first = await anext(told)
    with pytest.raises(Interrupted):
        await anext(told)

    assert (texts(first), first.position) == (["a"], position(1))


async def test_an_event_that_keeps_failing_is_told_with_its_errors_and_the_next_is_tried() -> None:
    given, course = executed(broken(KeyError()), result("b"), broken(KeyError()), attempt=5)
    told = batches_of(given, course)

    first = await anext(told)
    course.attempt = 0  # as whoever reads it does with each that is told
    with pytest.raises(Interrupted):
        await anext(told)

    assert (texts(first), first.position) == ([None, "b"], position(2))
    [error] = orjson.loads(first.bodies[0])["errors"]
    assert error["extensions"]["code"] == "INTERNAL"


async def test_a_stream_that_fails_as_a_whole_ends() -> None:
    refused = ExecutionResult(None, [GraphQLError("no", extensions={"code": "SLOW_CONSUMER"})])

    with pytest.raises(NotExecuted) as ended:
        await anext(batches_of(refused, Course(start=position(0))))

    assert [error["extensions"]["code"] for error in ended.value.errors] == ["SLOW_CONSUMER"]
