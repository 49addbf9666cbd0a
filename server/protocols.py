"""Uvicorn's protocols, with an end for clients that do not read.

A send waits while the transport holds too much that the client has not taken. Without a limit it
waits as long as the client likes, with everything that the operation holds.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

_EXTENSION = "sessiongraph.frames"

WriteFrames = Callable[[bytes], bool]
"""Writes whole frames to a socket at once; False when they would have to wait, or it is closed."""


def frame_writer(scope: Mapping[str, Any]) -> WriteFrames:
    """That of a socket's ASGI scope; one that never does where another server runs it."""
    writer: WriteFrames = scope.get("extensions", {}).get(_EXTENSION, _write_nothing)
    return writer


def _write_nothing(_frames: bytes) -> bool:
    return False


class Patience:
    """How long a transport waits for its client."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport) -> None:
        """Cut the connection unless the client reads within so many seconds."""
        self.end()
        unread = transport.get_write_buffer_size()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds, self._judge, transport, unread)

    def end(self) -> None:
        """The client has read, or is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _judge(self, transport: asyncio.Transport, unread: int) -> None:
        if transport.get_write_buffer_size() < unread:
            self.begin(transport)  # it is slow, not stuck
        else:
            transport.abort()


class _Patient(asyncio.Protocol):
    """A connection that waits for its client no longer than `send_timeout` seconds."""

    transport: asyncio.Transport

    def __init__(self, *args: Any, send_timeout: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._patience = Patience(send_timeout)

    def pause_writing(self) -> None:
        """The client is behind."""
        super().pause_writing()
        self._patience.begin(self.transport)

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._patience.end()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._patience.end()
        super().connection_lost(exc)


class SocketProtocol(_Patient, WebSocketsSansIOProtocol):
    """A WebSocket connection, to which frames can be written past the ASGI application's `send`.

    That takes a tenth of the time, and writes any number of frames in one system call.
    """

    async def run_asgi(self) -> None:
        """Run the application."""
        extensions = cast("dict[str, Any]", self.scope.get("extensions"))
        extensions[_EXTENSION] = self._write_frames
        try:
            await super().run_asgi()
        finally:
            del extensions[_EXTENSION]  # else only the collector would find this connection

    def _write_frames(self, frames: bytes) -> bool:
        is_open = self.conn.state is State.OPEN and not self.transport.is_closing()
        if is_open and self.writable.is_set():
            self.transport.write(frames)
            return True
        return False


class HttpProtocol(_Patient, HttpToolsProtocol):
    """An HTTP connection."""
