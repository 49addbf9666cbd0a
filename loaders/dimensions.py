"""What sessions are grouped by: each dimension's value defined once, as SQL over a session `s`.

A session may have several labels, goals, journey blocks, forms or options: it counts once for each
of them, however often it met one. Of everything else it has at most one value.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from loaders.agent import agents_by_id
from loaders.batch import Batch
from loaders.channel import channels_by_id
from loaders.expression import NO_JOIN, Expression, milliseconds, stepwise
from loaders.form import forms_by_id
from loaders.goal import goals_by_id
from loaders.journey import blocks_by_id
from loaders.label import labels_by_id
from loaders.local_time import offset_changes
from loaders.measures import ASSESSMENT
from loaders.viewer import Viewer
from models.custom_field import CustomField
from models.enums import CustomFieldTarget, CustomFieldType, SessionDimension
from models.errors import BadRequest
from models.fields import from_milliseconds
from models.global_id import encode_id
from models.record import Dialect, Record

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_MONDAY_BASED = 3
"""The first of January 1970 was a Thursday."""
_FIRST_SESSIONS = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_AHEAD = timedelta(days=2)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPELLED = {
    "AI_ONLY": "AI only",
    "AI_THEN_HUMAN": "AI, then human",
    "API": "API",
    "HUMAN_THEN_AI": "Human, then AI",
    "MOBILE_SDK": "Mobile SDK",
    "SIP": "SIP",
    "SMS": "SMS",
    "WHATSAPP": "WhatsApp",
    "YES_A": "Yes-A",
    "YES_B": "Yes-B",
}


class Shown(NamedTuple):
    """A value of a dimension as clients see it; `node` is the object behind it, if there is one."""

    key: str
    label: str
    node: Record | None = None


@dataclass(frozen=True)
class Grouping:
    """What a dimension may need to know besides its name."""

    zone: ZoneInfo
    field: CustomField | None = None


@dataclass(frozen=True)
class Dimension:
    """Where a session's value comes from; null is missing."""

    value: str
    join: Expression = NO_JOIN
    """What has the values that do not stand in the session itself."""
    has_many: bool = False
    """Whether a session may have several values."""
    repeats: bool = False
    """Whether it may have one of them several times."""
    given: tuple[Any, ...] = ()
    """Parameters of `value`."""
    show: Callable[[str], Shown] = lambda value: Shown(value, value)
    nodes: Batch | None = None
    """What reads the objects whose ids the values are."""
    is_numeric: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the value stands in the session itself."""
        return self.join == NO_JOIN

    @property
    def members(self) -> Expression:
        """The sessions of `matched`, each with its value as `member`, or once for each value."""
        distinct = "DISTINCT " if self.repeats else ""
        return Expression(
            f"SELECT {distinct}s.*, {self.value} AS member FROM matched s{self.join.sql}",
            (*self.given, *self.join.parameters),
        )

    def text(self, member: str) -> str:
        """SQL for the value as text."""
        return f"CAST({member} AS TEXT)"

    def place(self, dialect: Dialect, member: str) -> str:
        """SQL that orders values, alike on both databases."""
        if self.is_numeric:
            return f"CAST({member} AS DOUBLE PRECISION)"
        return self.text(member) + (' COLLATE "C"' if dialect == "postgres" else "")


def dimension(viewer: Viewer, wanted: SessionDimension, grouping: Grouping) -> Dimension:
    """How sessions are grouped by it; raise BadRequest for a custom field that is not named."""
    if wanted in _PLAIN:
        return _PLAIN[wanted]
    if wanted in _LOCAL:
        return _LOCAL[wanted](viewer, grouping.zone)
    if wanted is SessionDimension.LENGTH_CLASS:
        return _length_class(viewer)
    if grouping.field is None:
        raise BadRequest("`customFieldKey`: CUSTOM_FIELD needs the key of a field.")
    return _custom_field(viewer.dialect, grouping.field)


async def shown(viewer: Viewer, by: Dimension, values: Iterable[str]) -> dict[str, Shown]:
    """The values as clients see them; those whose object is not the workspace's are left out."""
    listed = list(values)
    if by.nodes is None:
        return {value: by.show(value) for value in listed}
    nodes = await by.nodes(viewer, [int(value) for value in listed])
    return {
        value: _shown_node(node)
        for value, node in zip(listed, nodes, strict=True)
        if node is not None
    }


def spelled(value: str) -> str:
    """A value of an enum for people: END_REASON → End reason."""
    return _SPELLED.get(value) or value.replace("_", " ").capitalize()


def _shown_node(node: Any) -> Shown:
    """By its key where people gave it one, else by its id: what a filter takes."""
    key = getattr(node, "key", None) or encode_id(type(node).__name__, node.id)
    return Shown(key, node.name, node)


def _word(value: str) -> Shown:
    return Shown(value, spelled(value))


def _enum(column: str) -> Dimension:
    return Dimension(f"s.{column}", show=_word)


def _text(column: str) -> Dimension:
    return Dimension(f"s.{column}")


def _linked(table: str, column: str, nodes: Batch, *, repeats: bool = False) -> Dimension:
    join = Expression(f' LEFT JOIN "{table}" d ON d.session_id = s.id')
    return Dimension(f"d.{column}", join, has_many=True, repeats=repeats, nodes=nodes)


