"""The load generator: keeps a fixed number of equal requests under way, in a process of its own.

`drive` starts that process; it takes a `Load` as JSON on standard input and prints an `Outcome`.
Responses are read with uvicorn's C parser on uvloop, so that the server is the bottleneck; the
outcome says how much of a core the generator itself used.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

import httptools
import orjson
import uvloop

from tests.benchmarks.corpus import CHECKOUT

CONCURRENCY = 16
_OK = 200
_PATIENCE = 60.0
"""Seconds beyond the slice that the last answers may take."""


@dataclass(frozen=True)
class Load:
    """The same request, for so many seconds."""

    host: str
    port: int
    path: str
    headers: Mapping[str, str]
    body: str
    seconds: float
    concurrency: int = CONCURRENCY


@dataclass(frozen=True)
class Outcome:
    """What came back; latencies are in seconds."""

    requests: int
    seconds: float
    median_latency: float
    p99_latency: float
    generator_cpu_seconds: float


def drive(load: Load) -> Outcome:
    """Run the load to its end; raise CalledProcessError when a response was an error."""
    finished = subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=CHECKOUT,
        input=orjson.dumps(asdict(load)),
        stdout=subprocess.PIPE,
        timeout=load.seconds + _PATIENCE,
        check=True,
    )
    return Outcome(**orjson.loads(finished.stdout))


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer of the last is complete, until the time is over."""

    def __init__(self, request: bytes, deadline: float, latencies: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._deadline = deadline
        self._latencies = latencies
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's has no such base
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server closed the connection: {exc}")

    def on_body(self, body: bytes) -> None:
        """The parser's callback for a part of a response."""
        if b'"errors"' in body:
            self._fail(f"the server answered with errors: {body[:500]!r}")

    def on_message_complete(self) -> None:
        """The parser's callback at the end of a response."""
        now = time.perf_counter()
        status = self._parser.get_status_code()
        if status != _OK:
            self._fail(f"the server answered {status}")
            return
        self._latencies.append(now - self._sent)
        if now < self._deadline:
            self._send()
        elif not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(reason))


async def _generate(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    started, cpu_started = time.perf_counter(), time.process_time()
    request, deadline = _request(load), started + load.seconds
    connections = [
        await loop.create_connection(
            lambda: _Connection(request, deadline, latencies), load.host, load.port
        )
        for _ in range(load.concurrency)
    ]
    await asyncio.gather(*(connection.done for _transport, connection in connections))
    seconds = time.perf_counter() - started
    for transport, _connection in connections:
        transport.close()
    latencies.sort()
    count = len(latencies)
    return Outcome(
        requests=count,
        seconds=seconds,
        median_latency=latencies[count // 2],
        p99_latency=latencies[count * 99 // 100],
        generator_cpu_seconds=time.process_time() - cpu_started,
    )


def _request(load: Load) -> bytes:
    body = load.body.encode()
    headers = {
        "Host": f"{load.host}:{load.port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **load.headers,
    }
    lines = [f"POST {load.path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def main() -> None:
    """The process of the generator."""
    load = Load(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(_generate(load)))))


if __name__ == "__main__":
    main()
