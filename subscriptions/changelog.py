"""The transaction that records what it changes and wakes the hub once it has committed.

The workspace's next sequence numbers are taken and the Change rows inserted as its last two
statements: the row lock on the head makes the order of `seq` the order of commits, without gaps.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from loaders.cursor import ChangePosition
from loaders.viewer import Viewer
from models.change import Change, ChangeKind, EntityType
from models.contact import Contact
from models.database import Transaction
from models.fields import Json
from models.keys import new_key
from models.record import make
from models.saved_view import SavedView
from models.session import Session


class Changes:
    """What one transaction changed; `cursor` is set once it has committed."""

    def __init__(self, viewer: Viewer, transaction: Transaction) -> None:
        self.transaction = transaction
        self.cursor: str | None = None
        self._viewer = viewer
        self._rows: list[Change] = []

    def session(
        self,
        row: Session,
        kind: ChangeKind,
        fields: Iterable[str],
        detail: Json = None,
        parts: Json = None,
    ) -> None:
        """A session was written; `detail` makes the change a status change.

        `parts` (`models.change.parts_of`) are what was said and done in it.
        """
        more = {"session_id": row.id, "detail": detail, "parts": parts}
        self._append(EntityType.SESSION, row.id, kind, fields, **more)

    def contact(self, row: Contact, fields: Iterable[str]) -> None:
        """A contact that was there before was written."""
        self._append(EntityType.CONTACT, row.id, ChangeKind.UPDATED, fields)

    def saved_view(self, row: SavedView, fields: Iterable[str]) -> None:
        """A stored filter was written: lists that are composed with it mean something else."""
        self._append(EntityType.SAVED_VIEW, row.id, ChangeKind.UPDATED, fields)

    def workspace(self, fields: Iterable[str]) -> None:
        """The workspace or its settings were written."""
        key = self._viewer.workspace_id
        self._append(EntityType.WORKSPACE, key, ChangeKind.UPDATED, fields)

    def _append(
        self, entity: EntityType, key: int, kind: ChangeKind, fields: Iterable[str], **more: Any
    ) -> None:
        viewer = self._viewer
        now = viewer.now()
        row = make(
            Change,
            id=new_key(now),
            workspace_id=viewer.workspace_id,
            entity_type=entity,
            entity_id=key,
            kind=kind,
            fields=sorted(fields),
            actor=viewer.actor,
            actor_type=viewer.actor_type,
            at=now,
            request_id=viewer.request_id,
            **more,
        )
        self._rows.append(row)

    async def write(self) -> int | None:
        """Number and insert the rows; return the last number, or None when nothing changed."""
        if not self._rows:
            return None
        sql = 'UPDATE "head" SET seq = seq + ? WHERE id = ? RETURNING seq'
        found = await self.transaction.fetch(sql, (len(self._rows), self._viewer.workspace_id))
        last = int(found[0][0])
        for seq, row in enumerate(self._rows, start=last - len(self._rows) + 1):
            vars(row)["seq"] = seq
        await self.transaction.insert(Change, self._rows)
        return last


@asynccontextmanager
async def transaction(viewer: Viewer) -> AsyncGenerator[Changes]:
    """Write in it; it commits at the end of the block, or changes and publishes nothing."""
    async with viewer.database.transaction() as opened:
        changes = Changes(viewer, opened)
        yield changes
        seq = await changes.write()
    if seq is not None:
        changes.cursor = ChangePosition(viewer.workspace_id, seq, viewer.now()).encode()
        viewer.on_commit(viewer.workspace_id, seq)
