"""The transaction that records what it changes and wakes the hub once it has committed.

The workspace's next sequence numbers are taken and the Change rows inserted as its last two
statements: the row lock on the head makes the order of `seq` the order of commits, without gaps.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from loaders.cursor import ChangePosition
from loaders.viewer import Viewer
from loaders.workspace import renew_workspace
from models.agent import Agent
from models.change import Change, ChangeKind, ChangeValue, EntityType, Values, plain
from models.contact import Contact
from models.custom_field import CustomField
from models.database import Contention, Transaction
from models.fields import Json
from models.form import Form
from models.goal import Goal
from models.journey import JourneyBlock
from models.keys import new_key
from models.label import Label
from models.record import Record, make
from models.saved_view import SavedView
from models.session import Session
from models.workspace import Workspace

_ENTITIES: Mapping[type[Record], EntityType] = {
    Contact: EntityType.CONTACT,
    Agent: EntityType.AGENT,
    Label: EntityType.LABEL,
    SavedView: EntityType.SAVED_VIEW,
    Workspace: EntityType.WORKSPACE,
    CustomField: EntityType.CUSTOM_FIELD,
    Goal: EntityType.GOAL,
    JourneyBlock: EntityType.JOURNEY_BLOCK,
    Form: EntityType.FORM,
}

_TAKE_NUMBERS = """
UPDATE "head" SET seq = seq + ?, settings_version = COALESCE(?, settings_version)
WHERE id = ? RETURNING seq, settings_version
"""


class Changes:
    """What one transaction changed; `cursor` is set once it has committed."""

    def __init__(self, viewer: Viewer, transaction: Transaction) -> None:
        self.transaction = transaction
        self.cursor: str | None = None
        self._viewer = viewer
        self._rows: list[Change] = []
        self._values: list[ChangeValue] = []
        self._settings_version = viewer.workspace.settings_version
        self._new_settings: int | None = None

    def session(
        self,
        row: Session,
        kind: ChangeKind,
        fields: Iterable[str],
        values: Values | None = None,
        **told: Json,
    ) -> None:
        """A session was written; a `detail` makes the change a status change.

        `parts` (`models.change.parts_of`) are what was said and done in it.
        """
        self._append(EntityType.SESSION, row.id, kind, fields, values, session_id=row.id, **told)

    def entity(
        self, row: Record, kind: ChangeKind, fields: Iterable[str], values: Values | None = None
    ) -> None:
        """Anything else that clients know of was written."""
        if isinstance(row, Workspace):
            self._settings_version = self._new_settings = row.settings_version
        self._append(_ENTITIES[type(row)], row.id, kind, fields, values)

    def _append(
        self,
        entity: EntityType,
        key: int,
        kind: ChangeKind,
        fields: Iterable[str],
        values: Values | None,
        **more: Any,
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
        if values:
            before, after = ({n: plain(v[i]) for n, v in values.items()} for i in (0, 1))
            self._values.append(make(ChangeValue, id=row.id, before=before, after=after))

    async def write(self) -> int | None:
        """Number and insert the rows; return the last number, or None when nothing changed.

        Raise Contention when the settings by which it was written are no longer those.
        """
        if not self._rows:
            return None
        await self.transaction.insert(ChangeValue, self._values)
        parameters = (len(self._rows), self._new_settings, self._viewer.workspace_id)
        ((last, settings_version),) = await self.transaction.fetch(_TAKE_NUMBERS, parameters)
        if settings_version != self._settings_version:
            await renew_workspace(self.transaction, self._viewer)
            raise Contention("The settings of the workspace have changed.")
        for seq, row in enumerate(self._rows, start=last - len(self._rows) + 1):
            vars(row)["seq"] = seq
        await self.transaction.insert(Change, self._rows)
        return int(last)


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
