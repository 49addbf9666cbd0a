"""Uvicorn's protocols, with an end for clients that do not read.

A send waits while the transport holds too much that the client has not taken. Without a limit it
waits as long as the client likes, with everything that the operation holds.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


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
    """A WebSocket connection."""


class HttpProtocol(_Patient, HttpToolsProtocol):
    """An HTTP connection."""
