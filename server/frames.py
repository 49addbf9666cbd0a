"""The messages of a graphql-transport-ws socket: a guard of what comes, and what events become.

Strawberry's handler trusts the shape of messages; one that is valid JSON but not what it expects
would kill the socket with a traceback. Nothing passes here that the handler could trip over.

Events go out to thousands of sockets, and differ by the id of the operation alone.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from server.operation import InvalidRequest, Operation
from subscriptions.cohort import Batch

Frame = dict[str, Any]


class InvalidFrame(Exception):
    """Not a message of the protocol; the socket is closed with 4400 and this reason."""


def checked_frame(message: object) -> Frame:
    """The message with the members that its type has and no others; raise InvalidFrame."""
    if not isinstance(message, dict):
        raise InvalidFrame("A message is a JSON object")
    frame = cast("Frame", message)
    kind = frame.get("type")
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if members is None:
        raise InvalidFrame("Unknown message type")
    return {"type": kind, **members(frame)}


def _with_payload(frame: Frame) -> Frame:
    payload = frame.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise InvalidFrame('"payload" is an object')
    return {"payload": payload}


def _with_id(frame: Frame) -> Frame:
    operation_id = frame.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise InvalidFrame('"id" is a string that is not empty')
    return {"id": operation_id}


def _with_operation(frame: Frame) -> Frame:
    try:
        operation = Operation.from_json(frame.get("payload"))
    except InvalidRequest as error:
        raise InvalidFrame(f"Invalid payload: {error}") from None
    return {**_with_id(frame), "payload": operation}


_MEMBERS: dict[str, Callable[[Frame], Frame]] = {
    "connection_init": _with_payload,
    "ping": _with_payload,
    "pong": _with_payload,
    "subscribe": _with_operation,
    "complete": _with_id,
}

_BEFORE_ID, _BEFORE_BODY, _END = b'{"id":', b',"type":"next","payload":', b"}"
_WHOLE_TEXT = b"\x81"
_ONE_BYTE, _TWO_BYTES = 125, 0xFFFF  # the longest payload whose length takes that


def next_message(encoded_id: bytes, body: bytes) -> bytes:
    """A `next` around an encoded response."""
    return encoded_id.join((_BEFORE_ID, _BEFORE_BODY + body + _END))


def next_frames(encoded_id: bytes, batch: Batch) -> bytes:
    """The `next` of each event, as frames of a server (RFC 6455, 5.2): whole and without masks."""
    pieces = batch.pieces.get(len(encoded_id))
    if pieces is None:
        pieces = batch.pieces[len(encoded_id)] = _pieces(len(encoded_id), batch.bodies)
    return encoded_id.join(pieces)


def _pieces(id_length: int, bodies: Iterable[bytes]) -> list[bytes]:
    """What stands before, between and after the ids."""
    pieces: list[bytes] = []
    end = b""
    for body in bodies:
        length = len(_BEFORE_ID) + id_length + len(_BEFORE_BODY) + len(body) + len(_END)
        pieces.append(end + _header(length) + _BEFORE_ID)
        end = _BEFORE_BODY + body + _END
    return [*pieces, end]


def _header(length: int) -> bytes:
    if length <= _ONE_BYTE:
        return _WHOLE_TEXT + bytes([length])
    if length <= _TWO_BYTES:
        return _WHOLE_TEXT + b"\x7e" + length.to_bytes(2, "big")
    return _WHOLE_TEXT + b"\x7f" + length.to_bytes(8, "big")
