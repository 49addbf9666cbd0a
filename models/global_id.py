"""Opaque global ids: what clients see instead of keys (Relay's Global Object Identification)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from models.errors import BadRequest


class MalformedId(BadRequest):
    """The text is no id of ours, or one of another type."""


def encode_id(type_name: str, key: int) -> str:
    """URL-safe base64 of `Type:key`, without padding."""
    return urlsafe_b64encode(f"{type_name}:{key}".encode()).rstrip(b"=").decode()


def decode_any_id(text: str) -> tuple[str, int]:
    """The type name and key; raise MalformedId."""
    try:
        decoded = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        type_name, separator, digits = decoded.partition(":")
        key = int(digits)
    except ValueError:
        raise MalformedId(f"{text!r} is not an id of this API.") from None
    if not separator or not 0 <= key < 1 << 63 or encode_id(type_name, key) != text:
        raise MalformedId(f"{text!r} is not an id of this API.")
    return type_name, key


def decode_id(text: str, type_name: str) -> int:
    """The key of an id of that type; raise MalformedId."""
    found, key = decode_any_id(text)
    if found != type_name:
        raise MalformedId(f"{text!r} is an id of type {found}, not {type_name}.")
    return key
