"""Settings: read once from SESSIONGRAPH_* when the process starts, then passed down.

The environment is read in this file only. Whatever is wrong stops the start with one sentence.
"""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from strawberry.http.websocket_origin import normalize_allowed_origins

from models.analyzer_options import KEY_PREFIX
from models.database_url import DatabaseUrl
from subscriptions.hub import CHANNEL, MEMORY
from subscriptions.redis_backend import check_redis_url

PREFIX = "SESSIONGRAPH_"
_TEST_PREFIX = "test_"  # SESSIONGRAPH_TEST_* belong to the test suite
_KEY_PREFIX = KEY_PREFIX.removeprefix(PREFIX).lower()  # any name: they are keys of services


class SettingsError(Exception):
    """The environment is not a valid configuration; the message has a sentence per problem."""


def _database_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return DatabaseUrl.parse(value)
    except ValueError:  # whose message has the URL, and the URL may have a password
        raise ValueError(
            "use sqlite://relative.db, sqlite:///absolute/path.db"
            " or postgres://user:password@host:port/name"
        ) from None


def _broadcast_url(value: str) -> str:
    if value != MEMORY:
        try:
            check_redis_url(value)
        except ValueError:
            raise ValueError(
                "use memory://, redis://user:password@host:port or rediss://user:password@host:port"
            ) from None
    return value


