"""Filtering by what one may not read would reveal it: a filter needs the scopes of its fields."""

from collections.abc import Set

from loaders.viewer import Viewer
from models.enums import Scope

_ADDRESSES = frozenset({"contact.email", "contact.phone"})
_SPOKEN = frozenset({"message.text"})


def require_reads(viewer: Viewer, reads: Set[str]) -> None:
    """Raise Forbidden unless the viewer may read these fields (`Condition.reads`)."""
    if any(name.startswith("contact.") for name in reads):
        viewer.require(Scope.CONTACTS_READ)
    if reads & _ADDRESSES:
        viewer.require(Scope.PII_READ)
    if reads & _SPOKEN:
        viewer.require(Scope.MESSAGES_READ)
