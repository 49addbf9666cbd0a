"""The HTTP door: GraphQL over POST and GET, as the GraphQL-over-HTTP specification has it.

The key is looked at first, so that nobody without one learns anything. What cannot be a GraphQL
request is refused with a status and the body of a GraphQL error, also for clients that asked for
Server-Sent Events; those learn everything else from the events.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from models.errors import Overloaded, Unauthenticated
from server.admission import Admission, Admit
from server.connections import Connections, Stopping, TooManyConnections
from server.errors import ErrorCode, Formatted, masked, refusal
from server.events import KEEP_ALIVE, EventStream, events_response
from server.negotiation import MediaType, accepts_events, negotiate
from server.operation import Executor, InvalidRequest, Operation, is_request_error, response_body
from server.streams import Streams

_ALLOWED = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}
_JSON_TYPES = frozenset({"application/json", "application/json;charset=utf-8"})
_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.OVERLOADED: 503,
    ErrorCode.TIMEOUT: 504,
}
"""Of a request that was not executed, where the media type lets the status say so; else 400."""


class Refused(Exception):
    """Not a GraphQL request that this door takes."""

    def __init__(
        self,
        status: int,
        message: str,
        code: ErrorCode = ErrorCode.BAD_USER_INPUT,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = refusal(code, message)
        self.headers = headers


class GraphQLDoor:
    """An ASGI application for one path."""

    def __init__(
        self,
        executor: Executor,
        streams: Streams,
        connections: Connections,
        admit: Admit,
        keep_alive: float = KEEP_ALIVE,
    ) -> None:
        self._executor = executor
        self._streams = streams
        self._connections = connections
        self._admit = admit
        self._keep_alive = keep_alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that has gone gets nothing."""
        with suppress(ClientDisconnect):
            response = await self._respond(Request(scope, receive))
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> ASGIApp:
        media_type = MediaType.JSON
        try:
            admission = await self._admitted(request)
            _require_method(request)
            media_type = _acceptable_type(request)
            operation = await _operation(request, admission.max_body_bytes)
            result = await self._execute(request, operation, admission)
            if result is None:
                return self._stream(operation, admission)
            return _answer(result, media_type)
        except Refused as refused:
            body: Formatted = {"errors": [refused.error]}
            return _response(body, media_type, refused.status, refused.headers)
        except ClientDisconnect:
            raise
        except Exception as error:
            return _response({"errors": [masked(error)]}, media_type, 500)

    async def _admitted(self, request: Request) -> Admission:
        authorization = request.headers.get("authorization")
        try:
            return await self._admit(authorization, request.state.request_id)
        except Unauthenticated as error:
            headers = {"WWW-Authenticate": "Bearer"}
            raise Refused(401, str(error), ErrorCode.UNAUTHENTICATED, headers) from None
        except Overloaded as error:
            raise Refused(503, str(error), ErrorCode.OVERLOADED, {"Retry-After": "1"}) from None

    async def _execute(
        self, request: Request, operation: Operation, admission: Admission
    ) -> ExecutionResult | None:
        """None for a subscription, which is to be streamed."""
        context = admission.make_context()
        allowed = _ALLOWED[request.method]
        try:
            return await self._executor.run(operation, context, allowed, partial(_gone, request))
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.MUTATION:
                message = "Mutations are sent by POST."
                raise Refused(405, message, headers={"Allow": "POST"}) from None
            if accepts_events(_accept(request)):
                return None
            message = (
                "Subscriptions run over WebSocket, with the protocol graphql-transport-ws, or as"
                f" Server-Sent Events: accept {MediaType.EVENTS}."
            )
            raise Refused(400, message) from None

    def _stream(self, operation: Operation, admission: Admission) -> EventStream:
        batches = self._streams.follow(operation, admission)
        try:
            return EventStream(batches, self._connections, admission.key_id, self._keep_alive)
        except TooManyConnections:
            message = "The key has too many connections."
            raise Refused(429, message, ErrorCode.LIMIT_EXCEEDED) from None
        except Stopping:
            headers = {"Retry-After": "1", "Connection": "close"}
            message = "The server is about to stop: connect again."
            raise Refused(503, message, ErrorCode.OVERLOADED, headers) from None


async def _gone(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _require_method(request: Request) -> None:
    if request.method not in _ALLOWED:
        raise Refused(405, "GraphQL takes GET and POST.", headers={"Allow": "GET, POST"})


def _acceptable_type(request: Request) -> MediaType:
    media_type = negotiate(_accept(request))
    if media_type is None:
        raise Refused(406, f"Accept {MediaType.GRAPHQL}, {MediaType.JSON} or {MediaType.EVENTS}.")
    return media_type


def _accept(request: Request) -> str:
    return ",".join(request.headers.getlist("accept"))


async def _operation(request: Request, limit: int) -> Operation:
    if request.method == "GET":
        parameters: object = _query_parameters(request, limit)
    else:
        _require_json(request.headers.get("content-type", ""))
        parameters = _json(await _body(request, limit), "The body")
    try:
        return Operation.from_json(parameters)
    except InvalidRequest as error:
        raise Refused(400, str(error)) from None


def _query_parameters(request: Request, limit: int) -> dict[str, object]:
    if len(request.scope["query_string"]) > limit:
        raise _too_large(414, limit)
    members: dict[str, object] = {**request.query_params}
    for name in ("variables", "extensions"):
        text = request.query_params.get(name)
        members[name] = _json(text, f'"{name}"') if text else None
    return members


def _require_json(content_type: str) -> None:
    if content_type.lower().replace(" ", "").replace('"', "") not in _JSON_TYPES:
        raise Refused(415, "Send the body as application/json in UTF-8.")


async def _body(request: Request, limit: int) -> bytes:
    """The whole body; refused as soon as it is known to be too large."""
    if int(request.headers.get("content-length", 0)) > limit:
        raise _too_large(413, limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(413, limit)
    return bytes(body)


def _too_large(status: int, limit: int) -> Refused:
    return Refused(status, f"A request takes at most {limit} bytes.", ErrorCode.LIMIT_EXCEEDED)


def _json(text: str | bytes, name: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"{name} is not valid JSON: {error}.") from None


def _answer(result: ExecutionResult, media_type: MediaType) -> Response:
    body = response_body(result)
    if media_type is MediaType.EVENTS:
        return events_response(body)
    may_differ = media_type is MediaType.GRAPHQL and is_request_error(result)
    status = _STATUS.get(body["errors"][0]["extensions"]["code"], 400) if may_differ else 200
    return _response(body, media_type, status)


def _response(
    body: Formatted, media_type: MediaType, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    written = MediaType.JSON if media_type is MediaType.EVENTS else media_type
    content_type = {"Content-Type": f"{written}; charset=utf-8"}
    return Response(orjson.dumps(body), status, {**content_type, **(headers or {})})
