"""Comparators: what `{eq: …}`, `{contains: …}` or `{last: …}` mean in SQL, once for every filter.

SQL's three-valued logic is the contract's: a missing value makes a comparison unknown, which fails
also under NOT. Only `isNull` answers for it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from loaders.condition import Ago, Condition, Joins, among, every, some
from loaders.viewer import Viewer
from models.errors import BadRequest
from models.global_id import MalformedId, decode_id
from models.record import Dialect
from models.text import fold

MAX_NESTING = 20
MAX_TERMS = 200

Compile = Callable[[Viewer, Any], Condition]
"""From what a client gave for one field to a condition."""


def _as_given(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Operand:
    """What is compared: an SQL expression, the row field it reads, and the relations it needs.

    `folded` is its folded text where that is stored; `convert` makes a parameter of a value.
    """

    sql: str
    reads: str
    joins: Joins = frozenset()
    folded: str | None = None
    convert: Callable[[Any], Any] = _as_given

    def condition(self, sql: str, *parameters: Any) -> Condition:
        """A condition on it."""
        return Condition(sql, parameters, self.joins, frozenset({self.reads}))

    @property
    def folded_sql(self) -> str:
        """Its text as `models.text.fold` gives it."""
        return self.folded or f"fold({self.sql})"


def given(value: object) -> Iterator[tuple[str, Any]]:
    """The fields of an input that a client set, null being the same as absent."""
    for field in fields(value):  # type: ignore[arg-type]  # inputs are dataclasses to Strawberry
        item = getattr(value, field.name)
        if item is not None:
            yield field.name, item


def comparing(
    sql: str,
    reads: str,
    *joins: str,
    folded: str | None = None,
    convert: Callable[[Any], Any] = _as_given,
) -> Compile:
    """A field that takes a comparator input; its operators are ANDed."""
    operand = Operand(sql, reads, frozenset(joins), folded, convert)

    def compile_(viewer: Viewer, comparison: Any) -> Condition:
        return every(
            _OPERATORS[name](viewer.dialect, operand, value) for name, value in given(comparison)
        )

    return compile_


def comparing_ids(sql: str, reads: str, type_name: str, *joins: str) -> Compile:
    """A field that takes an IDFilter; an id of another type, or none at all, is refused."""

    def key_of(text: Any) -> int:
        try:
            return decode_id(text, type_name)
        except MalformedId as error:
            raise BadRequest(f"`filter` on a {type_name}'s id: {error}") from None

    return comparing(sql, reads, *joins, convert=key_of)


def equal_to(sql: str, reads: str, *joins: str) -> Compile:
    """A field that takes one value."""
    operand = Operand(sql, reads, frozenset(joins))

    def compile_(_viewer: Viewer, value: Any) -> Condition:
        return operand.condition(f"{sql} = ?", value)

    return compile_


def absent_if(sql: str, reads: str) -> Compile:
    """A Boolean field: whether the column has no value."""
    operand = Operand(sql, reads)

    def compile_(viewer: Viewer, absent: Any) -> Condition:
        return _is_null(viewer.dialect, operand, absent)

    return compile_


def compiled(viewer: Viewer, filter_: object, table: Mapping[str, Compile]) -> Condition:
    """The fields of one filter object, ANDed; `and`, `or` and `not` nest."""

    def part(name: str, value: Any) -> Condition:
        if name == "and_":
            return every(compiled(viewer, item, table) for item in value)
        if name == "or_":
            return some(compiled(viewer, item, table) for item in value)
        if name == "not_":
            return ~compiled(viewer, value, table)
        return table[name](viewer, value)

    return every(part(name, value) for name, value in given(filter_))


def check_size(filter_: object) -> None:
    """Raise BadRequest when a filter nests too deeply or has too many terms."""
    terms = 0
    pending: list[tuple[object, int]] = [(filter_, 1)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_NESTING:
            raise BadRequest(f"`filter` nests at most {MAX_NESTING} levels deep.")
        for name, item in given(value):
            inner = item if name in {"and_", "or_"} else [item]
            objects = [one for one in inner if hasattr(one, "__dataclass_fields__")]
            step = 1 if name in {"and_", "or_", "not_"} else 0
            pending += [(one, depth + step) for one in objects]
            terms += not objects
    if terms > MAX_TERMS:
        raise BadRequest(f"`filter` has at most {MAX_TERMS} terms, not {terms}.")


def _compare(sign: str) -> Callable[[Dialect, Operand, Any], Condition]:
    def operator(_dialect: Dialect, operand: Operand, value: Any) -> Condition:
        return operand.condition(f"{operand.sql} {sign} ?", operand.convert(value))

    return operator


def _in(dialect: Dialect, operand: Operand, values: list[Any]) -> Condition:
    if not values:  # unknown for a missing value, else false: databases disagree about empty lists
        return operand.condition(f"{operand.sql} <> {operand.sql}")
    listed = tuple(operand.convert(value) for value in values)
    return operand.condition(among(dialect, operand.sql), listed)


def _not_in(dialect: Dialect, operand: Operand, values: list[Any]) -> Condition:
    return ~_in(dialect, operand, values)


def _contains(_dialect: Dialect, operand: Operand, text: str) -> Condition:
    return operand.condition(f"{operand.folded_sql} LIKE ? ESCAPE '\\'", f"%{literal(text)}%")


def _not_contains(dialect: Dialect, operand: Operand, text: str) -> Condition:
    return ~_contains(dialect, operand, text)


def _starts_with(_dialect: Dialect, operand: Operand, text: str) -> Condition:
    return operand.condition(f"{operand.folded_sql} LIKE ? ESCAPE '\\'", f"{literal(text)}%")


def literal(text: str) -> str:
    """Folded, and with the wildcards of LIKE escaped."""
    folded = fold(text)
    return folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _last(_dialect: Dialect, operand: Operand, duration: Any) -> Condition:
    return operand.condition(f"{operand.sql} >= ?", Ago(duration))


def _is_null(_dialect: Dialect, operand: Operand, absent: Any) -> Condition:
    return operand.condition(f"{operand.sql} IS {'' if absent else 'NOT '}NULL")


_OPERATORS: dict[str, Callable[[Dialect, Operand, Any], Condition]] = {
    "eq": _compare("="),
    "neq": _compare("<>"),
    "gt": _compare(">"),
    "gte": _compare(">="),
    "lt": _compare("<"),
    "lte": _compare("<="),
    "in_": _in,
    "not_in": _not_in,
    "contains": _contains,
    "not_contains": _not_contains,
    "starts_with": _starts_with,
    "last": _last,
    "is_null": _is_null,
}
