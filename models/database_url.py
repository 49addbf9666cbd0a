"""Where the database is: one URL, parsed once into Tortoise's configuration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from models.record import Dialect

_MODEL_MODULES = (
    "agent", "api_key", "change", "channel", "comment", "contact", "conversation", "custom_field",
    "form", "goal", "idempotency", "journey", "knowledge_gap", "label", "message", "reasoning",
    "saved_view", "score", "session", "session_event", "workspace",
)  # fmt: skip

_WRITE_PRAGMAS = {
    "journal_mode": "WAL",
    "journal_size_limit": 67_108_864,  # bytes; the WAL is truncated to this after a checkpoint
    "busy_timeout": 5_000,  # milliseconds a writer waits for another process
    "foreign_keys": "ON",
    "wal_autocheckpoint": 1000,
    "cache_size": -65_536,  # KiB, negative by SQLite's convention
    "temp_store": "MEMORY",
}
_READ_PRAGMAS = {**_WRITE_PRAGMAS, "query_only": "ON"}
_MIGRATION_PRAGMAS = {
    "foreign_keys": "OFF",  # a rebuilt table must not cascade into its children
    "legacy_alter_table": "ON",  # nor fail because triggers name it while it is being replaced
}

_SLOW_CONNECTIONS = 4
"""Of each process, for long reads on PostgreSQL, on top of the pool."""


@dataclass(frozen=True)
class DatabaseUrl:
    """A parsed URL.

    sqlite://relative.db, sqlite:///absolute/path.db or postgres://user:password@host:port/name.
    """

    dialect: Dialect
    credentials: dict[str, Any]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raise ValueError with one sentence when the URL is none of the three forms."""
        scheme, separator, rest = url.partition("://")
        if separator and scheme == "sqlite" and rest:
            return cls("sqlite", {"file_path": rest})
        if separator and scheme in {"postgres", "postgresql"}:
            return cls("postgres", _postgres_credentials(url))
        raise ValueError(
            "a database URL is sqlite://relative.db, sqlite:///absolute/path.db"
            " or postgres://user:password@host:port/name"
        )

    def prepare(self) -> None:
        """Make the folder that a SQLite file will live in."""
        if self.dialect == "sqlite":
            Path(self.credentials["file_path"]).parent.mkdir(parents=True, exist_ok=True)

    def tortoise_config(self, pool_size: int, *, migrating: bool) -> dict[str, Any]:
        """Connections are named by dialect, because Tortoise caches SQL by connection name."""
        app = {
            "models": [f"models.{module}" for module in _MODEL_MODULES],
            "default_connection": self.dialect,
            "migrations": "models.migrations",
        }
        return {
            "connections": self._connections(pool_size, migrating=migrating),
            "apps": {"models": app},
            "use_tz": True,
            "timezone": "UTC",
        }

    def _connections(self, pool_size: int, *, migrating: bool) -> dict[str, Any]:
        if self.dialect == "postgres":
            pool = _pool(self.credentials, pool_size)
            if migrating:
                return {"postgres": pool}
            # How frequent a word or a value is decides over the plan of a long read.
            slow = _pool(self.credentials, _SLOW_CONNECTIONS, plan_cache_mode="force_custom_plan")
            return {"postgres": pool, "postgres_slow": slow}
        if migrating:
            return {"sqlite": _engine("sqlite", {**self.credentials, **_MIGRATION_PRAGMAS})}
        return {
            "sqlite": _engine("sqlite", {**self.credentials, **_WRITE_PRAGMAS}),
            "sqlite_fast": _engine("sqlite", {**self.credentials, **_READ_PRAGMAS}),
            "sqlite_slow": _engine("sqlite", {**self.credentials, **_READ_PRAGMAS}),
        }


def _pool(credentials: dict[str, Any], size: int, **settings: str) -> dict[str, Any]:
    options = {
        "maxsize": size,
        "server_settings": {"jit": "off", "timezone": "UTC", **settings},
        "max_cached_statement_lifetime": 0,  # seconds; 0 keeps prepared statements
    }
    return _engine("asyncpg", {**credentials, **options})


def _engine(name: str, credentials: dict[str, Any]) -> dict[str, Any]:
    return {"engine": f"models.backends.{name}", "credentials": credentials}


def _postgres_credentials(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if not parts.hostname or not name:
        raise ValueError("a PostgreSQL URL names a host and a database")
    query = dict(parse_qsl(parts.query))
    return {
        "host": parts.hostname,
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": name,
        **({"schema": query["schema"]} if "schema" in query else {}),
    }


MIGRATIONS = DatabaseUrl("sqlite", {"file_path": ":memory:"}).tortoise_config(1, migrating=True)
"""For `tortoise makemigrations`, which compares the models with the migrations, not a database."""
