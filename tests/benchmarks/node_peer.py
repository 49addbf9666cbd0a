"""The fan-out by graphql-ws on Node, where node and the package can be had."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.fanout_peer import sdl
from tests.benchmarks.processes import Server, listening

_SOURCES = Path(__file__).parent / "node"
_SERVER = "fanout.mjs"
_INSTALL = ("install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
_INSTALL_SECONDS = 60


class NoNodeError(Exception):
    """Node cannot take part; the message says why."""


def installed(folder: Path) -> Path:
    """The server's program, with its packages beside it; raise NoNodeError."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NoNodeError("node and npm are not on the PATH")
    target = folder / "node"
    shutil.copytree(_SOURCES, target)
    (target / "schema.graphql").write_text(sdl())
    try:
        subprocess.run(
            [npm, *_INSTALL], cwd=target, timeout=_INSTALL_SECONDS, check=True, capture_output=True
        )
    except subprocess.TimeoutExpired:
        raise NoNodeError(f"npm installed nothing in {_INSTALL_SECONDS} seconds") from None
    except subprocess.CalledProcessError as error:
        raise NoNodeError(f"npm failed: {error.stderr.decode(errors='replace')}") from None
    return target / _SERVER


@contextmanager
def node_running(program: Path, log: Path) -> Generator[Server]:
    """Serve while the block lasts, as in production."""
    environment = {**os.environ, "NODE_ENV": "production"}
    with listening(["node", str(program)], environment, log) as server:
        yield server