def _origins(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(sorted(normalize_allowed_origins(filter(None, map(str.strip, value.split(","))))))


Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class Settings(BaseSettings):
    """One process's configuration; `settings_table` documents it, so defaults are as typed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    def __init__(self, **given: Any) -> None:
        """Raise SettingsError. What is `given`, by the command line, wins over the environment."""
        problems = list(_unknown_variables(os.environ))
        try:
            super().__init__(**given)
        except ValidationError as error:
            problems += [_sentence(detail) for detail in error.errors(include_url=False)]
        if problems:
            raise SettingsError("\n".join(problems))

    database_url: Annotated[DatabaseUrl, NoDecode, BeforeValidator(_database_url)] = Field(
        default="sqlite://data/sessiongraph.db",
        validate_default=True,
        repr=False,
        description=(
            "Where the data is: `sqlite://relative.db`, `sqlite:///absolute/path.db` or"
            " `postgres://user:password@host:port/name`."
        ),
    )
    broadcast_url: Annotated[str, BeforeValidator(_broadcast_url)] = Field(
        default=MEMORY,
        repr=False,
        description=(
            "How subscribers are woken: `memory://` wakes those of the same process at once; other"
            " processes read the change log every second. `redis://user:password@host:port`, or"
            " `rediss://` with TLS, wakes those of all processes at once."
        ),
    )
    broadcast_channel: Annotated[str, Field(min_length=1)] = Field(
        default=CHANNEL,
        description=(
            "The channel in Redis: the same for all processes of an installation, and of no other."
        ),
    )
    host: Annotated[str, Field(min_length=1)] = Field(
        default="127.0.0.1", description="Address to listen on; `0.0.0.0` for every interface."
    )
    port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        default=8000, description="TCP port to listen on; 0 takes a free one."
    )
    workers: Positive = Field(
        default=1, description="Server processes; more than one needs PostgreSQL."
    )
    pool_size: Positive = Field(
        default=10,
        description=(
            "PostgreSQL connections of each process, besides 4 for long reads; SQLite ignores it."
        ),
    )
    max_body_bytes: Positive = Field(
        default=262_144, description="Largest HTTP request body, in bytes."
    )
    max_ingest_body_bytes: Positive = Field(
        default=4_194_304,
        description="Largest HTTP request body of a key with the scope INGEST, in bytes.",
    )
    max_frame_bytes: Positive = Field(
        default=65_536, description="Largest WebSocket message from a client, in bytes."
    )
    max_connections_per_key: Positive = Field(
        default=1_000,
        description="WebSockets and event streams that one key may hold open in each process.",
    )
    connection_init_timeout: Seconds = Field(
        default=5, description="Seconds a new WebSocket has to send `connection_init`."
    )
    max_subscriptions_per_socket: Positive = Field(
        default=100, description="Operations that may run on one WebSocket at a time."
    )
    send_timeout: Seconds = Field(
        default=30,
        description="Seconds that a client may leave unread what it was sent; then it is cut off.",
    )
    operation_timeout: Seconds = Field(
        default=10,
        description="Seconds a query or mutation may take; subscriptions have no such limit.",
    )
    shutdown_timeout: Annotated[int, Field(ge=1, le=3_600)] = Field(
        default=10, description="Seconds that running requests are given when the server stops."
    )
    drain_delay: Annotated[float, Field(ge=0, le=3_600, allow_inf_nan=False)] = Field(
        default=0,
        description=(
            "Seconds that a server goes on after the stop signal: `/readyz` answers"
            " 503, and WebSockets and event streams are ended one by one. Behind a load balancer,"
            " twice the interval of its probes."
        ),
    )
    sweeper: bool = Field(
        default=True,
        description=(
            "Whether this process lets sessions become idle and closes them when their time has"
            " come; of all processes of a database, one at a time does. At least one must."
        ),
    )
    retention: bool = Field(
        default=True,
        description=(
            "Whether this process removes what workspaces do not keep any longer, and what expires;"
            " of all processes of a database, one at a time does. At least one should."
        ),
    )
    change_log_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        default=30,
        description=(
            "Days for which a change cursor can be resumed from; the log itself stays, for audit."
        ),
    )
    analysis: bool = Field(
        default=True,
        description=(
            "Whether this process analyzes sessions that have ended; processes share the work."
            " At least one must, or they stay `PENDING`."
        ),
    )
    analysis_at_once: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=4, description="Sessions that this process analyzes at a time."
    )
    analysis_private_addresses: bool = Field(
        default=False,
        description=(
            "Whether analyzers over HTTP may be at addresses that are not public, such as"
            " `127.0.0.1` and `10.0.0.1`: whoever sets a workspace's analyzers reaches what the"
            " server reaches."
        ),
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = Field(
        default=(),
        description=(
            "Origins of web pages that may call from a browser, besides the server's own:"
            " `https://app.example.com`, separated by commas; `*` for any."
        ),
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="`json`, `console`, or `auto`: console on a terminal, else JSON.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Least severe message to log: `debug` (one line per request too), `info`,"
        " `warning` or `error`.",
    )
    graphiql: bool = Field(default=True, description="Whether to serve the page `/graphiql`.")

    @model_validator(mode="after")
    def _sqlite_has_one_process(self) -> Self:
        if self.workers > 1 and self.database_url.dialect == "sqlite":
            raise ValueError(
                f"{PREFIX}WORKERS is {self.workers}, but a SQLite file takes one server process:"
                f" set {PREFIX}DATABASE_URL to a postgres:// URL, or run one worker."
            )
        return self


def analyzer_keys() -> dict[str, str]:
    """API keys of analyzers by the name of their variable; workspaces name which to use."""
    return {name: value for name, value in os.environ.items() if name.startswith(KEY_PREFIX)}


def settings_table() -> str:
    """The Markdown table of the README."""
    rows = [
        f"| `{_variable(name)}` | {_shown_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(("| Variable | Default | Meaning |", "|---|---|---|", *rows))


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _shown_default(default: object) -> str:
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if default != () else "none"


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    for variable in sorted(environment):
        name = variable.upper().removeprefix(PREFIX).lower()
        ours = variable.upper().startswith(PREFIX)
        if (
            ours
            and name not in Settings.model_fields
            and not name.startswith((_TEST_PREFIX, _KEY_PREFIX))
        ):
            nearest = get_close_matches(name, Settings.model_fields, n=1)
            advice = (
                f"did you mean {_variable(nearest[0])}?"
                if nearest
                else "the README lists all settings."
            )
            yield f"{variable} is not a setting: {advice}"


def _sentence(detail: ErrorDetails) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return message
    name = str(detail["loc"][0])
    is_secret = not Settings.model_fields[name].repr
    found = "is not valid" if is_secret else f"is {detail['input']!r}"
    return f"{_variable(name)} {found}: {message[:1].lower()}{message[1:].rstrip('.')}."
