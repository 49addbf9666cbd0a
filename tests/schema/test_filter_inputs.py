"""Filters as inputs: they nest, and the limits hold at every depth."""

from datetime import timedelta

import pytest
import strawberry

from schema.inputs.document import adapter, parsed, validated
from schema.inputs.filter import DateTimeFilter, IDFilter, StringFilter
from schema.inputs.session_filter import SessionFilter
from tests.schema.given import INVALID, NUL, TOO_LONG, TOO_MANY, found


def test_a_filter_may_contain_itself() -> None:
    inner = SessionFilter(not_=SessionFilter(id=IDFilter(in_=[strawberry.ID("a")])))
    filter_ = SessionFilter(and_=[inner, SessionFilter(or_=[inner])])

    assert adapter(SessionFilter)
    assert validated(filter_) == filter_
    assert parsed(SessionFilter, b'{"and":[{"not":{"startedAt":{"last":"P7D"}}}]}') == (
        SessionFilter(
            and_=[
                SessionFilter(not_=SessionFilter(started_at=DateTimeFilter(last=timedelta(days=7))))
            ]
        )
    )


def test_lists_of_a_filter_are_bounded_at_the_clients_path() -> None:
    ids = [strawberry.ID("a")] * 1001
    filter_ = SessionFilter(
        and_=[SessionFilter(not_=SessionFilter(id=IDFilter(in_=ids)))], or_=[SessionFilter()] * 201
    )

    assert found(lambda: validated(filter_, "filter")) == [
        (
            TOO_MANY,
            "filter.and.0.not.id.in",
            "List should have at most 1000 items after validation, not 1001",
        ),
        (TOO_MANY, "filter.or", "List should have at most 200 items after validation, not 201"),
    ]


def test_a_filter_is_held_to_the_rules_of_its_values() -> None:
    filter_ = SessionFilter(topic=StringFilter(contains="x\0", starts_with="x" * 10_001))
    naive = b'{"startedAt":{"gte":"2026-01-31T09:30:00"}}'

    assert found(lambda: validated(filter_, "filter")) == [
        (TOO_LONG, "filter.topic.startsWith", "String should have at most 10000 characters")
    ]
    filter_ = SessionFilter(topic=StringFilter(in_=["x", "y\0"]))
    assert found(lambda: validated(filter_, "filter")) == [(INVALID, "filter.topic.in.1", NUL)]
    assert found(lambda: parsed(SessionFilter, naive)) == [
        (
            INVALID,
            "startedAt.gte",
            "an instant is RFC 3339 with an offset, such as 2026-01-31T09:30:00Z",
        )
    ]


@pytest.mark.parametrize("levels", [130, 300, 3000])
def test_a_filter_that_nests_without_end_is_refused(levels: int) -> None:
    filter_ = SessionFilter()
    for _ in range(levels):
        filter_ = SessionFilter(and_=[filter_, SessionFilter()], not_=SessionFilter())

    violations = found(lambda: validated(filter_, "filter"))

    assert {code for code, _, _ in violations} == {INVALID}
