"""What a filter asks of the rows that belong to a row, such as its labels, visits or comments.

The one mechanism for all of them: a set of owners, `key IN (SELECT owner …)`, that does not look at
the row, so the database reads it once and in whichever order is cheaper.

`some`: an element exists for which the match is true. `none`: not some. `every`: no element for
which it is not true. A comparator on elements asks for any of their values; a row whose elements
have no value misses it, and fails the comparison also under `not`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loaders.comparison import Operand, compared, compiled, given
from loaders.condition import NO_JOINS, TRUE, Condition, every
from loaders.place import Compile, Place


@dataclass(frozen=True)
class Elements:
    """Rows of `source` that belong to the row whose key is `owner`.

    `own` is the column of the workspace. `reads` are the elements as streams know them, `fields`
    what can be asked of one, and `where` leaves some out.
    """

    source: str
    owner: str
    own: str
    reads: str
    fields: Mapping[str, Compile]
    where: Condition = TRUE

    def exist(self, place: Place, key: str, match: Condition) -> Condition:
        """Rows (`key`) to which an element belongs that matches."""
        own = Condition(f"{self.own} = ?", (place.viewer.workspace_id,))
        where = every((own, self.where, match))
        return Condition(
            f"{key} IN (SELECT {self.owner} FROM {self.source} WHERE {where.sql})",
            where.parameters,
            NO_JOINS,
            where.reads | {self.reads},
        )


def listed(key: str, elements: Elements) -> Compile:
    """A field that takes `some`, `every`, `none` and `isEmpty`, for rows of that key."""

    def part(place: Place, name: str, value: Any) -> Condition:
        if name == "is_empty":
            one = elements.exist(place, key, TRUE)
            return ~one if value else one
        match = compiled(place, value, elements.fields)
        if name == "every":
            return ~elements.exist(place, key, _fails(match))
        found = elements.exist(place, key, match)
        return ~found if name == "none" else found

    def compile_(place: Place, filter_: Any) -> Condition:
        return every(part(place.at(name), name, value) for name, value in given(filter_))

    return compile_


def any_of(key: str, elements: Elements, operand: Operand) -> Compile:
    """A field that takes a comparator, for rows of that key: any element's value meets it."""

    def compile_(place: Place, comparison: Any) -> Condition:
        return any_value(place, key, elements, operand, dict(given(comparison)))

    return compile_


def any_value(
    place: Place, key: str, elements: Elements, operand: Operand, operators: Mapping[str, Any]
) -> Condition:
    """Any element's value meets all the operators; only `is_null` is about there being none."""
    has_value = elements.exist(place, key, operand.condition(f"{operand.sql} IS NOT NULL"))
    asked = [(name, value) for name, value in operators.items() if name != "is_null"]
    absent = operators.get("is_null")
    conditions = [] if absent is None else [~has_value if absent else has_value]
    if asked:
        found = elements.exist(place, key, compared(place, operand, asked))
        conditions.append(_unless_missing(place, has_value, found))
    return every(conditions)


def _unless_missing(place: Place, has_value: Condition, found: Condition) -> Condition:
    """Unknown where there is no value, which only shows under `not`."""
    if not place.negated:
        return found
    sql = f"CASE WHEN {has_value.sql} THEN {found.sql} END"
    return Condition(sql, (*has_value.parameters, *found.parameters), NO_JOINS, found.reads)


def _fails(match: Condition) -> Condition:
    return Condition(f"({match.sql}) IS NOT TRUE", match.parameters, match.joins, match.reads)
