"""Column types that mean the same on SQLite and PostgreSQL, and the words models declare them with.

Tortoise's own instants and decimals are text on SQLite, which compares and sums wrongly, and its
big integer key is not SQLite's rowid; these fields are INTEGER there and native on PostgreSQL.
The factory functions are typed by the value, so that `row.started_at` is a `datetime` to checkers.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeVar, cast, overload

import orjson
from tortoise import fields
from tortoise.fields.base import Field
from tortoise.models import Model

Json = Any
"""A decoded JSON value; typed fields are validated before they get here."""

MONEY_SCALE = 10_000
"""SQLite stores money as whole ten-thousandths, PostgreSQL as NUMERIC(19, 4)."""

E = TypeVar("E", bound=StrEnum)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970-01-01T00:00Z; finer digits are cut."""
    return (instant - _EPOCH) // _MILLISECOND


def from_milliseconds(value: int) -> datetime:
    """The instant in UTC; exact, because nothing here is a float, and eight times faster so."""
    return _EPOCH + value * _MILLISECOND


def to_ten_thousandths(amount: Decimal) -> int:
    """Whole ten-thousandths, half-even; the caller has bounded the amount."""
    return int((amount * MONEY_SCALE).to_integral_value())


def from_ten_thousandths(value: int) -> Decimal:
    """The amount with the fewest digits that say it, as PostgreSQL's trimmed NUMERIC."""
    return plain(Decimal(value) / MONEY_SCALE)


def plain(amount: Decimal) -> Decimal:
    """The same amount without trailing zeros or an exponent: 1.50 → 1.5, 1E+2 → 100."""
    short = amount.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def dump_json(value: Json) -> str:
    """Compact JSON text as both databases store it."""
    return orjson.dumps(value).decode()


def _dialect_of(instance: type[Model] | Model) -> str:
    return instance._meta.db.capabilities.dialect  # pyright: ignore[reportPrivateUsage]  # its name


class _AsInteger:
    SQL_TYPE = "INTEGER"


class KeyField(fields.BigIntField):
    """An app-made 63-bit key; `INTEGER` on SQLite because only that is its rowid."""

    _db_sqlite: ClassVar[Any] = _AsInteger

    def __init__(self, **options: Any) -> None:
        own: dict[str, Any] = {**options, "generated": False}
        super().__init__(**own)


class CountField(fields.BigIntField):
    """A 64-bit whole number, such as milliseconds or a position in the change log."""

    _db_sqlite: ClassVar[Any] = _AsInteger


class InstantField(Field[datetime]):
    """An instant in UTC with milliseconds."""

    field_type = datetime
    SQL_TYPE = "TIMESTAMPTZ"
    _db_sqlite = _AsInteger

    def to_python_value(self, value: Any) -> datetime | None:
        """From what either driver gives."""
        return from_milliseconds(value) if isinstance(value, int) else value

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        """For the driver of the model's connection."""
        if value is None or _dialect_of(instance) != "sqlite":
            return value
        return to_milliseconds(value)


class MoneyField(Field[Decimal]):
    """An amount with four decimal places."""

    field_type = Decimal
    SQL_TYPE = "NUMERIC(19,4)"
    _db_sqlite = _AsInteger

    def to_python_value(self, value: Any) -> Decimal | None:
        """From what either driver gives."""
        if isinstance(value, Decimal):
            return plain(value)
        return None if value is None else from_ten_thousandths(int(value))

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        """For the driver of the model's connection."""
        if value is None or _dialect_of(instance) != "sqlite":
            return value
        return to_ten_thousandths(value)


class JsonField(Field[Json]):
    """Any JSON value; TEXT on SQLite, whose type name JSON would make the text "5" a number."""

    field_type = dict
    SQL_TYPE = "JSONB"

    class _db_sqlite:
        SQL_TYPE = "TEXT"

    def to_python_value(self, value: Any) -> Json:
        """From what either driver gives."""
        return orjson.loads(value) if isinstance(value, str) else value

    def to_db_value(
        self,
        value: Any,
        instance: type[Model] | Model,  # noqa: ARG002  # Tortoise's signature
    ) -> str | None:
        """JSON text; None is SQL NULL."""
        return None if value is None else dump_json(value)


