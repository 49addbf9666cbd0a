"""The audit trail of the workspace."""

from typing import Annotated

import strawberry

from loaders.audit import audit_entries_of
from loaders.keyset import Page, PageArguments, read_page
from models.change import Change
from models.enums import Scope
from resolvers.context import Info
from resolvers.filter_rights import accepted
from schema.inputs.audit_filter import AuditFilter

Filter = Annotated[
    AuditFilter | None, strawberry.argument(description="Which entries; by default all.")
]


async def audit_entries(info: Info, page: PageArguments, filter: Filter = None) -> Page[Change]:
    """A page of the trail, the newest entry first."""
    viewer = info.context.viewer
    viewer.require(Scope.AUDIT_READ)
    return await read_page(viewer, audit_entries_of(viewer, await accepted(viewer, filter)), page)
