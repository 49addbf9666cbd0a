"""A workspace of random sessions, as rows and as the facts that `evaluator.py` judges.

Values come from small pools full of nulls, so that random filters often find some but not all.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from loaders.viewer import Viewer
from models.contact import Contact
from models.custom_field import CustomField
from models.enums import (
    ActorType,
    AssessmentCode,
    ChannelType,
    CustomFieldTarget,
    CustomFieldType,
    GoalStatus,
    HandledBy,
    JourneyExitKind,
    Modality,
    SentimentLabel,
    SessionActivity,
    SessionEndReason,
    SessionEventKind,
    SessionStatus,
    ValueSource,
)
from models.field_value import column_of
from models.record import Record
from models.session import Session
from tests.reads.client import global_id
from tests.reads.evaluator import Facts, Filter
from tests.reads.rows import START, Rows, minutes

TEXTS = ["Billing", "billing", "Straße 100%", "STRASSE", "snake_case", "Ålesund", "", "a\\b", "?"]
NUMBERS = [0.0, 1.0, 1.5, -2.0, 300.0]
MONEY = ["0", "12.5", "0.0001", "-3"]
OFFSETS = [0, 1, 2, 5, 60]
KINDS = [SessionEventKind.STARTED, SessionEventKind.HANDOFF_REQUESTED, SessionEventKind.CUSTOM]
KEYS = ["a", "b.c", "a.b", '"', "$", "a.b.c", "x y"]
"""Paths into metadata; some lead nowhere."""
_LEAVES: list[Any] = [None, True, False, 0, 1, 1.5, "Billing", "straße", "1", [], ["a"], {}]
_FLAGS = (
    "hasMissingKnowledge", "hasHandoff", "isLead", "isOpportunity", "isTest", "isTodo", "isDone",
    "isArchived", "isFavorite",
)  # fmt: skip


@dataclass
class World:
    """What was made; `sessions` by key."""

    sessions: dict[int, Facts]
    ids: dict[str, list[str]]
    """Global ids by type."""
    views: dict[str, Filter]
    fields: dict[CustomFieldTarget, dict[str, CustomField]]


async def populate(viewer: Viewer, seed: int, count: int = 60) -> World:
    """Random sessions in the viewer's workspace."""
    maker = _Maker(Rows(viewer), Random(seed))  # a law that anybody can run again
    for _ in range(count):
        maker.session()
    maker.views()
    await maker.rows.save()
    return maker.world


