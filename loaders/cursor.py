"""Cursors: opaque positions that clients may store, with what is needed to refuse a wrong one.

A page cursor carries a fingerprint of its workspace, order and filter; a change cursor carries its
workspace. Neither is secret: they only say where, and every read is scoped by the viewer anyway.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson

from models.errors import InvalidCursor
from models.fields import from_milliseconds, to_milliseconds

_FOREIGN = "The cursor was issued for another order, filter or workspace; start again without it."


@dataclass(frozen=True)
class ChangePosition:
    """A position in a workspace's change log, and when it was evaluated."""

    workspace_id: int
    seq: int
    at: datetime

    def encode(self) -> str:
        """As clients see it."""
        return _pack([self.workspace_id, self.seq, to_milliseconds(self.at)])

    @classmethod
    def decode(cls, text: str, workspace_id: int) -> "ChangePosition":
        """Raise InvalidCursor when it is malformed or another workspace's."""
        match _unpack(text):
            case [int(workspace), int(seq), int(at)] if workspace == workspace_id and seq >= 0:
                return cls(workspace, seq, from_milliseconds(at))
            case _:
                raise InvalidCursor("The change cursor is malformed or of another workspace.")


def fingerprint(*parts: object) -> str:
    """Eight characters that differ when anything that shapes the order or the set differs."""
    return blake2b(repr(parts).encode(), digest_size=6).hexdigest()[:8]


def encode_cursor(mark: str, values: Sequence[Any]) -> str:
    """A page cursor: the fingerprint, then the order's values of a row, its id last."""
    return _pack([mark, *(_plain(value) for value in values)])


def decode_cursor(text: str, mark: str, length: int) -> list[Any]:
    """The order's values in JSON's types; raise InvalidCursor."""
    match _unpack(text):
        case [str(issued_for), *values]:
            if issued_for != mark or len(values) != length:
                raise InvalidCursor(_FOREIGN)
            return list[Any](values)
        case _:
            raise InvalidCursor("The cursor is malformed.")


def reissued(text: str, marks: Mapping[str, str]) -> str:
    """A cursor of a set that went into another, by their fingerprints, as one of that other."""
    match _unpack(text):
        case [str(issued_for), *values] if issued_for in marks:
            return _pack([marks[issued_for], *values])
        case _:
            return text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_milliseconds(value)
    return str(value) if isinstance(value, Decimal) else value


def _pack(values: list[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


def _unpack(text: str) -> Any:
    try:
        return orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise InvalidCursor("The cursor is malformed.") from None
