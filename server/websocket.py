"""The WebSocket door: graphql-transport-ws, on Strawberry's handler.

What is ours: the message guard, the key in `connection_init`, a new context for every operation
(the loaders of one that lived as long as the socket would serve stale rows), the time limit of
queries and mutations, errors in the form that HTTP gives them, and the end of sockets whose key is
no longer valid.
"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import orjson
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry import UNSET
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws import handlers
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UnsetType

from models.errors import Overloaded, Unauthenticated
from server.admission import Admission, Admit
from server.connections import Connections, Ending, Stopping, TooManyConnections
from server.errors import ErrorCode, Formatted, masked, refusal
from server.frames import InvalidFrame, checked_frame, next_frames, next_message
from server.operation import Executor, Operation, is_request_error, response_body
from server.protocols import frame_writer
from server.streams import NotExecuted, Streams
from subscriptions.cohort import Batch

_SINGLE_RESULT = frozenset({OperationType.QUERY, OperationType.MUTATION})
_CLOSES = {Ending.REVOKED: (4403, "Forbidden"), Ending.RESTART: (1012, "Service restart")}
_MAX_REASON_BYTES = 123  # RFC 6455, 5.5: a control frame has 125 bytes, two of them the code


@dataclass(frozen=True)
class SocketLimits:
    """What one socket may do."""

    init_timeout: float
    """Seconds until `connection_init` must have come."""
    max_operations: int
    """That run at a time."""
    max_frame_bytes: int
    """Of a message from the client."""
    allowed_origins: tuple[str, ...] = ()
    """Of web pages, besides the server's own."""


@dataclass(eq=False)
class Connection:
    """One socket, from its handshake to its close."""

    websocket: WebSocket
    request_id: str
    header: str | None
    """`Authorization` of the handshake, for clients that are not browsers."""
    key_id: int | None = None
    """Once the key was found valid."""
    connection_params: dict[str, object] = field(default_factory=dict[str, object])
    """The payload of `connection_init`; Strawberry's handler sets it under this name."""

    @property
    def authorization(self) -> str | None:
        """As in HTTP, and as there the name is written in any letter case."""
        for name, value in self.connection_params.items():
            if name.lower() == "authorization" and isinstance(value, str):
                return value
        return self.header

    async def end(self, ending: Ending) -> None:
        """Close the socket."""
        await _close(self.websocket, *_CLOSES[ending])


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    """Close once; a long reason is cut where the protocol requires it."""
    short = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
    if websocket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect):
            await websocket.close(code, short)


class RunningOperation(handlers.Operation[Connection, None]):
    """An operation under its id on one socket."""

    task: asyncio.Task[None] | None

    def __init__(self, handler: "SocketHandler", operation_id: str, request: Operation) -> None:
        super().__init__(handler, operation_id, request.query, request.variables, request.name)
        self.request = request
        self.websocket = handler.websocket
        self._write = frame_writer(handler.websocket.ws.scope)
        self._encoded_id = orjson.dumps(operation_id)

    async def send_result(self, result: ExecutionResult) -> None:
        """As `next`, or as `error`, which ends the operation, when nothing was executed."""
        body = response_body(result)
        if is_request_error(result):
            await self.send_errors(body["errors"])
        else:
            await self.send_body(orjson.dumps(body))

    async def send_body(self, body: bytes) -> None:
        """One `next`, around an encoded response."""
        if not self.completed:
            await self.websocket.send_text(next_message(self._encoded_id, body).decode())

    async def send_batch(self, batch: Batch) -> None:
        """A `next` for each event; waits for a client that does not read."""
        if not self.deliver(batch):
            for body in batch.bodies:
                await self.send_body(body)

    def deliver(self, batch: Batch) -> bool:
        """Whether the socket took all of it at once."""
        is_wanted = self.handler.operations.get(self.id) is self
        return is_wanted and self._write(next_frames(self._encoded_id, batch))

    async def send_errors(self, errors: list[Formatted]) -> None:
        """End the operation."""
        await self._send("error", payload=errors)

    async def send_complete(self) -> None:
        """End the operation, unless an error did."""
        await self._send("complete")

    async def _send(self, kind: str, **members: object) -> None:
        frame = {"id": self.id, "type": kind, **members}
        await self.send_operation_message(cast("Message", frame))


