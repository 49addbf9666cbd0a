"""Random filters over a `World`, as clients write them."""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from models.enums import (
    ActorType,
    AssessmentCode,
    ChannelType,
    CustomFieldTarget,
    GoalStatus,
    HandledBy,
    JourneyExitKind,
    Modality,
    SentimentLabel,
    SessionActivity,
    SessionEndReason,
    SessionLengthClass,
    SessionStatus,
    ValueSource,
)
from models.field_value import column_of
from tests.reads.evaluator import Filter
from tests.reads.rows import START, minutes
from tests.reads.world import KEYS, KINDS, MONEY, NUMBERS, OFFSETS, TEXTS, World

Strategy = st.SearchStrategy[Any]

_FLAGS = st.booleans()
_TEXT = st.sampled_from([*TEXTS, "ill", "STRA", "%", "_", "\\", "'", "csat"])
_INSTANT = st.sampled_from([(START + minutes(offset)).isoformat() for offset in [*OFFSETS, 3]])
_BOOLEANS = (
    "isOpen", "hasResponses", "hasMissingKnowledge", "hasHandoff", "isLead", "isOpportunity",
    "isTest", "isTodo", "isDone", "isArchived", "isFavorite",
)  # fmt: skip


def _object(required: dict[str, Strategy] | None = None, **optional: Strategy) -> Strategy:
    """A few of the fields."""
    return st.fixed_dictionaries(required or {}, optional=_named(optional)).filter(_is_small)


def _named(fields: dict[str, Strategy]) -> dict[str, Strategy]:
    return {name.rstrip("_"): strategy for name, strategy in fields.items()}


def _is_small(made: Filter) -> bool:
    return len(made) <= 4


def _one_of(fields: dict[str, Strategy]) -> Strategy:
    """Exactly one of the fields."""
    return st.one_of(*[strategy.map(_under(name)) for name, strategy in fields.items()])


def _under(name: str) -> Any:
    def wrap(value: Any) -> Filter:
        return {name: value}

    return wrap


def _comparator(value: Strategy, *operators: str) -> Strategy:
    """One or two of the operators, and `isNull` if it is among them."""
    values = {name: st.lists(value, max_size=3) if name in _LISTS else value for name in operators}
    if "isNull" in values:
        values["isNull"] = st.booleans()
    pairs = [value.map(_under(name)) for name, value in values.items()]
    return st.lists(st.one_of(*pairs), min_size=0, max_size=2).map(_merged)


def _merged(parts: Iterable[Filter]) -> Filter:
    return {name: value for part in parts for name, value in part.items()}


_LISTS = {"in", "notIn"}
_ORDER = ("gt", "gte", "lt", "lte")
STRING = _comparator(
    _TEXT, "eq", "neq", "in", "notIn", "contains", "notContains", "startsWith", "isNull"
)
FLOAT = _comparator(st.sampled_from([*NUMBERS, 60.0, 59.999]), "eq", *_ORDER, "isNull")
INT = _comparator(st.sampled_from([0, 1, 2, 3, 7]), "eq", "neq", "in", *_ORDER, "isNull")
DECIMAL = _comparator(st.sampled_from(MONEY), "eq", *_ORDER, "isNull")
DATE_TIME = st.one_of(
    _comparator(_INSTANT, *_ORDER, "isNull"),
    st.sampled_from([{"last": "P1D"}, {"last": "P36500D"}]),
)


def _choice(members: Iterable[str], *operators: str) -> Strategy:
    return _comparator(st.sampled_from([str(member) for member in members]), *operators)


def _id(world: World, type_name: str) -> Strategy:
    return st.sampled_from(world.ids[type_name][:3])


def _ids(world: World, type_name: str) -> Strategy:
    return _comparator(_id(world, type_name), "eq", "neq", "in", "notIn", "isNull")


def _listed(match: Strategy, *names: str) -> Strategy:
    fields = {name: match for name in names if name != "isEmpty"}
    return _one_of({**fields, **({"isEmpty": _FLAGS} if "isEmpty" in names else {})})


def _custom_fields(world: World, target: CustomFieldTarget) -> Strategy:
    choices = st.lists(st.sampled_from(["red", "green", "mauve"]), max_size=2)
    groups: dict[str, Strategy] = {
        "text": _one_of({"text": STRING}),
        "number": _one_of({"number": FLOAT}),
        "date": _one_of({"date": DATE_TIME}),
        "boolean": _one_of({"boolean": _FLAGS}),
        "choices": _one_of({"hasAny": choices, "hasAll": choices}),
    }
    is_set = _one_of({"isSet": _FLAGS})
    asked = [
        st.one_of(groups[column_of(field.type)], is_set).map(_with("key", key))
        for key, field in world.fields[target].items()
    ]
    return st.lists(st.one_of(*asked), max_size=2)


def _with(name: str, value: Any) -> Any:
    def add(filter: Filter) -> Filter:
        return {name: value, **filter}

    return add


