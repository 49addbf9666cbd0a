"""The program as its users run it: processes of their own, on a database of the test's own."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[2]
_START_SECONDS = 60.0
_PIPE = asyncio.subprocess.PIPE


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str


def environment(url: str, **settings: str) -> dict[str, str]:
    """This process's environment with only the given settings of the program."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SESSIONGRAPH_")}
    given = {f"SESSIONGRAPH_{name}": value for name, value in settings.items()}
    return {**kept, "SESSIONGRAPH_DATABASE_URL": url, "NO_COLOR": "1", **given}


async def run(
    url: str, *arguments: str, given: bytes = b"", settings: dict[str, str] | None = None
) -> Finished:
    """Run `python -m server …` to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", *arguments,
        cwd=ROOT, env=environment(url, **(settings or {})),
        stdin=_PIPE, stdout=_PIPE, stderr=_PIPE,
    )  # fmt: skip
    out, err = await process.communicate(given)
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def serving(url: str, *arguments: str) -> AsyncGenerator[str]:
    """A server on a free port; gives its base URL without the scheme."""
    async with server_process(url, *arguments) as server:
        yield server.address


@dataclass(frozen=True)
class Server:
    """A running server; `address` is its base URL without the scheme."""

    address: str
    process: asyncio.subprocess.Process


def workers(server: Server) -> list[int]:
    """The processes that uvicorn's supervisor runs."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


@asynccontextmanager
async def server_process(
    url: str, *arguments: str, log: Path = Path(os.devnull), **settings: str
) -> AsyncGenerator[Server]:
    """A server on a free port, which is stopped at the end if it still runs."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "serve", "--port", "0", *arguments,
            cwd=ROOT, env=environment(url, LOG_FORMAT="json", **settings),
            stdout=_PIPE, stderr=errors,
        )  # fmt: skip
    assert process.stdout is not None
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(_START_SECONDS):
            address = await _announced(process.stdout)
            await _ready(address)
        reading = asyncio.create_task(_drained(process.stdout))
        yield Server(address, process)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        if reading is not None:
            await reading


async def _announced(log: asyncio.StreamReader) -> str:
    async for line in log:
        found = re.search(rb"http://(127\.0\.0\.1:\d+)", line)
        if found:
            return found[1].decode()
    raise AssertionError("the server ended before it said where it listens")


async def _ready(address: str) -> None:
    async with httpx2.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://{address}/readyz")).status_code == 200:
                    return
            except httpx2.ConnectError:
                await asyncio.sleep(0.05)


async def _drained(log: asyncio.StreamReader) -> None:
    while await log.read(65_536):
        pass
