"""Comparators: what `{eq: …}`, `{contains: …}` or `{last: …}` mean in SQL, once for every filter.

SQL's three-valued logic is the contract's: a missing value makes a comparison unknown, which fails
also under NOT. Only `isNull` answers for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loaders.condition import Ago, AgoBefore, Condition, Joins, among, every, some
from loaders.place import Compile, Place
from models.global_id import MalformedId, decode_id
from models.record import Dialect
from models.text import fold

_HAS_ANY: dict[Dialect, str] = {
    "sqlite": (
        "EXISTS (SELECT 1 FROM json_each({0}) h WHERE h.value IN (SELECT value FROM json_each(?)))"
    ),
    "postgres": "jsonb_exists_any({0}, ?::text[])",
}
_HAS_ALL: dict[Dialect, str] = {
    "sqlite": (
        "NOT EXISTS (SELECT 1 FROM json_each(?) w"
        " WHERE w.value NOT IN (SELECT h.value FROM json_each({0}) h))"
    ),
    "postgres": "jsonb_exists_all({0}, ?::text[])",
}
_LONGEST_PATTERN = 50_000
"""Bytes that SQLite takes after LIKE."""
TOO_LONG = "This text is too long."


def _as_given(_place: Place, value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Operand:
    """What is compared: an SQL expression, the row fields it reads, and the relations it needs.

    `folded` is its folded text where that is stored; `convert` makes a parameter of a value;
    `standing` finds the id that took the place of one (`loaders/standing.py`).
    """

    sql: str
    reads: frozenset[str]
    joins: Joins = frozenset()
    folded: str | None = None
    convert: Callable[[Place, Any], Any] = _as_given
    standing: str | None = None

    def condition(self, sql: str, *parameters: Any) -> Condition:
        """A condition on it."""
        return Condition(sql, parameters, self.joins, self.reads)

    @property
    def mark(self) -> str:
        """What a parameter means; 0 is nobody's key."""
        if self.standing is None:
            return "?"
        return f"COALESCE(({self.standing.format('m.id = ?')}), 0)"

    def among(self, dialect: Dialect) -> str:
        """Whether it is one of a list parameter."""
        if self.standing is None:
            return among(dialect, self.sql)
        return f"{self.sql} IN ({self.standing.format(among(dialect, 'm.id'))})"

    @property
    def folded_sql(self) -> str:
        """Its text as `models.text.fold` gives it."""
        return self.folded or f"fold({self.sql})"


Operator = Callable[[Place, Operand, Any], Condition]


def given(value: object) -> Iterator[tuple[str, Any]]:
    """The fields of an input that a client set, null being the same as absent."""
    return ((name, item) for name, item in vars(value).items() if item is not None)


def compared(place: Place, operand: Operand, operators: Iterable[tuple[str, Any]]) -> Condition:
    """The operators of a comparator, by Python name, ANDed."""
    return every(_OPERATORS[name](place.at(name), operand, value) for name, value in operators)


def comparing(
    sql: str, reads: str | Iterable[str], *joins: str, folded: str | None = None
) -> Compile:
    """A field that takes a comparator input."""
    names = frozenset({reads} if isinstance(reads, str) else reads)
    return _comparing(Operand(sql, names, frozenset(joins), folded))


def comparing_ids(sql: str, reads: str, type_name: str, *, standing: str | None = None) -> Compile:
    """A field that takes an IDFilter; an id of another type, or none at all, is refused."""
    operand = Operand(sql, frozenset({reads}), convert=_key_of(type_name), standing=standing)
    return _comparing(operand)


def equal_to_id(sql: str, reads: str, type_name: str) -> Compile:
    """A field that takes one id."""
    return _equal_to(Operand(sql, frozenset({reads}), convert=_key_of(type_name)))


def equal_to(sql: str, reads: str, *joins: str) -> Compile:
    """A field that takes one value."""
    return _equal_to(Operand(sql, frozenset({reads}), frozenset(joins)))


def absent_if(sql: str, reads: str) -> Compile:
    """A Boolean field: whether the column has no value."""
    return flagged(f"{sql} IS NULL", reads)


def flagged(sql: str, reads: str, *joins: str) -> Compile:
    """A Boolean field: whether the expression is true; as partial indexes spell it."""
    true = Condition(sql, joins=frozenset(joins), reads=frozenset({reads}))

    def compile_(_place: Place, wanted: Any) -> Condition:
        return true if wanted else ~true

    return compile_


