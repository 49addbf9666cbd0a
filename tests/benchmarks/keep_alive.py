"""An HTTP client that costs next to nothing: requests over connections that are kept open."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import orjson

from tests.benchmarks.processes import HOST

_IDLE = 2.0
"""Seconds; servers close connections that have been idle for 5."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class KeepAlive:
    """One server; each request under way has a connection of its own."""

    def __init__(self, port: int, authorization: str | None = None) -> None:
        self._port = port
        self._authorization = f"Authorization: {authorization}\r\n" if authorization else ""
        self._idle: list[tuple[float, Streams]] = []

    async def post(self, path: str, content: Mapping[str, Any]) -> Any:
        """The JSON of the answer; raise ConnectionError unless it is 200 without errors."""
        body = orjson.dumps(content)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\n{self._authorization}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        streams = await self._connection()
        streams[1].write(head.encode() + body)
        status, answered = await _answer(streams[0])
        self._idle.append((time.monotonic(), streams))
        answer = orjson.loads(answered)
        if b" 200 " not in status or "errors" in answer:
            raise ConnectionError(f"{path} answered {status!r} {answered!r}")
        return answer

    def close(self) -> None:
        """Close what is open."""
        for _since, (_reader, writer) in self._idle:
            writer.close()
        self._idle.clear()

    async def _connection(self) -> Streams:
        while self._idle:
            since, streams = self._idle.pop()
            if time.monotonic() - since < _IDLE:
                return streams
            streams[1].close()
        return await asyncio.open_connection(HOST, self._port)


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(b":") for line in lines)}
    return status, await reader.readexactly(int(headers[b"content-length"]))
