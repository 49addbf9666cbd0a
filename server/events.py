"""Server-Sent Events: operations by GraphQL over SSE, "distinct connections mode".

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Each operation is a response of
its own; the client ends it by going away.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.connections import Connections, Ending
from server.errors import ErrorCode, Formatted, masked, refusal
from server.negotiation import MediaType
from server.streams import NotExecuted
from subscriptions.cohort import Batch

KEEP_ALIVE = 12.0
"""Seconds after which a comment is sent: proxies cut what is silent for longer."""

_COMMENT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"  # without `data` browsers would not dispatch it
_HEADERS = {
    "Content-Type": f"{MediaType.EVENTS}; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


def events_response(body: Formatted) -> Response:
    """The whole stream of an operation with a single result."""
    return Response(_next(orjson.dumps(body)) + _COMPLETE, headers=_HEADERS)


class EventStream:
    """The response to a subscription: all events of `batches`, until either side ends it.

    Its client is told why with an error, except when the server is about to stop: then the stream
    breaks off without `complete`, which clients take as the sign to connect again.
    """

    def __init__(
        self,
        batches: AsyncGenerator[Batch],
        connections: Connections,
        key_id: int,
        keep_alive: float = KEEP_ALIVE,
    ) -> None:
        self._batches = batches
        self._connections = connections
        self._key_id = key_id
        self._keep_alive = keep_alive
        self._ending: Ending | None = None
        self._life: asyncio.Timeout | None = None
        connections.hold(key_id, self)

    async def end(self, ending: Ending) -> None:
        """Stop following; the client is told what `ending` asks for."""
        self._ending = self._ending or ending
        self._expire()

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002  # ASGI's signature
        receive: Receive,
        send: Send,
    ) -> None:
        """Send the response."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [*_RAW_HEADERS]})
            last = await self._follow(receive, send)
        finally:
            self._connections.release(self._key_id, self)
        await _send(send, last)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _follow(self, receive: Receive, send: Send) -> bytes:
        """Send what there is; return what is to be sent last."""
        self._life = life = asyncio.timeout(0 if self._ending else None)
        try:
            async with life:
                await self._send_events(receive, send)
        except NotExecuted as refused:
            return _errors(refused.errors)
        except Exception as error:
            return self._farewell() if life.expired() else _errors([masked(error)])
        finally:
            self._life = None
        return _COMPLETE

    async def _send_events(self, receive: Receive, send: Send) -> None:
        watch = asyncio.create_task(self._watch(receive, send))
        try:
            async with aclosing(self._batches):
                async for batch in self._batches:
                    await _send(send, b"".join(map(_next, batch.bodies)))
                    await asyncio.sleep(0)  # a client that is gone is noticed, whatever is to come
        finally:
            watch.cancel()

    async def _watch(self, receive: Receive, send: Send) -> None:
        """Keep the connection alive, and end with it."""
        while True:
            try:
                async with asyncio.timeout(self._keep_alive):
                    message = await receive()
            except TimeoutError:
                await _send(send, _COMMENT)
            else:
                if message["type"] == "http.disconnect":
                    return self._expire()

    def _expire(self) -> None:
        if self._life is not None and not self._life.expired():
            self._life.reschedule(asyncio.get_running_loop().time())

    def _farewell(self) -> bytes:
        if self._ending is not Ending.REVOKED:
            return b""
        return _errors([refusal(ErrorCode.UNAUTHENTICATED, Ending.REVOKED.value)])


def _next(body: bytes) -> bytes:
    return b"event: next\ndata: " + body + b"\n\n"  # JSON has no line breaks in it


def _errors(errors: list[Formatted]) -> bytes:
    return _next(orjson.dumps({"errors": errors})) + _COMPLETE


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
