"""What sessions can be filtered by, told from the compiler's table and the types of its inputs.

Nothing is listed twice: a field that compiles is offered, with the operators of the comparator that
it takes. The workspace adds its custom fields, and the metadata that its newest sessions have.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, cast, get_args, get_origin, get_type_hints

import orjson

from loaders.catalogue import all_custom_fields
from loaders.custom_field_filter import GROUPS
from loaders.metadata_filter import MAX_KEYS
from loaders.session_filter import SESSION_FIELDS
from loaders.viewer import Viewer
from models.custom_field import CustomField
from models.database import Lane
from models.enums import CustomFieldTarget
from models.field_value import column_of
from schema.inputs import filter as comparators
from schema.inputs.custom_field_filter import CustomFieldFilter
from schema.inputs.document import client_name
from schema.inputs.metadata_filter import MetadataFilter
from schema.inputs.session_filter import SessionFilter

SESSIONS_LOOKED_AT = 200
MOST_PATHS = 200
MOST_EXAMPLES = 5

_LOGIC = frozenset({"and_", "or_", "not_"})
_SCALARS: dict[object, str] = {bool: "Boolean", str: "String", float: "Float"}
_METADATA_GROUPS: dict[type, str] = {str: "text", int: "number", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class FilterTerm:
    """One thing to ask of a session; without `operators` the value itself is given."""

    path: str
    type: str
    description: str
    operators: Sequence[str]
    example_values: Sequence[str]


async def session_vocabulary(viewer: Viewer) -> list[FilterTerm]:
    """Every term, the workspace's own at the end."""
    declared = await all_custom_fields(viewer, None, include_archived=False)
    own = [_of_custom_field(field) for field in declared]
    return [*_static_terms(), *own, *await _observed(viewer)]


@cache
def _static_terms() -> tuple[FilterTerm, ...]:
    terms = _terms(SessionFilter, "")
    return tuple(term for term in terms if _root(term.path) in _compiled_names())


def _compiled_names() -> set[str]:
    return {client_name(name) for name in SESSION_FIELDS}


def _root(path: str) -> str:
    return path.partition(".")[0]


def _terms(input_type: type, prefix: str) -> Iterator[FilterTerm]:
    hints = _value_types(input_type)
    for field in fields(input_type):
        if field.name in _LOGIC:
            continue
        path, type_ = f"{prefix}{client_name(field.name)}", hints[field.name]
        if type_ in {CustomFieldFilter, MetadataFilter}:  # what they can ask depends on the rows
            continue
        if is_dataclass(type_) and type_.__module__ != comparators.__name__:
            yield from _terms(cast("type", type_), f"{path}.")
        else:
            description = vars(field).get("description") or ""
            yield FilterTerm(path, _name(type_), description, _operators(type_), _examples(type_))


@cache
def _value_types(input_type: type) -> dict[str, Any]:
    """What each field of an input takes, without `None` and lists around it."""
    return {name: _bare(hint) for name, hint in get_type_hints(input_type).items()}


def _bare(hint: Any) -> Any:
    if get_origin(hint) is list:
        return get_args(hint)[0]
    present = [one for one in get_args(hint) if one is not NoneType]
    return _bare(present[0]) if present and not isinstance(hint, type) else hint


def _name(type_: Any) -> str:
    return _SCALARS.get(type_) or str(type_.__name__)


def _operators(type_: Any, prefix: str = "") -> list[str]:
    if not is_dataclass(type_):
        return []
    return [f"{prefix}{client_name(field.name)}" for field in fields(type_)]


def _examples(type_: Any) -> list[str]:
    compared: Any = _value_types(type_).get("eq") if hasattr(type_, "eq") else type_
    if compared is bool:
        return ["true", "false"]
    if not isinstance(compared, type) or not issubclass(compared, StrEnum):
        return []
    return [member.value for member in compared]


def _of_custom_field(field: CustomField) -> FilterTerm:
    of_contact = field.applies_to is CustomFieldTarget.CONTACT
    groups = GROUPS[column_of(field.type)]
    taken = _value_types(CustomFieldFilter)[groups[0]]
    return FilterTerm(
        f"{'contact.' if of_contact else ''}customFields[{field.key}]",
        _name(taken),
        field.description or field.name,
        [*_grouped(groups, taken), "isSet"],
        list(field.options) or _examples(taken),
    )


def _grouped(groups: Sequence[str], taken: Any) -> list[str]:
    """The operators inside a group, or the groups themselves where they take plain values."""
    if is_dataclass(taken):
        return _operators(taken, f"{groups[0]}.")
    return [client_name(group) for group in groups]


async def _observed(viewer: Viewer) -> list[FilterTerm]:
    """What the metadata of the newest sessions has, by path."""
    sql = (
        'SELECT s.metadata FROM "session" s WHERE s.workspace_id = ?'
        " ORDER BY s.started_at DESC, s.id DESC LIMIT ?"
    )
    rows = await viewer.fetch(sql, (viewer.workspace_id, SESSIONS_LOOKED_AT), Lane.SLOW)
    found: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for row in rows:
        for path, value in _leaves(orjson.loads(row[0])):
            if len(path) <= MAX_KEYS and type(value) in _METADATA_GROUPS:
                group = _METADATA_GROUPS[type(value)]
                found[".".join(path), group][orjson.dumps(value).decode().strip('"')] = None
    return [_of_metadata(*key, list(values)) for key, values in sorted(found.items())][:MOST_PATHS]


def _leaves(value: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values in nested objects whose paths can be written: no key is empty or has a dot."""
    if not isinstance(value, dict):
        yield path, value
        return
    for key, inner in cast("dict[str, Any]", value).items():
        if key and "." not in key:
            yield from _leaves(inner, *path, key)


def _of_metadata(path: str, group: str, values: list[str]) -> FilterTerm:
    taken = _value_types(MetadataFilter)[group]
    return FilterTerm(
        f"metadata[{path}]",
        _name(taken),
        "Metadata of recent sessions.",
        [*_grouped((group,), taken), "exists"],
        _examples(taken) or values[:MOST_EXAMPLES],
    )
