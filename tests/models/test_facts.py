"""Derived facts, by their definitions in PRODUCT.md."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from models.database_url import DatabaseUrl
from models.enums import ActorType, AssessmentCode, HandledBy, SessionEventKind
from models.facts import (
    appearances,
    first_response,
    handled_by,
    in_order,
    nearest_rank,
    participants,
    secured_revenue,
    success_factor,
    total,
)
from models.fields import to_milliseconds
from models.message import Message
from models.record import make
from models.session_event import SessionEvent

T0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONTACT, AI, HUMAN = ActorType.CONTACT, ActorType.AI_AGENT, ActorType.HUMAN_AGENT

pytestmark = pytest.mark.usefixtures("database")  # columns are known once Tortoise is set up


@pytest.fixture
def database_url(sqlite_template: Path) -> DatabaseUrl:
    """Facts are pure: one database is enough to have the models set up."""
    return DatabaseUrl.parse(f"sqlite://{sqlite_template}")


def said(
    seconds: int, sender: ActorType, sequence: int = 1, agent_id: int | None = None
) -> Message:
    at = T0 + timedelta(seconds=seconds)
    return make(Message, sent_at=at, sender_type=sender, sequence=sequence, agent_id=agent_id)


def happened(seconds: int, kind: SessionEventKind, agent_id: int | None = None) -> SessionEvent:
    at = T0 + timedelta(seconds=seconds)
    return make(SessionEvent, at=at, kind=kind, actor_type=ActorType.SYSTEM, agent_id=agent_id)


def test_first_response_runs_from_the_first_contact_message_to_the_next_agent_message() -> None:
    transcript = [said(0, AI), said(10, CONTACT), said(12, CONTACT), said(15, HUMAN), said(20, AI)]

    assert first_response(transcript) == 5_000


@pytest.mark.parametrize(
    "senders", [[], [CONTACT], [AI], [AI, CONTACT], [CONTACT, ActorType.SYSTEM]]
)
def test_first_response_is_absent_without_a_question_and_an_answer(
    senders: list[ActorType],
) -> None:
    assert first_response([said(i, sender) for i, sender in enumerate(senders)]) is None


def test_a_late_message_takes_its_place_by_the_time_it_was_sent() -> None:
    arrived = [said(0, CONTACT, 1), said(30, AI, 2), said(10, HUMAN, 3)]

    assert [m.sequence for m in in_order(arrived)] == [1, 3, 2]
    assert first_response(in_order(arrived)) == 10_000


@pytest.mark.parametrize(
    ("messages", "events", "expected"),
    [
        ([], [], HandledBy.NOBODY),
        ([CONTACT, CONTACT], [], HandledBy.NOBODY),
        ([CONTACT, AI], [], HandledBy.AI_ONLY),
        ([HUMAN, CONTACT], [], HandledBy.HUMAN_ONLY),
        ([AI, HUMAN, AI], [], HandledBy.AI_THEN_HUMAN),
        ([HUMAN, AI], [], HandledBy.HUMAN_THEN_AI),
        ([AI], [SessionEventKind.HANDOFF_ACCEPTED], HandledBy.AI_THEN_HUMAN),
        ([AI], [SessionEventKind.HANDOFF_REQUESTED], HandledBy.AI_ONLY),
    ],
)
def test_handled_by_is_the_order_of_first_appearance(
    messages: list[ActorType], events: list[SessionEventKind], expected: HandledBy
) -> None:
    transcript = [said(i, sender) for i, sender in enumerate(messages)]
    log = [happened(100 + i, kind) for i, kind in enumerate(events)]

    assert handled_by(appearances(transcript, log, {})) == expected


def participant(*values: object) -> dict[str, object]:
    names = ("actorType", "agentId", "joinedAt", "leftAt", "messageCount")
    return dict(zip(names, values, strict=True))


def test_participants_are_listed_once_in_order_of_joining() -> None:
    transcript = [said(0, CONTACT), said(5, AI, agent_id=7), said(9, CONTACT)]
    log = [
        happened(20, SessionEventKind.HANDOFF_ACCEPTED, 8),
        happened(30, SessionEventKind.AGENT_LEFT, 8),
    ]
    ended = T0 + timedelta(seconds=60)
    end, zero = to_milliseconds(ended), to_milliseconds(T0)

    assert participants(appearances(transcript, log, {}), ended) == [
        participant("CONTACT", None, zero, end, 2),
        participant("AI_AGENT", 7, zero + 5_000, end, 1),
        participant("HUMAN_AGENT", 8, zero + 20_000, zero + 30_000, 0),
    ]


@pytest.mark.parametrize(
    ("quantile", "expected"), [(0.0, 10), (0.2, 10), (0.21, 20), (0.5, 30), (0.95, 50), (1.0, 50)]
)
def test_quantiles_are_by_nearest_rank(quantile: float, expected: int) -> None:
    assert nearest_rank([50, 10, 30, 20, 40], quantile) == expected
    assert nearest_rank([], quantile) is None


def test_a_total_of_nothing_is_absent_and_not_zero() -> None:
    assert total([None, None]) is None
    assert total([None, 2, 3]) == 5
    assert total([Decimal("1.5"), None]) == Decimal("1.5")


@pytest.mark.parametrize(
    ("counts", "assessment", "expected"),
    [
        (False, AssessmentCode.YES_A, Decimal(0)),
        (False, None, Decimal(0)),
        (True, None, None),
        (True, AssessmentCode.NO, Decimal(0)),
        (True, AssessmentCode.YES_A, Decimal("30.0000")),
        (True, AssessmentCode.YES_B, Decimal("30.0000")),
    ],
)
def test_secured_revenue_is_the_product_of_its_factors(
    counts: bool, assessment: AssessmentCode | None, expected: Decimal | None
) -> None:
    secured = secured_revenue(
        counts=counts,
        lead_value=Decimal(120),
        success=success_factor(assessment),
        factors=(0.5, 0.5),
    )

    assert secured == expected
