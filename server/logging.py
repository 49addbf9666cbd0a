"""One log for the process: structlog, with the lines of uvicorn and the libraries in it.

Tracebacks go without local variables: those hold keys and what customers wrote.
"""

import logging
import sys
from typing import Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["auto", "json", "console"]

_QUIET = {
    # Logs every refused query with a traceback; our doors log the unexpected ones themselves.
    "strawberry.execution": logging.CRITICAL,
    # A line per statement and connection at the level info.
    "tortoise": logging.WARNING,
    "aiosqlite": logging.WARNING,
    # A traceback for every attempt while PostgreSQL is away, in each process and pool.
    "asyncpg": logging.ERROR,
}

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logging(log_format: LogFormat, level: str) -> None:
    """Write to standard error from `level` on; `auto` means console on a terminal, else JSON."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_json() if as_json else _console()),
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name, quiet_level in _QUIET.items():
        logging.getLogger(name).setLevel(quiet_level)


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, _drop_colour, _render_json]


def _console() -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [_drop_colour, structlog.dev.ConsoleRenderer(exception_formatter=plain)]


def _drop_colour(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Uvicorn gives its messages twice, once with terminal colours."""
    event.pop("color_message", None)
    return event


def _render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=repr).decode()
