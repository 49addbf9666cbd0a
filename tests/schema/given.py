"""Documents made by hand, and what is wrong with them."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from models.enums import ChannelType
from models.errors import Rejected
from schema.inputs.contact import ContactRef
from schema.inputs.document import parsed
from schema.inputs.ingest import SessionIngestInput
from schema.inputs.session import SessionStartInput

Found = tuple[str, str, str]
"""Code, path and message of a violation."""
INVALID, REQUIRED, TOO_LONG, TOO_MANY = "INVALID", "REQUIRED", "TOO_LONG", "TOO_MANY"
NUL = "Text may not contain U+0000"


def document(**parts: Any) -> dict[str, Any]:
    """The smallest session; `start=…` adds to its start."""
    start = {"contact": {"externalId": "c-1"}, "channelType": "WEB", **parts.pop("start", {})}
    return {"start": start, **parts}


def message(**fields: Any) -> dict[str, Any]:
    """The smallest message."""
    return {"senderType": "CONTACT", **fields}


def started(**fields: Any) -> SessionStartInput:
    """As GraphQL builds it: absent fields are left to their defaults."""
    contact = ContactRef(external_id="c-1")
    return SessionStartInput(contact=contact, channel_type=ChannelType.WEB, **fields)


def read(given: object) -> SessionIngestInput:
    """As the import reads a line."""
    return parsed(SessionIngestInput, orjson.dumps(given))


def found(check: Callable[[], object]) -> list[Found]:
    """What the check refuses."""
    with pytest.raises(Rejected) as refused:
        check()
    return [
        (violation.code.value, ".".join(violation.field), violation.message)
        for violation in refused.value.violations
    ]


def refused(given: object) -> list[Found]:
    """What is wrong with a document."""
    return found(lambda: read(given))
