"""Filters as clients give them: checked, prepared, and held to what the viewer may read.

Filtering by what one may not read would reveal it: a filter needs the scopes of its fields.
"""

from collections.abc import Set
from typing import TypeVar

from loaders.prepared_filter import Prepared, prepared
from loaders.rights import scopes_of
from loaders.viewer import Viewer
from schema.inputs.document import validated

F = TypeVar("F")


async def accepted(viewer: Viewer, filter: F | None) -> Prepared[F] | None:
    """A client's argument, ready to be compiled; raise Rejected or BadRequest."""
    return await prepared(viewer, None if filter is None else validated(filter, "filter"))


def require_reads(viewer: Viewer, reads: Set[str]) -> None:
    """Raise Forbidden unless the viewer may read these fields (`Condition.reads`)."""
    for scope in scopes_of(reads):
        viewer.require(scope)