_METADATA = st.lists(
    _object(
        {"path": st.sampled_from([*KEYS, "a.0", "b", "b.c.c"])},
        text=STRING,
        number=FLOAT,
        boolean=_FLAGS,
        exists=_FLAGS,
    ),
    max_size=2,
)


def _labels(world: World) -> Strategy:
    match = _object(id=_ids(world, "Label"), name=STRING)
    return _listed(match, "some", "every", "none", "isEmpty")


def _contact(world: World) -> Strategy:
    fields = {
        "id": _ids(world, "Contact"), "externalId": STRING, "name": STRING, "email": STRING,
        "phone": STRING, "labels": _labels(world), "metadata": _METADATA,
        "customFields": _custom_fields(world, CustomFieldTarget.CONTACT), "createdAt": DATE_TIME,
        "lastSeenAt": DATE_TIME, "isBlocked": _FLAGS,
    }  # fmt: skip
    return _nesting(_one_of(fields), 4)


def _elements(world: World) -> dict[str, Strategy]:
    key = st.sampled_from(["book", "hello", "offer", "lead", "Billing"])
    goal = _object(
        goalId=_id(world, "Goal"),
        key=key,
        status=st.sampled_from(list(GoalStatus)),
        completedAt=DATE_TIME,
    )
    visit = _object(
        blockId=_id(world, "JourneyBlock"),
        key=key,
        exitKind=st.sampled_from(list(JourneyExitKind)),
        isLast=_FLAGS,
    )
    score = _object(
        {"name": st.sampled_from(["csat", "tone"])},
        value=FLOAT,
        label=STRING,
        source=st.sampled_from(list(ValueSource)),
    )
    event = _object(kind=st.sampled_from(KINDS), name=_TEXT, at=DATE_TIME)
    return {
        "labels": _labels(world),
        "goals": _listed(goal, "some", "none", "isEmpty"),
        "journey": _listed(visit, "some", "none"),
        "forms": _listed(_object(formId=_id(world, "Form"), key=key), "some", "none", "isEmpty"),
        "scores": _listed(score, "some", "none"),
        "events": _listed(event, "some", "none"),
    }


def _fields(world: World) -> dict[str, Strategy]:
    agent = _object(
        id=_ids(world, "Agent"),
        externalId=STRING,
        name=STRING,
        kind=st.sampled_from([ActorType.AI_AGENT, ActorType.HUMAN_AGENT]),
    )
    four = ("eq", "neq", "in", "notIn")
    assessment = _choice(AssessmentCode, "eq", "in", "isNull")
    windows = st.lists(_INSTANT, min_size=2, max_size=2).map(sorted)
    return {
        "id": _ids(world, "Session"), "externalId": STRING, "source": STRING,
        "status": _choice(SessionStatus, *four), "activity": _choice(SessionActivity, "eq", "in"),
        "endReason": _choice(SessionEndReason, "eq", "in", "isNull"),
        "channelType": _choice(ChannelType, *four), "channelId": _ids(world, "Channel"),
        "modality": _choice(Modality, "eq", "in"), "agent": agent, "contact": _contact(world),
        "customFields": _custom_fields(world, CustomFieldTarget.SESSION), "metadata": _METADATA,
        "topic": STRING, "summary": STRING, "comment": STRING, "messageText": STRING,
        "sentiment": _choice(SentimentLabel, "eq", "neq", "in", "isNull"),
        "startedAt": DATE_TIME, "endedAt": DATE_TIME, "lastActivityAt": DATE_TIME,
        "createdAt": DATE_TIME, "updatedAt": DATE_TIME,
        "activeDuring": windows.map(lambda ends: {"from": ends[0], "to": ends[1]}),
        "durationSeconds": FLOAT, "lengthClass": _choice(SessionLengthClass, "eq", "in"),
        "messageCount": INT, "contactMessageCount": INT,
        "handledBy": _choice(HandledBy, "eq", "in"), **_elements(world),
        "autoAssessment": assessment, "humanAssessment": assessment, "assessment": assessment,
        "qualityStars": INT, "additionalSecuredRevenue": DECIMAL,
        "utm": _object(source=STRING, medium=STRING, campaign=STRING, term=STRING, content=STRING),
        "savedViewId": st.sampled_from(list(world.views)),
        **dict.fromkeys(_BOOLEANS, _FLAGS),
    }  # fmt: skip


def _nesting(leaf: Strategy, leaves: int) -> Strategy:
    def deeper(inner: Strategy) -> Strategy:
        some = st.lists(inner, max_size=3)
        return st.one_of(
            inner.map(_under("not")), some.map(_under("and")), some.map(_under("or")),
            st.tuples(inner, inner).map(_merged),
        )  # fmt: skip

    return st.recursive(leaf, deeper, max_leaves=leaves)


def filters(world: World) -> Strategy:
    """Any filter that is within the limits and fits the world; every field as often as others."""
    fields = _fields(world)
    one = st.sampled_from(sorted(fields)).flatmap(lambda name: fields[name].map(_under(name)))
    return st.one_of(one, one.map(_under("not")), _nesting(one, 12))
