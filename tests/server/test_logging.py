"""The log: one line per event, whoever writes it, and nothing of what the program held."""

import subprocess
import sys

import orjson
import pytest

WRITES = """
import logging
import structlog
from server.logging import configure_logging

configure_logging({log_format!r}, "info")
log = structlog.get_logger("ours")
log.debug("too_quiet")
log.info("started", port=8000)
logging.getLogger("uvicorn.error").info("Listening on %d", 8000, extra={{"color_message": "x"}})
logging.getLogger("strawberry.execution").error("a client's mistake")
logging.getLogger("asyncpg.pool").warning("retrying")
key = "sg_" + "secret"
try:
    raise KeyError("row")
except KeyError as error:
    log.error("failed", exc_info=error)
"""


def written(log_format: str) -> str:
    script = WRITES.format(log_format=log_format)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == ""
    return ran.stderr


@pytest.mark.parametrize("log_format", ["json", "auto"])
def test_json_has_a_line_per_event_of_ours_and_of_the_libraries(log_format: str) -> None:
    started, listening, failed = map(orjson.loads, written(log_format).splitlines())

    assert (started["event"], started["port"], started["level"]) == ("started", 8000, "info")
    assert (listening["event"], listening["logger"]) == ("Listening on 8000", "uvicorn.error")
    assert "color_message" not in listening
    assert failed["exception"].endswith("KeyError: 'row'")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_tracebacks_do_not_show_variables(log_format: str) -> None:
    text = written(log_format)

    assert "KeyError: 'row'" in text
    assert "sg_secret" not in text
    assert "a client's mistake" not in text
