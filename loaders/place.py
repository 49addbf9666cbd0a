"""Places: where in a filter the compiler is, so that what it refuses can be found by the client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loaders.condition import Condition
from loaders.viewer import Viewer
from models.custom_field import CustomField
from models.enums import CustomFieldTarget
from models.errors import BadRequest
from models.record import Dialect
from schema.inputs.document import client_name


@dataclass(frozen=True)
class Named:
    """The rows that a filter names and the compiler must know before it can write SQL."""

    fields: Mapping[tuple[CustomFieldTarget, str], CustomField]
    views: Mapping[str, object]
    """The filters of saved views, by global id."""


NOTHING = Named({}, {})


@dataclass(frozen=True)
class Place:
    """Whose filter it is, what it names, and the way into it as clients write it.

    `negated` is whether a `not` stands around: only there a false condition and an unknown one
    differ in what they find.
    """

    viewer: Viewer
    named: Named = NOTHING
    path: str = "filter"
    negated: bool = False

    @property
    def dialect(self) -> Dialect:
        """Of the database that the SQL is for."""
        return self.viewer.dialect

    def at(self, name: str) -> "Place":
        """The field of that Python name."""
        path = f"{self.path}.{client_name(name)}"
        return Place(self.viewer, self.named, path, self.negated ^ (name == "not_"))

    def item(self, index: int) -> "Place":
        """One element of a list."""
        return Place(self.viewer, self.named, f"{self.path}[{index}]", self.negated)

    def refused(self, message: str) -> BadRequest:
        """The error to raise for what stands here."""
        return BadRequest(f"{self.path}: {message}")


Compile = Callable[[Place, Any], Condition]
"""From what a client gave for one field, and its place, to a condition."""