class _Maker:
    """Rows and facts, side by side."""

    def __init__(self, rows: Rows, random: Random) -> None:
        self.rows = rows
        self.random = random
        self.world = World({}, {}, {}, {})
        self.fields = {target: self._fields(target) for target in CustomFieldTarget}
        self.world.fields = self.fields
        self.labels = [self._known(rows.label(name)) for name in ("Billing", "urgent", "Straße")]
        self.goals = [self._known(rows.goal(key)) for key in ("book", "pay", "Billing")]
        self.blocks = [self._known(rows.block(key)) for key in ("hello", "offer", "bye")]
        self.forms = [self._known(rows.form(key)) for key in ("lead", "survey")]
        self.channels = [self._known(rows.channel(name)) for name in ("web", "phone")]
        self.agents = [
            self._known(rows.agent(name, kind=kind, external_id=external_id))
            for name, kind, external_id in (
                ("Billing", ActorType.AI_AGENT, "r-1"),
                ("Ålesund", ActorType.HUMAN_AGENT, None),
            )
        ]
        self.contacts = [self._contact() for _ in range(8)]

    def views(self) -> None:
        """Filters that others can be composed with."""
        for filter in ({"isTest": True}, {"isArchived": True}, {"not": {"topic": {"eq": "?"}}}):
            view = self._known(self.rows.view(filter))
            self.world.views[global_id(view)] = filter

    def _known(self, row: Any) -> Any:
        self.world.ids.setdefault(type(row).__name__, []).append(global_id(row))
        return row

    def _fields(self, target: CustomFieldTarget) -> dict[str, CustomField]:
        options = {"options": ["red", "green", "blue"]}
        return {
            type_.lower(): self.rows.field(type_.lower(), type=type_, applies_to=target, **options)
            for type_ in CustomFieldType
        }

    def _one(self, pool: Any, nulls: float = 0.4) -> Any:
        """One of the pool, or often nothing."""
        return None if self.random.random() < nulls else self.random.choice(list(pool))

    def _some(self, pool: Any) -> list[Any]:
        return self.random.sample(pool, self.random.choice([0, 0, 1, 1, 2]))

    def _instant(self) -> Any:
        return START + minutes(self.random.choice(OFFSETS))

    def _metadata(self) -> dict[str, Any]:
        leaf = self.random.choice
        made: dict[str, Any] = {}
        for key in self._some(["a", "b", '"', "$", "x y", "a.b"]):
            inner = {"b": leaf(_LEAVES), "c": {"c": leaf(_LEAVES)}, "0": leaf(_LEAVES)}
            made[key] = leaf([leaf(_LEAVES), inner, inner])
        return made

    def _contact(self) -> tuple[Contact, Facts]:
        facts: dict[str, Any] = {name: self._one(TEXTS) for name in ("name", "email", "phone")} | {
            "lastSeenAt": self._one([START, START + minutes(5)]),
            "createdAt": self._instant(),
            "isBlocked": self._one([True, False], 0),
            "metadata": self._metadata(),
        }
        row = self.rows.contact(
            facts["name"],
            email=facts["email"],
            phone=facts["phone"],
            last_seen_at=facts["lastSeenAt"],
            created_at=facts["createdAt"],
            is_blocked=facts["isBlocked"],
            metadata=facts["metadata"],
        )
        self._known(row)
        labels = self._some(self.labels)
        for label in labels:
            self.rows.on_contact(row, label)
        facts |= {"id": global_id(row), "externalId": None}
        facts["labels"] = [{"id": global_id(label), "name": label.name} for label in labels]
        facts["customFields"] = self._values(CustomFieldTarget.CONTACT, row)
        return row, facts

    def _values(self, target: CustomFieldTarget, owner: Record) -> dict[str, Any]:
        add: Any = (
            self.rows.value if target is CustomFieldTarget.SESSION else self.rows.contact_value
        )
        pools: dict[str, list[Any]] = {
            "text": TEXTS,
            "number": NUMBERS,
            "date": [START, START + minutes(1)],
            "boolean": [True, False],
            "choices": [[], ["red"], ["red", "green"], ["blue"]],
        }
        values: dict[str, Any] = {}
        for key, declared in self.fields[target].items():
            column = column_of(declared.type)
            value = self._one(pools[column], 0.6)
            if value is not None:
                add(owner, declared, **{column: value})
                values[key] = value
        return values

    def session(self) -> None:
        """One session with all that belongs to it."""
        one = self._one
        contact, contact_facts = self.random.choice(self.contacts)
        agent = one(self.agents)
        started = self._instant()
        length = one([0, 1500, 59_999, 60_000, 300_000, 7_200_000])
        ended = None if length is None else started + timedelta(milliseconds=length)
        facts: dict[str, Any] = {
            "externalId": one(["x", "y"]) and str(self.random.random()),
            "source": one(["api", "test"], 0),
            "status": one(SessionStatus, 0),
            "activity": one(SessionActivity, 0),
            "endReason": one(SessionEndReason),
            "channelType": one(ChannelType, 0),
            "modality": one(Modality, 0),
            "topic": one(TEXTS),
            "summary": one(TEXTS),
            "sentiment": one(SentimentLabel),
            "startedAt": started,
            "endedAt": ended,
            "lastActivityAt": self._instant(),
            "createdAt": self._instant(),
            "updatedAt": self._instant(),
            "messageCount": one([0, 1, 7], 0),
            "contactMessageCount": one([0, 1, 3], 0),
            "handledBy": one(HandledBy, 0),
            "autoAssessment": one(AssessmentCode),
            "humanAssessment": one(AssessmentCode, 0.7),
            "qualityStars": one([1, 3, 5]),
            "metadata": self._metadata(),
        }
        facts |= {flag: one([True, False], 0) for flag in _FLAGS}
        facts["isArchived"] = one([True, False, False, False], 0)
        facts["utm"] = {name: one(TEXTS, 0.6) for name in _UTM}
        revenue = one(MONEY)
        facts["additionalSecuredRevenue"] = None if revenue is None else Decimal(revenue)
        channel = one(self.channels)
        row = self.rows.session(
            contact,
            agent_id=agent and agent.id,
            channel_id=channel and channel.id,
            duration_ms=length,
            **{column: facts[name] for name, column in _COLUMNS.items()},
            **{f"utm_{name}": value for name, value in facts["utm"].items()},
        )
        facts |= {
            "id": global_id(self._known(row)),
            "channelId": channel and global_id(channel),
            "durationSeconds": None if length is None else length / 1000,
            "contact": contact_facts,
            "conversationId": None,
            "agent": {
                "id": agent and global_id(agent),
                "name": agent and agent.name,
                "kind": agent and agent.kind,
                "externalId": agent and agent.external_id,
            },
            "customFields": self._values(CustomFieldTarget.SESSION, row),
            **self._parts(row),
        }
        self.world.sessions[row.id] = facts

    def _parts(self, row: Session) -> dict[str, Any]:
        return {
            "labels": self._applied(row),
            "goals": self._outcomes(row),
            "journey": self._visits(row),
            "forms": self._submissions(row),
            "scores": self._scores(row),
            "events": self._events(row),
            "comments": [
                self.rows.comment(row, text).body
                for text in self._some([text for text in TEXTS if text])
            ],
            "messages": self._messages(row),
        }

    def _applied(self, row: Session) -> list[Facts]:
        labels = self._some(self.labels)
        for label in labels:
            self.rows.applied(row, label)
        return [{"id": global_id(label), "name": label.name} for label in labels]

    def _outcomes(self, row: Session) -> list[Facts]:
        made: list[Facts] = []
        for goal in self._some(self.goals):
            status, at = self._one(GoalStatus, 0), self._one([START, START + minutes(1)])
            self.rows.outcome(row, goal, status=status, completed_at=at)
            known = {"goalId": global_id(goal), "key": goal.key}
            made.append({**known, "status": status, "completedAt": at})
        return made

    def _visits(self, row: Session) -> list[Facts]:
        made: list[Facts] = []
        blocks = self._some(self.blocks)
        for position, block in enumerate(blocks):
            kind, is_last = self._one(JourneyExitKind), block is blocks[-1]
            self.rows.visit(row, block, position, exit_kind=kind, is_last=is_last)
            known = {"blockId": global_id(block), "key": block.key}
            made.append({**known, "exitKind": kind, "isLast": is_last})
        return made

    def _submissions(self, row: Session) -> list[Facts]:
        forms = self._some(self.forms)
        for form in forms:
            self.rows.submission(row, form)
        return [{"formId": global_id(form), "key": form.key} for form in forms]

    def _scores(self, row: Session) -> list[Facts]:
        made: list[Facts] = []
        for name in self._some(["csat", "tone"]):
            facts = {
                "value": self._one(NUMBERS),
                "label": self._one(TEXTS),
                "source": self._one(ValueSource, 0),
            }
            self.rows.score(row, name, **facts)
            made.append({"name": name, **facts})
        return made

    def _events(self, row: Session) -> list[Facts]:
        made: list[Facts] = []
        for kind in self._some(KINDS):
            facts = {"name": self._one(["csat", "Billing"]), "at": self._instant()}
            self.rows.event(row, kind, **facts)
            made.append({"kind": kind, **facts})
        return made

    def _messages(self, row: Session) -> list[str | None]:
        """What is shown of them: deleted ones show nothing."""
        made: list[str | None] = []
        for sequence, text in enumerate(self._some([*TEXTS, None, None]), 1):
            deleted = self._one([START])
            self.rows.message(row, sequence, text=text, deleted_at=deleted)
            made.append(None if deleted else text)
        return made


_UTM = ("source", "medium", "campaign", "term", "content")
_COLUMNS = {
    "externalId": "external_id", "source": "source", "status": "status", "activity": "activity",
    "endReason": "end_reason", "channelType": "channel_type", "modality": "modality",
    "topic": "topic", "summary": "summary_text", "sentiment": "sentiment_label",
    "startedAt": "started_at", "endedAt": "ended_at", "lastActivityAt": "last_activity_at",
    "createdAt": "created_at", "updatedAt": "updated_at", "messageCount": "message_count",
    "contactMessageCount": "contact_message_count", "handledBy": "handled_by",
    "autoAssessment": "auto_assessment", "humanAssessment": "human_assessment",
    "qualityStars": "stars", "metadata": "metadata", "hasMissingKnowledge": "has_missing_knowledge",
    "hasHandoff": "has_handoff", "isLead": "is_lead", "isOpportunity": "is_opportunity",
    "isTest": "is_test", "isTodo": "is_todo", "isDone": "is_done", "isArchived": "is_archived",
    "isFavorite": "is_favorite", "additionalSecuredRevenue": "additional_secured_revenue",
}  # fmt: skip
"""Where a session's facts are stored."""