def nested(table: Mapping[str, Compile]) -> Compile:
    """A field that takes a filter of its own."""

    def compile_(place: Place, filter_: Any) -> Condition:
        return compiled(place, filter_, table)

    return compile_


def compiled(place: Place, filter_: object, table: Mapping[str, Compile]) -> Condition:
    """The fields of one filter object, ANDed; `and`, `or` and `not` nest."""

    def each(at: Place, filters: Sequence[object]) -> Iterator[Condition]:
        return (compiled(at.item(i), one, table) for i, one in enumerate(filters))

    def part(name: str, value: Any) -> Condition:
        at = place.at(name)
        if name == "and_":
            return every(each(at, value))
        if name == "or_":
            return some(each(at, value))
        if name == "not_":
            return ~compiled(at, value, table)
        return table[name](at, value)

    return every(part(name, value) for name, value in given(filter_))


def _comparing(operand: Operand) -> Compile:
    def compile_(place: Place, comparison: Any) -> Condition:
        return compared(place, operand, given(comparison))

    return compile_


def _equal_to(operand: Operand) -> Compile:
    def compile_(place: Place, value: Any) -> Condition:
        return operand.condition(f"{operand.sql} = ?", operand.convert(place, value))

    return compile_


def _key_of(type_name: str) -> Callable[[Place, Any], int]:
    def convert(place: Place, text: Any) -> int:
        try:
            return decode_id(text, type_name)
        except MalformedId as error:
            raise place.refused(str(error)) from None

    return convert


def _compare(sign: str) -> Operator:
    def operator(place: Place, operand: Operand, value: Any) -> Condition:
        converted = operand.convert(place, value)
        return operand.condition(f"{operand.sql} {sign} {operand.mark}", converted)

    return operator


def _in(place: Place, operand: Operand, values: list[Any]) -> Condition:
    if not values:  # unknown for a missing value, else false: databases disagree about empty lists
        return operand.condition(f"{operand.sql} <> {operand.sql}")
    listed = tuple(operand.convert(place.item(i), value) for i, value in enumerate(values))
    return operand.condition(operand.among(place.dialect), listed)


def _not_in(place: Place, operand: Operand, values: list[Any]) -> Condition:
    return ~_in(place, operand, values)


def _contains(place: Place, operand: Operand, text: str) -> Condition:
    return _like(place, operand, f"%{literal(text)}%")


def _not_contains(place: Place, operand: Operand, text: str) -> Condition:
    return ~_contains(place, operand, text)


def _starts_with(place: Place, operand: Operand, text: str) -> Condition:
    return _like(place, operand, f"{literal(text)}%")


def _like(place: Place, operand: Operand, pattern: str) -> Condition:
    if is_too_long(pattern):
        raise place.refused(TOO_LONG)
    return operand.condition(f"{operand.folded_sql} LIKE ? ESCAPE '\\'", pattern)


def is_too_long(pattern: str) -> bool:
    """Folding makes up to eighteen characters of one, and SQLite bounds its patterns."""
    return len(pattern.encode()) > _LONGEST_PATTERN


def literal(text: str) -> str:
    """Folded, and with the wildcards of LIKE escaped."""
    folded = fold(text)
    return folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _last(_place: Place, operand: Operand, duration: Any) -> Condition:
    since = operand.condition(f"{operand.sql} >= ?", Ago(duration))
    return replace(since, crossed=_crossed(operand, duration))


def _crossed(operand: Operand, duration: Any) -> Condition:
    """What was in the stretch of time and no longer is."""
    sql = f"({operand.sql} >= ? AND {operand.sql} < ?)"
    return operand.condition(sql, AgoBefore(duration), Ago(duration))


def _is_null(_place: Place, operand: Operand, absent: Any) -> Condition:
    return operand.condition(f"{operand.sql} IS {'' if absent else 'NOT '}NULL")


def _has(templates: Mapping[Dialect, str]) -> Operator:
    """Of a JSON list of texts."""

    def operator(place: Place, operand: Operand, texts: list[str]) -> Condition:
        return operand.condition(templates[place.dialect].format(operand.sql), tuple(texts))

    return operator


_OPERATORS: dict[str, Operator] = {
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
    "has_any": _has(_HAS_ANY),
    "has_all": _has(_HAS_ALL),
    "is_null": _is_null,
}
