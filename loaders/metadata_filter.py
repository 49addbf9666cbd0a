"""Conditions on metadata: what stands at a dotted path, if it is of the type that is asked for.

The keys of a path are parameters, and every character but the dot is part of a key: nothing a
client writes becomes a path expression of the database. Lists have no keys.
"""

from typing import Any

from loaders.comparison import Operand, compared, given
from loaders.condition import TRUE, Condition, every
from loaders.place import Compile, Place
from models.record import Dialect
from schema.inputs.metadata_filter import MetadataFilter

MAX_KEYS = 16

_OF_TYPE: dict[Dialect, dict[str, str]] = {
    "sqlite": {
        "text": "CASE WHEN {0}.type = 'text' THEN {0}.value END",
        "number": "CASE WHEN {0}.type IN ('integer', 'real') THEN CAST({0}.value AS REAL) END",
        "boolean": "CASE WHEN {0}.type IN ('true', 'false') THEN {0}.value END",
        "exists": "1",
    },
    "postgres": {
        "text": "CASE jsonb_typeof({0}) WHEN 'string' THEN {0} #>> '{{}}' END",
        "number": "CASE jsonb_typeof({0}) WHEN 'number' THEN {0}::double precision END",
        "boolean": "CASE jsonb_typeof({0}) WHEN 'boolean' THEN {0}::boolean END",
        "exists": "{0}",
    },
}
"""The value of a JSON node, null unless it is of the type."""


def metadata(column: str, reads: str, *joins: str) -> Compile:
    """A field that takes MetadataFilters, for the JSON object in a column."""
    operand = Operand("m.value", frozenset({reads}), frozenset(joins))

    def one(place: Place, filter_: MetadataFilter) -> Condition:
        keys = _keys(place.at("path"), filter_.path)
        questions = ((name, value) for name, value in given(filter_) if name != "path")
        return every(asked(place.at(name), keys, name, value) for name, value in questions)

    def asked(place: Place, keys: list[str], kind: str, value: Any) -> Condition:
        operators = _operators(value, kind)
        found = compared(place, operand, operators.items())
        if found is TRUE:
            return TRUE
        node = _node(place.dialect, column, kind, len(keys))
        sql = f"(SELECT {found.sql} FROM (SELECT ({node}) AS value) m)"
        return Condition(sql, (*found.parameters, *keys), found.joins, found.reads)

    def compile_(place: Place, filters: list[MetadataFilter]) -> Condition:
        return every(one(place.item(index), filter_) for index, filter_ in enumerate(filters))

    return compile_


def _keys(place: Place, path: str) -> list[str]:
    keys = path.split(".")
    if not all(keys):
        raise place.refused("A path is keys joined by dots, and none of them is empty.")
    if len(keys) > MAX_KEYS:
        raise place.refused(f"A path has at most {MAX_KEYS} keys, not {len(keys)}.")
    return keys


def _operators(value: Any, kind: str) -> dict[str, Any]:
    if kind == "exists":
        return {"is_null": not value}
    return {"eq": value} if kind == "boolean" else dict(given(value))


def _node(dialect: Dialect, column: str, kind: str, depth: int) -> str:
    """A SELECT of the typed value at the end of a path of so many keys."""
    of_type = _OF_TYPE[dialect][kind]
    if dialect == "postgres":
        path = "".join(" -> ?::text" for _ in range(depth))
        return f"SELECT {of_type.format('p.node')} FROM (SELECT {column}{path} AS node) p"
    inner = "CASE n{0}.type WHEN 'object' THEN n{0}.value ELSE '{{}}' END"
    objects = [column, *(inner.format(level) for level in range(depth - 1))]
    nodes = " CROSS JOIN ".join(f"json_each({o}) n{level}" for level, o in enumerate(objects))
    keys = " AND ".join(f"n{level}.key = ?" for level in range(depth))
    return f"SELECT {of_type.format(f'n{depth - 1}')} FROM {nodes} WHERE {keys}"
