"""What a workspace decides: bounds across settings, how they are stored, and who must know.

Open sessions are looked at anew by the sweeper, which adopts the settings. Whoever is writing by
older ones while these commit starts again (`subscriptions/changelog.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from loaders.viewer import Viewer
from loaders.workspace import lock_workspace, renew_workspace
from models.analyzer_options import option_violations
from models.change import ChangeKind
from models.database import Transaction
from models.enums import AnalyzerKind, Scope, UserErrorCode
from models.errors import Rejected, Violation
from models.fields import Json
from models.workspace import Settings, Workspace
from resolvers.writing import INPUT, retried
from resolvers.written import Written, written_once
from schema.inputs.document import client_name, stated, validated
from schema.inputs.workspace import WorkspaceSettingsInput
from schema.scalars import format_duration
from subscriptions.changelog import Changes

_STORED_AS = {"channel_timeouts": "channels"}
_SHOWN_AS = {stored: shown for shown, stored in _STORED_AS.items()}
_ADOPTED = frozenset(
    {
        "idle_after", "close_after", "max_duration", "channel_timeouts", "currency",
        "conversion_ratio", "recognition",
    }
)  # fmt: skip
"""What open sessions go by, `Session.adopt`."""
_LOOK_AGAIN = """
UPDATE "session" SET next_transition_at = ?
WHERE workspace_id = ? AND ended_at IS NULL
  AND (next_transition_at IS NULL OR next_transition_at > ?)
"""


async def workspace_settings_update(viewer: Viewer, given: WorkspaceSettingsInput) -> Written:
    """Decide what is stated, null being the default; raise Rejected."""
    viewer.require(Scope.ADMIN)
    given = validated(given, "input")
    decided = {_STORED_AS.get(name, name): _stored(v) for name, v in stated(given).items()}
    _check_analyzers(decided.get("analyzers") or ())
    changed: set[str] = set()

    async def write(changes: Changes) -> Written:
        row = await lock_workspace(changes.transaction, viewer)
        before = row.settings
        after = {**row.settings_json, **decided}
        vars(row)["settings_json"] = {n: value for n, value in after.items() if value is not None}
        _check_lengths(row.settings, decided)
        changed.update(await _write(changes, viewer, row, before))
        return Written(node_id=row.id)

    written = await written_once(viewer, None, given, write)
    await renew_workspace(viewer.database.lane(), viewer)
    if changed & _ADOPTED:
        await _look_at_those_missed(viewer)
    return written


async def _write(changes: Changes, viewer: Viewer, row: Workspace, before: Settings) -> set[str]:
    """Return the names of what is different from now on."""
    told, telling = dict(_told(before)), dict(_told(row.settings))
    values = {name: (told[name], telling[name]) for name in told if told[name] != telling[name]}
    if values:
        vars(row)["settings_version"] = (row.settings_version or 0) + 1
        changes.entity(row, ChangeKind.UPDATED, values, values)
    await changes.transaction.update(row, "settings_json", "settings_version")
    if values.keys() & _ADOPTED:
        await _look_again(changes.transaction, viewer, viewer.now())
    return {*values}


async def _look_at_those_missed(viewer: Viewer) -> None:
    """Sessions that others wrote, by the settings before, while these were being committed."""

    async def write() -> None:
        async with viewer.database.transaction() as transaction:
            await _look_again(transaction, viewer, viewer.now())

    await retried(write)


async def _look_again(transaction: Transaction, viewer: Viewer, now: datetime) -> None:
    await transaction.execute_many(_LOOK_AGAIN, [(now, viewer.workspace_id, now)])


def _check_lengths(settings: Settings, decided: dict[str, Json]) -> None:
    if settings.short_below <= settings.long_from:
        return
    where = "short_below" if decided.get("short_below") is not None else "long_from"
    message = "`shortBelow` is at most `longFrom`: a session would be both."
    raise Rejected([Violation(UserErrorCode.INVALID, message, (*INPUT, client_name(where)))])


def _check_analyzers(bindings: Sequence[Json]) -> None:
    """The options are those of the provider and kind; their shape has been checked."""
    found = [
        violation
        for position, stored in enumerate(bindings)
        for violation in option_violations(
            AnalyzerKind(stored["kind"]),
            stored["provider"],
            stored.get("options"),
            (*INPUT, "analyzers", str(position)),
        )
    ]
    if found:
        raise Rejected(found)


def _stored(value: Any) -> Json:
    """As `Settings.from_json` reads it: seconds, and money as text."""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [_stored(item) for item in cast("list[object]", value)]
    if is_dataclass(value):
        return {name: _stored(item) for name, item in vars(value).items()}
    return value


def _told(settings: Settings) -> Iterator[tuple[str, Json]]:
    """As the audit trail shows them, defaults included."""
    for declared in fields(settings):
        value = getattr(settings, declared.name)
        yield _SHOWN_AS.get(declared.name, declared.name), _shown(value)


def _shown(value: Any) -> Json:
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, tuple):
        return [_shown(item) for item in cast("tuple[object, ...]", value)]
    if is_dataclass(value) and not isinstance(value, type):
        return {client_name(name): _shown(item) for name, item in asdict(value).items()}
    return str(value) if isinstance(value, Decimal) else value
