"""A workspace is a tenant: every row belongs to one, and no query leaves it."""

from dataclasses import dataclass, field, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self

from models.enums import AnalyzerKind, ChannelType
from models.fields import Json, count, instant, json, text
from models.record import Record

_HOURS_24 = timedelta(hours=24)
_DEFAULT_CLOSE_AFTER: dict[ChannelType, timedelta] = {
    ChannelType.WEB: timedelta(minutes=30),
    ChannelType.MOBILE_SDK: timedelta(minutes=30),
    ChannelType.WHATSAPP: _HOURS_24,
    ChannelType.SMS: _HOURS_24,
    ChannelType.EMAIL: _HOURS_24,
    ChannelType.TELEGRAM: _HOURS_24,
    ChannelType.INSTAGRAM: _HOURS_24,
    ChannelType.FACEBOOK: _HOURS_24,
}
_DEFAULT_MAX_DURATION: dict[ChannelType, timedelta] = {
    ChannelType.PHONE: timedelta(hours=4),
    ChannelType.SIP: timedelta(hours=4),
}


_DEFAULT_BINDING: dict[str, Any] = {"provider": "builtin", "enabled": True}


@dataclass(frozen=True)
class ChannelTimeout:
    """When silence or age closes a session of a channel; None is never."""

    channel_type: ChannelType
    close_after: timedelta | None
    max_duration: timedelta | None

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """From one entry of the workspace's settings."""
        spans = {name: stored.get(name) for name in ("close_after", "max_duration")}
        return cls(
            ChannelType(stored["channel_type"]),
            **{name: None if s is None else timedelta(seconds=s) for name, s in spans.items()},
        )


@dataclass(frozen=True)
class AnalyzerBinding:
    """Which program computes a derived value."""

    kind: AnalyzerKind
    provider: str
    enabled: bool
    options: Json


@dataclass(frozen=True)
class Settings:
    """What a workspace has decided; durations are stored as seconds, money as text."""

    idle_after: timedelta = timedelta(minutes=10)
    close_after: timedelta | None = None
    max_duration: timedelta | None = None
    channels: tuple[ChannelTimeout, ...] = ()
    """Each decides both values of its channel, whatever the workspace says for all."""
    reopen_window: timedelta | None = timedelta(0)
    short_below: timedelta = timedelta(minutes=1)
    long_from: timedelta = timedelta(minutes=5)
    currency: str = "USD"
    conversion_ratio: float = 1.0
    recognition: float = 1.0
    default_lead_value: Decimal = Decimal(0)
    conversation_url_template: str | None = None
    session_url_template: str | None = None
    message_retention: timedelta | None = None
    session_retention: timedelta | None = None
    timezone: str = "UTC"
    analyzers: tuple[dict[str, Any], ...] = field(default=())

    @classmethod
    def from_json(cls, stored: Json) -> Self:
        """From the workspace's column; what it leaves out has its default."""
        values = dict(stored)
        for declared in fields(cls):
            value = values.get(declared.name)
            if value is not None and "timedelta" in str(declared.type):
                values[declared.name] = timedelta(seconds=value)
        if "default_lead_value" in values:
            values["default_lead_value"] = Decimal(values["default_lead_value"])
        values["channels"] = tuple(map(ChannelTimeout.from_json, values.get("channels", ())))
        values["analyzers"] = tuple(values.get("analyzers", ()))
        return cls(**values)

    @property
    def channel_timeouts(self) -> tuple[ChannelTimeout, ...]:
        """Every channel with its effective values."""
        return tuple(self.timeout_of(channel) for channel in ChannelType)

    @property
    def analyzer_bindings(self) -> list[AnalyzerBinding]:
        """One of each kind: what was set, else the analyzer that comes with the server."""
        own = {AnalyzerKind(stored["kind"]): stored for stored in self.analyzers}
        return [
            AnalyzerBinding(kind, stored["provider"], stored["enabled"], stored.get("options"))
            for kind in AnalyzerKind
            for stored in (own.get(kind, _DEFAULT_BINDING),)
        ]

    def timeout_of(self, channel_type: ChannelType) -> ChannelTimeout:
        """What the workspace says of the channel, else of all channels, else the default."""
        own = next((t for t in self.channels if t.channel_type is channel_type), None)
        return own or ChannelTimeout(
            channel_type,
            self.close_after or _DEFAULT_CLOSE_AFTER.get(channel_type),
            self.max_duration or _DEFAULT_MAX_DURATION.get(channel_type),
        )


class Workspace(Record):
    """A tenant."""

    name = text()
    settings_json = json(default=dict)
    settings_version = count(null=True)
    """Counts changes of the settings; the head has the same number once they have committed."""
    created_at = instant()

    class Meta:
        table = "workspace"
        unique_together = (("name",),)

    @property
    def settings(self) -> Settings:
        """The decided and default settings, read once for each row and version."""
        read: tuple[Json, Settings] | None = vars(self).get("_settings")
        if read is None or read[0] is not self.settings_json:
            read = vars(self)["_settings"] = (
                self.settings_json,
                Settings.from_json(self.settings_json),
            )
        return read[1]

    def renew(self, read: "Workspace") -> None:
        """Take over the settings of another reading of this row, unless it is older."""
        if (read.settings_version or 0) > (self.settings_version or 0):
            newer = {name: getattr(read, name) for name in ("settings_json", "settings_version")}
            vars(self).update(newer)


class Head(Record):
    """The workspace's position in its change log; the row lock that orders all commits.

    Its `id` is the workspace's; a narrow table, because every write updates it.
    """

    seq = count(default=0)
    trimmed_to = count(default=0)
    settings_version = count(null=True)
    """Whoever wrote by other settings than these starts again."""

    class Meta:
        table = "head"
