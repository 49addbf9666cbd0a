"""The base of every table, and the quick way between its rows and the drivers' tuples.

Tortoise builds a model instance field by field; a page of fifty sessions spends more time there
than in the database. `decoder` and `make` give real instances of the model at the price of a dict.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any, ClassVar, Literal, TypeVar, cast

import orjson
from tortoise import fields
from tortoise.models import Model, ModelMeta

from models.fields import (
    ChoiceField,
    InstantField,
    JsonField,
    MoneyField,
    dump_json,
    from_milliseconds,
    from_ten_thousandths,
    key,
    plain,
    to_milliseconds,
    to_ten_thousandths,
)

R = TypeVar("R", bound="Record")
Dialect = Literal["sqlite", "postgres"]
Convert = Callable[[Any], Any]
AnyField = fields.Field[Any]

_SQLITE_PARAMETERS: dict[type, Convert] = {
    datetime: to_milliseconds,
    Decimal: to_ten_thousandths,
    list: dump_json,  # read with json_each, see `loaders.condition.among`
    tuple: dump_json,
}


class _Table(ModelMeta):
    """Keeps docstrings out of the database, where rewording one would need a migration."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        table: Any = super().__new__(cls, name, bases, attributes)
        table._meta.table_description = ""
        return table


class Abstract:
    """The `Meta` of what is not a table itself."""

    abstract = True


class Record(Model, metaclass=_Table):
    """A row with an app-made key."""

    Meta: ClassVar[Any] = Abstract  # each table has a class of its own here

    id = key()

    # Tortoise's bookkeeping, once for all rows that `make` and `decoder` give.
    _partial = False
    _saved_in_db = True
    _custom_generated_pk = True
    _await_when_save: dict[str, Any] = {}  # never filled: no field has an async default

    @property
    def is_stored(self) -> bool:
        """Whether the database has the row; if not, it is going to be inserted."""
        return self._saved_in_db

    def mark_stored(self) -> None:
        """The row is about to be inserted; what changes from now on is an update."""
        vars(self).pop("_saved_in_db", None)

    @classmethod
    def declared(cls) -> Any:
        """What Tortoise knows of the table and leaves untyped."""
        return cls._meta


def _field(model: type[Record], name: str) -> AnyField:
    field: AnyField = model.declared().fields_map[name]
    return field


@cache
def columns(model: type[Record]) -> tuple[str, ...]:
    """Column names, which are attribute names, in declared order."""
    return tuple(model.declared().fields_db_projection)


@cache
def selection(model: type[Record], alias: str, names: tuple[str, ...] | None = None) -> str:
    """The select list that `decoder` reads; `names` for a part of the columns."""
    return ", ".join(f'{alias}."{column}"' for column in names or columns(model))


def table_name(model: type[Record]) -> str:
    """The table that holds the rows."""
    name: str = model.declared().db_table
    return name


def related_model(model: type[Record], relation: str) -> type[Record]:
    """The model that a foreign key points at; known once the database has been opened."""
    field: Any = _field(model, relation)
    target: type[Record] = field.related_model
    return target


def is_optional(model: type[Record], relation: str) -> bool:
    """Whether a foreign key may be absent."""
    return bool(_field(model, relation).null)


def make(model: type[R], /, **values: Any) -> R:
    """A row of the given values and the fields' defaults; nothing is checked or converted."""
    row = object.__new__(model)
    defaults, factories = _defaults(model)
    state = vars(row)
    state.update(defaults)
    state.update(values)
    for name, factory in factories:
        if name not in values:
            state[name] = factory()
    return row


@cache
def decoder(
    model: type[R], dialect: Dialect, names: tuple[str, ...] | None = None
) -> Callable[[Sequence[Sequence[Any]]], list[R]]:
    """From tuples that begin with `selection`'s columns to rows; by column, which is quickest.

    What was not selected a row does not have.
    """
    names = names or columns(model)
    conversions = [_from_driver(_field(model, name), dialect) for name in names]

    def decode(found: Sequence[Sequence[Any]]) -> list[R]:
        stored = map(_converted, zip(*found, strict=True), conversions)
        return [
            _row(model, zip(names, values, strict=False)) for values in zip(*stored, strict=True)
        ]

    return decode


def _row(model: type[R], state: Iterable[tuple[str, Any]]) -> R:
    row = object.__new__(model)
    vars(row).update(state)
    return row


@cache
def encoder(
    model: type[R], dialect: Dialect, names: tuple[str, ...]
) -> Callable[[Iterable[R]], list[Sequence[Any]]]:
    """From rows to the driver's values of two or more columns; by column, which is quickest."""
    read = cast("Callable[[Any], Sequence[Any]]", itemgetter(*names))
    conversions = [_to_driver(_field(model, name), dialect) for name in names]

    def encode(rows: Iterable[R]) -> list[Sequence[Any]]:
        stored = zip(*map(read, map(vars, rows)), strict=False)
        return list(zip(*map(_converted, stored, conversions), strict=False))

    return encode


def _converted(values: Sequence[Any], convert: Convert | None) -> Sequence[Any]:
    return values if convert is None else [None if v is None else convert(v) for v in values]


@cache
def _defaults(
    model: type[Record],
) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    """Plain default values, and factories of those that every row needs its own of."""
    declared = {name: _field(model, name).default for name in columns(model)}
    factories = tuple((name, default) for name, default in declared.items() if callable(default))
    return {name: value for name, value in declared.items() if not callable(value)}, factories


def _from_driver(field: AnyField, dialect: Dialect) -> Convert | None:
    if isinstance(field, ChoiceField):
        return field.members.__getitem__
    if isinstance(field, JsonField):
        return orjson.loads
    if isinstance(field, MoneyField):
        return from_ten_thousandths if dialect == "sqlite" else plain
    if dialect == "sqlite" and isinstance(field, InstantField):
        return from_milliseconds
    if dialect == "sqlite" and isinstance(field, fields.BooleanField):
        return bool
    return None


def _to_driver(field: AnyField, dialect: Dialect) -> Convert | None:
    if isinstance(field, JsonField):
        return dump_json
    if dialect == "sqlite" and isinstance(field, InstantField):
        return to_milliseconds
    if dialect == "sqlite" and isinstance(field, MoneyField):
        return to_ten_thousandths
    if dialect == "sqlite" and isinstance(field, ChoiceField):
        return str.__str__  # sqlite3 binds what is exactly a text five times as fast
    return None


def parameter(value: Any, dialect: Dialect) -> Any:
    """A query parameter as the driver wants it."""
    if dialect == "sqlite":
        from_python = _SQLITE_PARAMETERS.get(value.__class__)
        return from_python(value) if from_python else value
    return value
