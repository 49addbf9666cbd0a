"""Many subscribers in one process: raw sockets that speak just enough graphql-transport-ws.

They count the events that arrive and note when; nothing is decoded that need not be, so that the
server is the bottleneck. Masks are zeros, which the protocol allows and costs nothing.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson

from tests.benchmarks.processes import HOST

_CONNECTING_AT_ONCE = 50
_PATIENCE = 90.0
"""Seconds that whatever is waited for may take."""

_EVENT_BYTES = 250
"""An event of ours is longer; acknowledgements and checkpoints are shorter."""

_OPCODE, _LENGTH = 0x0F, 0x7F
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3Vic2NyaWJlciAwMDAwMA==\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


class Tally:
    """What all subscribers of one server have been told."""

    def __init__(self) -> None:
        self.events = 0
        self.first_at = self.last_at = 0.0
        self.example = b""
        self._wanted = 0
        self._reached = asyncio.Event()
        self._failure = ""

    def clear(self) -> None:
        """Count anew."""
        self.events, self.first_at = 0, 0.0

    def add(self, events: int, now: float) -> None:
        """So many arrived at once."""
        if not self.events:
            self.first_at = now
        self.events += events
        self.last_at = now
        if self.events >= self._wanted:
            self._reached.set()

    def fail(self, reason: str) -> None:
        """Whoever waits is told."""
        self._failure = reason
        self._reached.set()

    async def until(self, events: int) -> None:
        """Wait for so many; raise ConnectionError or TimeoutError."""
        self._wanted = events
        self._reached.clear()
        if self.events < events and not self._failure:
            async with asyncio.timeout(_PATIENCE):
                await self._reached.wait()
        if self._failure:
            raise ConnectionError(self._failure)


class Subscriber(asyncio.Protocol):
    """One socket."""

    def __init__(self, handshake: bytes, tally: Tally) -> None:
        self.times: list[float] = []
        self.message: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        """The next message that is no event."""
        self._handshake: bytes | None = handshake
        self._tally = tally
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's has no such base
        assert self._handshake is not None
        self._transport.write(self._handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server closed a socket: {exc}")

    def close(self) -> None:
        """Leave without a farewell."""
        self.message.cancel()
        self._tally = Tally()  # where its end is no failure
        self._transport.abort()

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message; the next that comes and is no event is its answer."""
        self.message = asyncio.get_running_loop().create_future()
        self._send(_TEXT, orjson.dumps(message))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if self._rest:
            data = self._rest + data
        if self._handshake is not None:
            data = self._after_handshake(data)
        start, events = 0, 0
        while (place := _payload(data, start)) is not None:
            first, end = place
            if end - first >= _EVENT_BYTES and data[start] & _OPCODE == _TEXT:
                events += 1
                if not self._tally.example:
                    self._tally.example = data[first:end]
            else:
                self._told(data[start] & _OPCODE, data[first:end])
            start = end
        self._rest = data[start:]
        if events:
            self.times += [now] * events
            self._tally.add(events, now)

    def _after_handshake(self, data: bytes) -> bytes:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return data
        self._handshake = None
        if b" 101 " not in head.partition(b"\r\n")[0]:
            self._fail(f"the server refused a socket: {head!r}")
        elif not self.message.done():
            self.message.set_result(b"")
        return rest

    def _told(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            self._fail(f"the server closes a socket: {payload!r}")
        elif b'"type":"error"' in payload or b'"type":"complete"' in payload:
            self._fail(f"the server ends a stream: {payload!r}")
        elif not self.message.done():
            self.message.set_result(payload)

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = (
            bytes([0x80 | size])
            if size < _TWO_BYTES
            else bytes([0x80 | _TWO_BYTES]) + size.to_bytes(2, "big")
        )
        self._transport.write(bytes([0x80 | opcode]) + length + bytes(4) + payload)

    def _fail(self, reason: str) -> None:
        self._tally.fail(reason)
        if not self.message.done():
            self.message.set_exception(ConnectionError(reason))


def _payload(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `start` begins and ends, once all of it is there."""
    if len(data) < start + 2:
        return None
    first, size = start + 2, data[start + 1] & _LENGTH
    if size == _TWO_BYTES:
        first += 2
        size = int.from_bytes(data[first - 2 : first], "big")
    elif size == _EIGHT_BYTES:
        first += 8
        size = int.from_bytes(data[first - 8 : first], "big")
    end = first + size
    return (first, end) if len(data) >= end else None


class Audience:
    """The subscribers of one server; subscriber `n` follows topic `n % topics`."""

    def __init__(self, port: int, path: str, authorization: str | None) -> None:
        self.tally = Tally()
        self.subscribers: list[Subscriber] = []
        self._address = HOST, port
        self._handshake = _HANDSHAKE.format(path=path, host=HOST, port=port).encode()
        self._init = {"type": "connection_init", "payload": {"authorization": authorization}}

    async def connect(self, count: int) -> None:
        """Open sockets and have them acknowledged."""
        for start in range(0, count, _CONNECTING_AT_ONCE):
            wave = range(min(_CONNECTING_AT_ONCE, count - start))
            self.subscribers += await asyncio.gather(*(self._connected() for _ in wave))

    async def subscribe(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Each its own operation."""
        for subscriber, body in zip(self.subscribers, bodies, strict=True):
            subscriber.say({"id": "1", "type": "subscribe", "payload": body})
            await asyncio.sleep(0)

    async def checkpoints(self) -> None:
        """Wait until everyone has been told where its stream begins."""
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*(one.message for one in self.subscribers))

    def clear(self) -> None:
        """Forget what came."""
        self.tally.clear()
        for subscriber in self.subscribers:
            subscriber.times.clear()

    def close(self) -> None:
        """Leave."""
        for subscriber in self.subscribers:
            subscriber.close()
        self.subscribers.clear()

    async def _connected(self) -> Subscriber:
        loop = asyncio.get_running_loop()
        made = Subscriber(self._handshake, self.tally)
        await loop.create_connection(lambda: made, *self._address)
        async with asyncio.timeout(_PATIENCE):
            await made.message
            made.say(self._init)
            await made.message
        return made
