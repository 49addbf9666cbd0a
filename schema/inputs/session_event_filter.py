"""The filter of a session's events."""

from typing import Annotated

from pydantic import Field

from models.enums import SessionEventKind
from schema.inputs.document import document, optional
from schema.inputs.filter import DateTimeFilter

Kinds = Annotated[list[SessionEventKind], Field(max_length=1000)]


@document("Which events; the fields are ANDed.")
class SessionEventFilter:
    """Match of an event."""

    kinds: Kinds | None = optional("One of these kinds.")
    at: DateTimeFilter | None = optional("By when it happened.")
