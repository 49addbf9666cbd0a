"""The message guard: what a client may send on a graphql-transport-ws socket.

Strawberry's handler trusts the shape of messages; one that is valid JSON but not what it expects
would kill the socket with a traceback. Nothing passes here that the handler could trip over.
"""

from collections.abc import Callable
from typing import Any, cast

from server.operation import InvalidRequest, Operation

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
