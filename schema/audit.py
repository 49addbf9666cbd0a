"""The audit trail in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.audit import field_changes_of_entries
from loaders.cursor import ChangePosition
from models.audit import type_name
from models.change import Change
from models.global_id import encode_id
from schema.connection import Connection
from schema.fields import column, derived, related
from schema.node import Node
from schema.scalars import ChangeCursor, Json


def _id(row: Change) -> str:
    return encode_id("AuditEntry", row.id)


def _action(row: Change) -> str:
    return f"{row.entity_type}_{row.kind}"


def _entity_id(row: Change) -> str:
    return encode_id(type_name(row.entity_type), row.entity_id)


def _entity_type(row: Change) -> str:
    return type_name(row.entity_type)


def _cursor(row: Change) -> str:
    return ChangePosition(row.workspace_id, row.seq, row.at).encode()


@strawberry.type(description="What became of one field.")
class FieldChange:
    """Read from `models.audit.FieldChange`."""

    field: str = column("The field; one of its parts after a dot, such as `labels.Urgent`.")
    before: Json | None = column("What it was; `***` where the key lacks a scope.")
    after: Json | None = column("What it is since; `***` where the key lacks a scope.")


@strawberry.type(description="A write: who changed what, and when.")
class AuditEntry(Node):
    """Read from its row in the change log."""

    row_type: ClassVar = Change

    id: strawberry.ID = derived(_id, "Opaque, stable and unique among all objects.")
    at: datetime = column("When it was written.")
    actor: str = column("Who wrote: the name of an API key, or of a part of the server.")
    action: str = derived(_action, "What was done, such as SESSION_UPDATED or LABEL_CREATED.")
    entity_id: strawberry.ID = derived(_entity_id, "Global id of what was written.")
    entity_type: str = derived(_entity_type, "Its type.")
    changes: list[FieldChange] = related(
        field_changes_of_entries,
        "What was stated, by field; not what follows from it, such as counters. Empty for what is"
        " new, and for what was erased since.",
        by="id",
    )
    request_id: str | None = column("The request that wrote it, as in the server's log.")
    change_cursor: ChangeCursor = derived(_cursor, "Position of the change log after it.")


@strawberry.type(description="A page of the audit trail.")
class AuditEntryConnection(Connection[AuditEntry]):
    """Read from `loaders.keyset.Page`."""