class SocketHandler(handlers.BaseGraphQLTransportWSHandler[Connection, None]):
    """One per socket; the base class keeps the order of the protocol."""

    view: "WebSocketDoor"
    websocket: "SocketAdapter"

    async def handle(self) -> None:
        """Serve the socket to its end."""
        try:
            await super().handle()
        except InvalidFrame as error:  # one too large to be looked at
            await self.handle_invalid_message(str(error))
        finally:
            self.view.release(self.context)

    async def handle_message(self, message: Message) -> None:
        """Let only well-formed messages through."""
        try:
            frame = checked_frame(message)
        except InvalidFrame as error:
            await self.handle_invalid_message(str(error))
        else:
            await super().handle_message(cast("Message", frame))

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Acknowledge a valid key; the socket does not outlive a failure to look at it."""
        try:
            await super().handle_connection_init(message)
        except WebSocketDisconnected:
            raise
        except TooManyConnections:
            await self.websocket.close(4429, "Too many connections")
        except Stopping:
            await self.context.end(Ending.RESTART)
        except Overloaded:
            await self.websocket.close(1013, "Try again later")
        except Exception as error:
            masked(error)
            await self.websocket.close(4500, "Internal server error")

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation beside those that run."""
        operation = RunningOperation(self, message["id"], cast("Operation", message["payload"]))
        if not self.connection_acknowledged:
            await self.websocket.close(4401, "Unauthorized")
        elif operation.id in self.operations:
            await self.websocket.close(4409, f"Subscriber for {operation.id} already exists")
        elif len(self.operations) >= self.view.limits.max_operations:
            limit = f"At most {self.view.limits.max_operations} operations run on one socket."
            errors = [refusal(ErrorCode.LIMIT_EXCEEDED, limit)]
            frame = {"id": operation.id, "type": "error", "payload": errors}
            await self.send_message(cast("Message", frame))
        else:
            self.operations[operation.id] = operation
            operation.task = asyncio.create_task(self._run(operation))

    async def _run(self, operation: RunningOperation) -> None:
        try:
            await self._run_admitted(operation)
        except WebSocketDisconnected:
            return
        except Unauthenticated:
            await self.websocket.close(4403, "Forbidden")
        except NotExecuted as refused:
            with suppress(WebSocketDisconnected):
                await operation.send_errors(refused.errors)
        except Overloaded as error:
            with suppress(WebSocketDisconnected):
                await operation.send_errors([refusal(ErrorCode.OVERLOADED, str(error))])
        except Exception as error:
            with suppress(WebSocketDisconnected):
                await operation.send_errors([masked(error)])

    async def _run_admitted(self, operation: RunningOperation) -> None:
        """The key is looked at again: it may have been revoked since the socket was opened."""
        admission = await self.view.admission(self.context)
        try:
            context = admission.make_context()
            result = await self.view.executor.run(operation.request, context, _SINGLE_RESULT)
            await operation.send_result(result)
        except InvalidOperationTypeError:
            follow = self.view.streams.follow(operation.request, admission, operation.deliver)
            async with aclosing(follow) as batches:
                async for batch in batches:
                    await operation.send_batch(batch)
        await operation.send_complete()


class SocketAdapter(ASGIWebSocketAdapter):
    """Bears that either side may have closed the socket meanwhile."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Raise WebSocketDisconnected when there is nobody to send to."""
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        """Raise WebSocketDisconnected when there is nobody to send to."""
        try:
            await self.ws.send_text(text)
        except (WebSocketDisconnect, RuntimeError) as error:  # the client's close, or ours
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Close once."""
        await _close(self.ws, code, reason)


class WebSocketDoor(GraphQL[Connection, None]):
    """An ASGI application for the sockets of one path."""

    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = SocketAdapter

    def __init__(
        self,
        executor: Executor,
        streams: Streams,
        connections: Connections,
        admit: Admit,
        limits: SocketLimits,
    ) -> None:
        super().__init__(
            executor.schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=limits.init_timeout),
            allowed_origins=limits.allowed_origins,
        )
        self.executor = executor
        self.streams = streams
        self.limits = limits
        self._connections = connections
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket; a server about to stop answers the handshake with 503."""
        if self._connections.is_stopping:
            refused = PlainTextResponse(Ending.RESTART.value, 503, {"Retry-After": "1"})
            await WebSocket(scope, receive, send).send_denial_response(refused)
        else:
            await super().__call__(scope, receive, send)

    async def admission(self, connection: Connection) -> Admission:
        """Raise Unauthenticated unless the socket's key is valid now."""
        return await self._admit(connection.authorization, connection.request_id)

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,
    ) -> Connection:
        """What Strawberry calls a context is the state of the socket."""
        connection = cast("HTTPConnection[Any]", request)
        header = connection.headers.get("authorization")
        return Connection(cast("WebSocket", response), connection.state.request_id, header)

    async def on_ws_connect(self, context: Connection) -> UnsetType:
        """Have the socket closed with 4403 unless its key is valid; the ack has no payload.

        Raise TooManyConnections or Stopping.
        """
        try:
            admission = await self.admission(context)
        except Unauthenticated:
            raise ConnectionRejectionError from None
        self._connections.hold(admission.key_id, context)
        context.key_id = admission.key_id
        no_payload: UnsetType = UNSET
        return no_payload

    def release(self, context: Connection) -> None:
        """The socket has closed."""
        if context.key_id is not None:
            self._connections.release(context.key_id, context)

    def decode_json(self, data: str | bytes) -> object:
        """Raise json.JSONDecodeError, on which Strawberry's adapter counts, or InvalidFrame."""
        encoded = data.encode() if isinstance(data, str) else data
        if len(encoded) > self.limits.max_frame_bytes:
            raise InvalidFrame(f"A message takes at most {self.limits.max_frame_bytes} bytes")
        return orjson.loads(encoded)
