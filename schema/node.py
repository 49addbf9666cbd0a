"""What every node has: an opaque id, and the row type that it declares."""

from typing import Any, ClassVar

import strawberry

from models.global_id import encode_id
from models.record import Record
from schema.fields import derived


def global_id(row: Record) -> str:
    """The row's opaque id; the GraphQL type is named like the row's class."""
    return encode_id(type(row).__name__, row.id)


class OfRow:
    """A type that is told from others by the class of its rows, `row_type`."""

    row_type: ClassVar[type[Any]]

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether a row is of this type: rows flow, types are never instantiated."""
        return isinstance(value, cls.row_type)


@strawberry.interface(description="An object with an id that is unique among all objects.")
class Node(OfRow):
    """Relay's Global Object Identification."""

    row_type: ClassVar[type[Record]]

    id: strawberry.ID = derived(global_id, "Opaque, stable and unique among all objects.")