_PLAIN: dict[SessionDimension, Dimension] = {
    SessionDimension.STATUS: _enum("status"),
    SessionDimension.ACTIVITY: _enum("activity"),
    SessionDimension.END_REASON: _enum("end_reason"),
    SessionDimension.CHANNEL_TYPE: _enum("channel_type"),
    SessionDimension.CHANNEL: Dimension("s.channel_id", nodes=channels_by_id),
    SessionDimension.MODALITY: _enum("modality"),
    SessionDimension.AGENT: Dimension("s.agent_id", nodes=agents_by_id),
    SessionDimension.TOPIC: _text("topic"),
    SessionDimension.LABEL: _linked("session_label", "label_id", labels_by_id),
    SessionDimension.SENTIMENT: _enum("sentiment_label"),
    SessionDimension.HANDLED_BY: _enum("handled_by"),
    SessionDimension.GOAL: _linked("goal_outcome", "goal_id", goals_by_id),
    SessionDimension.JOURNEY_BLOCK: _linked(
        "journey_visit", "block_id", blocks_by_id, repeats=True
    ),
    SessionDimension.FORM: _linked("form_submission", "form_id", forms_by_id, repeats=True),
    SessionDimension.ASSESSMENT: Dimension(ASSESSMENT, show=_word),
    SessionDimension.SOURCE: _text("source"),
    SessionDimension.UTM_CAMPAIGN: _text("utm_campaign"),
}


def _length_class(viewer: Viewer) -> Dimension:
    """As `models.session_display.length_class`."""
    settings = viewer.settings
    value = (
        "CASE WHEN s.duration_ms < ? THEN 'SHORT' WHEN s.duration_ms >= ? THEN 'LONG'"
        " WHEN s.duration_ms IS NOT NULL THEN 'REGULAR' END"
    )
    bounds = (settings.short_below, settings.long_from)
    given = tuple(bound // timedelta(milliseconds=1) for bound in bounds)
    return Dimension(value, given=given, show=_word)


def _hour_of_day(viewer: Viewer, zone: ZoneInfo) -> Dimension:
    local = _local_milliseconds(viewer, zone)
    value = f"({local.sql}) % {_DAY} / {_HOUR}"
    return Dimension(
        value,
        given=local.parameters,
        show=lambda hour: Shown(f"{int(hour):02}", f"{int(hour):02}:00"),
    )


def _day_of_week(viewer: Viewer, zone: ZoneInfo) -> Dimension:
    local = _local_milliseconds(viewer, zone)
    value = f"(({local.sql}) / {_DAY} + {_MONDAY_BASED}) % 7 + 1"
    return Dimension(
        value, given=local.parameters, show=lambda day: Shown(day, _WEEKDAYS[int(day) - 1])
    )


def _local_milliseconds(viewer: Viewer, zone: ZoneInfo) -> Expression:
    """What a clock in the zone showed when the session started, as if it were UTC."""
    latest = viewer.now() + _LONGEST_AHEAD
    first, changes = offset_changes(zone, _FIRST_SESSIONS, latest)
    offset = stepwise(
        viewer.dialect,
        "s.started_at",
        [change.at for change in changes],
        [first, *(change.offset for change in changes)],
    )
    started = milliseconds(viewer.dialect, "s.started_at")
    return Expression(f"{started} + {offset.sql}", offset.parameters)


_LOCAL: dict[SessionDimension, Callable[[Viewer, ZoneInfo], Dimension]] = {
    SessionDimension.HOUR_OF_DAY: _hour_of_day,
    SessionDimension.DAY_OF_WEEK: _day_of_week,
}


def _custom_field(dialect: Dialect, field: CustomField) -> Dimension:
    target = "session" if field.applies_to is CustomFieldTarget.SESSION else "contact"
    owner = "s.id" if target == "session" else "s.contact_id"
    join = f' LEFT JOIN "{target}_field_value" d ON d.{target}_id = {owner} AND d.field_id = ?'
    value, show = _FIELD_VALUES.get(field.type, _TEXT_VALUE)
    is_list = field.type is CustomFieldType.MULTI_SELECT
    if is_list:
        join += _OPTIONS[dialect]
    return Dimension(
        value(dialect),
        Expression(join, (field.id,)),
        has_many=is_list,
        repeats=is_list,
        show=show,
        is_numeric=field.type is CustomFieldType.NUMBER,
    )


_OPTIONS: dict[Dialect, str] = {
    "sqlite": " LEFT JOIN json_each(d.choices) options",
    "postgres": " LEFT JOIN LATERAL jsonb_array_elements_text(d.choices) options(value) ON TRUE",
}


def _number_text(dialect: Dialect) -> str:
    """With the fifteen digits that SQLite writes, so that both databases see the same values."""
    return "CAST(d.number AS TEXT)" if dialect == "sqlite" else "CAST(d.number::numeric AS TEXT)"


def _show_number(value: str) -> Shown:
    text = f"{float(value):.15g}"
    return Shown(text, text)


def _show_date(value: str) -> Shown:
    moment = from_milliseconds(int(value))
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Shown(text, text)


def _show_text(value: str) -> Shown:
    return Shown(value, value)


_FieldValue = tuple[Callable[[Dialect], str], Callable[[str], Shown]]
_TEXT_VALUE: _FieldValue = (lambda _dialect: "d.text", _show_text)
_FIELD_VALUES: dict[CustomFieldType, _FieldValue] = {
    CustomFieldType.NUMBER: (_number_text, _show_number),
    CustomFieldType.DATE: (lambda dialect: milliseconds(dialect, "d.date"), _show_date),
    CustomFieldType.BOOLEAN: (
        lambda _dialect: "CASE WHEN d.boolean THEN 'true' WHEN NOT d.boolean THEN 'false' END",
        _show_text,
    ),
    CustomFieldType.MULTI_SELECT: (lambda _dialect: "options.value", _show_text),
}
