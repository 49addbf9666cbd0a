"""A PostgreSQL of one test's own, to be stopped without warning and started again."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Self

import asyncpg

from tests.redis_server import free_port, until

_SECONDS = 60.0
_USER = "postgres"
_OPTIONS = (
    "fsync=off",  # the process dies, not the machine
    "synchronous_commit=on",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
)


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest version's; None without any."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def _version(program: Path) -> int:
    name = program.parts[-3]
    return int(name) if name.isdecimal() else 0


class PostgresServer:
    """One port and one data directory; `async with` makes both and removes them."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._port = free_port()
        self._folder = Path()
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"postgres://{_USER}@127.0.0.1:{self._port}/postgres"

    async def __aenter__(self) -> Self:
        # Not in pytest's folder, which nobody but its owner may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="sessiongraph-postgres-"))
        try:
            if _is_root():
                shutil.chown(self._folder, _USER)
            await self._run("initdb", "--no-sync", "--auth=trust", f"--username={_USER}")
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop_immediately()
        shutil.rmtree(self._folder)

    async def start(self) -> None:
        """Start, recover, and wait until it answers."""
        options = [part for option in _OPTIONS for part in ("-c", option)]
        self._process = await self._spawn("postgres", "-p", str(self._port), *options)
        async with asyncio.timeout(_SECONDS):
            await until(self._answers)

    async def stop_immediately(self) -> None:
        """Every connection breaks, whatever it was doing; nothing is written in farewell."""
        if self._process is not None and self._process.returncode is None:
            await self._run("pg_ctl", "stop", "--mode=immediate")
            await self._process.wait()

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, (self._folder / "log").read_text()
        try:
            return await self.rows("SELECT 1") == [(1,)]
        except (OSError, asyncpg.PostgresError):  # not listening yet, or still recovering
            return False

    async def _run(self, program: str, *arguments: str) -> None:
        process = await self._spawn(program, *arguments)
        assert await process.wait() == 0, (self._folder / "log").read_text()

    async def _spawn(self, program: str, *arguments: str) -> asyncio.subprocess.Process:
        """As another user when we are root, which these programs refuse to be."""
        who: dict[str, Any] = {"user": _USER, "group": _USER} if _is_root() else {}
        with (self._folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                self._programs / program, "-D", self._folder / "data", *arguments,
                cwd=self._folder, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, **who,
            )  # fmt: skip


def _is_root() -> bool:
    return os.getuid() == 0
