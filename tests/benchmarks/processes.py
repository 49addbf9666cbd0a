"""Commands and servers as processes of their own, and what they cost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.settings import PREFIX
from tests.benchmarks.corpus import CHECKOUT

HOST = "127.0.0.1"
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_UTIME, _STIME = 11, 12  # fields of /proc/PID/stat, counted from behind the command's name


@dataclass(frozen=True)
class Finished:
    """A command that ended well, and what it took."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Server:
    """A running server process."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS_PER_SECOND

    def resident_bytes(self) -> int:
        """Its memory that is not swapped out."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * _PAGE_BYTES


def run_module(module: str, *arguments: str, database_url: str) -> Finished:
    """Run `python -m module` to its end; raise CalledProcessError when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT,
        env=_environment(database_url),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args, output)
    return Finished(output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


@contextmanager
def running(
    module: str, *arguments: str, database_url: str, log: Path, **settings: str
) -> Generator[Server]:
    """Run `python -m module … --port PORT` while the block lasts."""
    given = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
    environment = _environment(database_url) | given
    with listening([sys.executable, "-m", module, *arguments], environment, log) as server:
        yield server


@contextmanager
def listening(
    program: Sequence[str], environment: Mapping[str, str], log: Path
) -> Generator[Server]:
    """Run `program … --port PORT` while the block lasts."""
    port = _free_port()
    command = [*program, "--port", str(port)]
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait_until_it_listens(process, command, port, log)
            yield Server(process.pid, port)
        finally:
            _stop(process)


def _environment(database_url: str) -> dict[str, str]:
    """Ours without settings of the caller's, which would change what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    # What is measured shall not share its time with the analysis of what was imported.
    return {**kept, f"{PREFIX}DATABASE_URL": database_url, f"{PREFIX}ANALYSIS": "false"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(
    process: subprocess.Popen[bytes], command: Sequence[str], port: int, log: Path
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{' '.join(command)} does not listen:\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