class ChoiceField(fields.CharField[str]):
    """A member of a `StrEnum`, stored by value; migrations see the column without the enum."""

    def __init__(self, choices: type[StrEnum] | None = None, **kwargs: Any) -> None:
        super().__init__(max_length=32, **{k: v for k, v in kwargs.items() if k != "max_length"})
        self.members: dict[str, StrEnum] = {member.value: member for member in choices or ()}
        """By their stored values."""

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """For migrations: the default as plain text, so that they import no enum."""
        path, arguments, options = super().deconstruct()
        if isinstance(self.default, StrEnum):
            options["default"] = self.default.value
        return path, arguments, options

    def to_python_value(self, value: Any) -> Any:
        """The enum member; in migrations, which know no enum, the stored value."""
        return self.members.get(value, value)


def key() -> int:
    """The primary key."""
    return cast("int", KeyField(primary_key=True))


@overload
def text(*, null: Literal[False] = False, default: str | None = None) -> str: ...
@overload
def text(*, null: Literal[True]) -> str | None: ...
def text(*, null: bool = False, default: str | None = None) -> str | None:
    """Text; its length is bounded at the door, where the error can name the input field."""
    return cast("str", fields.TextField(null=null, default=default))


@overload
def choice(members: type[E], *, default: E | None = None) -> E: ...
@overload
def choice(members: type[E], *, null: Literal[True]) -> E | None: ...
def choice(members: type[E], *, null: bool = False, default: E | None = None) -> E | None:
    """One of the members."""
    return cast("E", ChoiceField(members, null=null, default=default))


@overload
def count(*, null: Literal[False] = False, default: int | None = None) -> int: ...
@overload
def count(*, null: Literal[True]) -> int | None: ...
def count(*, null: bool = False, default: int | None = None) -> int | None:
    """A 64-bit whole number."""
    return cast("int", CountField(**_options(null=null, default=default)))


def small_number() -> int | None:
    """A 16-bit whole number that may be absent."""
    return cast("int | None", fields.SmallIntField(**_options(null=True)))


@overload
def number(*, null: Literal[False] = False) -> float: ...
@overload
def number(*, null: Literal[True]) -> float | None: ...
def number(*, null: bool = False) -> float | None:
    """A double."""
    return cast("float", fields.FloatField(**_options(null=null)))


@overload
def flag(*, null: Literal[False] = False, default: bool = False) -> bool: ...
@overload
def flag(*, null: Literal[True], default: bool | None = None) -> bool | None: ...
def flag(*, null: bool = False, default: bool | None = False) -> bool | None:
    """True or false."""
    options = _options(null=null, default=None if null else default)
    return cast("bool", fields.BooleanField(**options))


@overload
def instant(*, null: Literal[False] = False) -> datetime: ...
@overload
def instant(*, null: Literal[True]) -> datetime | None: ...
def instant(*, null: bool = False) -> datetime | None:
    """An instant in UTC with milliseconds."""
    return cast("datetime", InstantField(null=null))


@overload
def money(*, null: Literal[False] = False) -> Decimal: ...
@overload
def money(*, null: Literal[True]) -> Decimal | None: ...
def money(*, null: bool = False) -> Decimal | None:
    """An amount with four decimal places."""
    return cast("Decimal", MoneyField(null=null))


def json(*, null: bool = False, default: Json = None) -> Json:
    """A decoded JSON value."""
    return cast("Json", JsonField(null=null, default=default))


def owner() -> int:
    """The workspace of a row whose parent has one: a column to filter by, without a constraint.

    The parent's foreign key implies it, and checking it again for every child row costs more on
    PostgreSQL than inserting the row.
    """
    return cast("int", CountField())


def reference(model: str, *, null: bool = False) -> Any:
    """A foreign key: children go with their parent, optional references are cleared.

    No backward relation is made: relations are read in batches by `loaders/`.
    """
    on_delete = fields.SET_NULL if null else fields.CASCADE
    options = _options(related_name=False, null=null, on_delete=on_delete)
    return cast("Any", fields.ForeignKeyField(model, **options))


def _options(**options: Any) -> dict[str, Any]:
    """Tortoise's overloads want `null` to be a literal; ours have said what it means."""
    return options
