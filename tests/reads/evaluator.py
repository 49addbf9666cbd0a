"""What a filter means, in plain Python: the law that the compiled SQL is held to.

It takes filters as clients write them and facts by the same names, and shares no code with the
compiler but `fold`. Truth has three values: None is unknown, and finds nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, cast

from models.text import fold

Truth = bool | None
Facts = Mapping[str, Any]
Filter = Mapping[str, Any]

SHORT_BELOW, LONG_FROM = 60, 300
"""Seconds, as in settings that nobody has changed."""


def finds(filter: Filter, session: Facts, views: Mapping[str, Filter]) -> bool:
    """Whether a list with that filter shows the session."""
    if session["isArchived"] and not _names_archived(filter, views):
        return False
    return _session(filter, session, views) is True


def _names_archived(filter: Filter, views: Mapping[str, Filter]) -> bool:
    inner = [*filter.get("and", []), *filter.get("or", [])]
    inner += [filter["not"]] if "not" in filter else []
    inner += [views[filter["savedViewId"]]] if "savedViewId" in filter else []
    return "isArchived" in filter or any(_names_archived(one, views) for one in inner)


def both(truths: Iterable[Truth]) -> Truth:
    """AND."""
    found = set(truths)
    if False in found:
        return False
    return None if None in found else True


def either(truths: Iterable[Truth]) -> Truth:
    """OR."""
    found = set(truths)
    if True in found:
        return True
    return None if None in found else False


def opposite(truth: Truth) -> Truth:
    """NOT."""
    return None if truth is None else not truth


def _session(filter: Filter, facts: Facts, views: Mapping[str, Filter]) -> Truth:
    def one(name: str, given: Any) -> Truth:
        if name in {"and", "or"}:
            parts = [_session(part, facts, views) for part in given]
            return both(parts) if name == "and" else either(parts)
        if name == "not":
            return opposite(_session(given, facts, views))
        if name == "savedViewId":
            return _session(views[given], facts, views)
        return _field(name, given, facts)

    return both(one(name, given) for name, given in filter.items())


def _field(name: str, given: Any, facts: Facts) -> Truth:
    special: dict[str, Callable[[Any, Facts], Truth]] = {
        "isOpen": lambda wanted, f: (f["endedAt"] is None) is wanted,
        "hasResponses": lambda wanted, f: (f["contactMessageCount"] > 0) is wanted,
        "activeDuring": _active_during,
        "lengthClass": lambda wanted, f: compare(wanted, _length_class(f["durationSeconds"])),
        "assessment": lambda wanted, f: compare(
            wanted, f["humanAssessment"] or f["autoAssessment"]
        ),
        "agent": lambda wanted, f: _object(wanted, f["agent"]),
        "utm": lambda wanted, f: _object(wanted, f["utm"]),
        "contact": lambda wanted, f: _contact(wanted, f["contact"]),
        "comment": lambda wanted, f: _any_value(wanted, f["comments"]),
        "messageText": lambda wanted, f: _any_value(wanted, f["messages"]),
    }
    if name in special:
        return special[name](given, facts)
    return _plain(name, given, facts)


def _plain(name: str, given: Any, facts: Facts) -> Truth:
    """What sessions and contacts have alike."""
    if name == "customFields":
        return both(_custom_field(one, facts["customFields"]) for one in given)
    if name == "metadata":
        return both(_metadata(one, facts["metadata"]) for one in given)
    if isinstance(facts[name], list):
        return _elements(given, facts[name])
    return _value(given, facts[name])


def _contact(filter: Filter, facts: Facts) -> Truth:
    def one(name: str, given: Any) -> Truth:
        if name in {"and", "or"}:
            parts = [_contact(part, facts) for part in given]
            return both(parts) if name == "and" else either(parts)
        return opposite(_contact(given, facts)) if name == "not" else _plain(name, given, facts)

    return both(one(name, given) for name, given in filter.items())


def _object(match: Filter, facts: Facts) -> Truth:
    return both(_value(given, facts[name]) for name, given in match.items())


def _value(given: Any, value: Any) -> Truth:
    """A comparator, or the value itself."""
    return compare(cast("Filter", given) if isinstance(given, dict) else {"eq": given}, value)


def _elements(filter: Filter, elements: list[Facts]) -> Truth:
    def one(name: str, given: Any) -> bool:
        if name == "isEmpty":
            return (not elements) is given
        truths = [_object(given, element) for element in elements]
        if name == "every":
            return all(truth is True for truth in truths)
        return any(truth is True for truth in truths) is (name == "some")

    return both(one(name, given) for name, given in filter.items())


def _any_value(comparison: Filter, values: list[str | None]) -> Truth:
    present = [value for value in values if value is not None]
    rest = {name: given for name, given in comparison.items() if name != "isNull"}
    truths: list[Truth] = []
    if "isNull" in comparison:
        truths.append((not present) is comparison["isNull"])
    if rest:
        truths.append(either(compare(rest, value) for value in present) if present else None)
    return both(truths)


def _custom_field(asked: Filter, values: Mapping[str, Any]) -> Truth:
    value = values.get(asked["key"])
    (group, given), *_ = ((name, one) for name, one in asked.items() if name != "key")
    if group == "isSet":
        return (value is not None) is given
    if group in {"hasAny", "hasAll"}:
        if value is None:
            return None
        chosen = [one in value for one in given]
        return any(chosen) if group == "hasAny" else all(chosen)
    return _value(given, value)


def _metadata(asked: Filter, metadata: Any) -> Truth:
    node: Any = metadata
    is_there = True
    for key in asked["path"].split("."):
        inner = cast("dict[str, Any]", node) if isinstance(node, dict) else {}
        is_there, node = key in inner, inner.get(key)
    questions = {name: given for name, given in asked.items() if name != "path"}
    return both(_node(name, given, node, is_there) for name, given in questions.items())


def _node(name: str, given: Any, node: Any, is_there: bool) -> Truth:
    if name == "exists":
        return is_there is given
    is_boolean = isinstance(node, bool)
    fits = {
        "text": isinstance(node, str),
        "number": isinstance(node, int | float) and not is_boolean,
        "boolean": is_boolean,
    }
    return _value(given, node if fits[name] else None)


def _active_during(window: Filter, facts: Facts) -> bool:
    ended: datetime | None = facts["endedAt"]
    in_time = ended is None or ended >= instant(window["from"])
    return in_time and instant(window["to"]) >= facts["startedAt"]


def _length_class(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    if seconds < SHORT_BELOW:
        return "SHORT"
    return "LONG" if seconds >= LONG_FROM else "REGULAR"


def compare(comparison: Filter, value: Any) -> Truth:
    """All operators of a comparator."""
    return both(_operator(name, given, value) for name, given in comparison.items())


def _operator(name: str, given: Any, value: Any) -> Truth:
    if name == "isNull":
        return (value is None) is given
    if value is None:
        return None
    return _OPERATORS[name](value, _like(value, given))


def _like(value: Any, given: Any) -> Any:
    """What was given in JSON as what it is compared with."""
    if isinstance(value, datetime):
        return _ago(given) if given.startswith("P") else instant(given)
    return Decimal(given) if isinstance(value, Decimal) else given


def instant(text: str) -> datetime:
    """Of an RFC 3339 text."""
    return datetime.fromisoformat(text)


def _ago(text: str) -> datetime:
    """So many days before now."""
    return datetime.now(UTC) - timedelta(days=int(text.removeprefix("P").removesuffix("D")))


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": eq, "neq": ne, "gt": gt, "gte": ge, "lt": lt, "lte": le,
    "in": lambda value, given: value in given,
    "notIn": lambda value, given: value not in given,
    "contains": lambda value, given: fold(given) in fold(value),
    "notContains": lambda value, given: fold(given) not in fold(value),
    "startsWith": lambda value, given: fold(value).startswith(fold(given)),
    "last": ge,
}  # fmt: skip
