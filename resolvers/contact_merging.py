"""Two contacts that are one person: what is moved, joined and left behind.

The losers' rows stay, with a pointer to the winner: their ids, external ids and handles go on
naming a contact. Everything runs in one transaction, under the locks of all contacts concerned,
and takes as many statements for a thousand sessions as for one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from loaders.condition import among
from loaders.contact_state import differing, parts_of_contact, sessions_to_move
from loaders.references import Known
from models.change import ALL_SESSIONS, ChangeKind, Values
from models.contact import Contact, united
from models.custom_field import ContactFieldValue
from models.edits import Edits
from models.global_id import encode_id
from models.label import ContactLabel
from models.record import Record, table_name
from models.session import Session
from resolvers.writing import Writing, stated_of

MOST_TOLD = 1000
"""Moved sessions that the change log tells of one by one; of more, lists are read again."""

_INTO_JOINED = """
UPDATE "session" SET conversation_id = ? WHERE workspace_id = ? AND conversation_id = ?
"""
_JOINED = """
UPDATE "conversation" SET
  last_message_at = (SELECT MAX(o.last_message_at) FROM "conversation" o WHERE o.id IN (?, ?)),
  created_at = (SELECT MIN(o.created_at) FROM "conversation" o WHERE o.id IN (?, ?))
WHERE id = ?
"""
R = TypeVar("R", ContactLabel, ContactFieldValue)


@dataclass
class Merging:
    """One merge on its way: `losers` in the order given, none of them merged before."""

    writing: Writing
    known: Known
    winner: Contact
    losers: Sequence[Contact]
    edits: Edits = field(default_factory=Edits)

    async def write(self) -> None:
        """Move everything, and note what changed."""
        source, viewer = self.writing.changes.transaction, self.writing.viewer
        before = await parts_of_contact(source, viewer, self.winner)
        sessions = await sessions_to_move(source, viewer, self._keys, MOST_TOLD + 1)
        await self._move_parts()
        await self._unite()
        joined = self._joined()
        await self._move_sessions(joined)
        await self._move_conversations(joined)
        after = await parts_of_contact(source, viewer, self.winner)
        self._note_sessions(sessions, joined)
        names = {"merged"} | {name for name in after if after[name] != before[name]}
        names |= {ALL_SESSIONS} if len(sessions) > MOST_TOLD else set()
        self._note_contacts(names, differing(before, after))

    @property
    def _keys(self) -> list[int]:
        return [loser.id for loser in self.losers]

    def _of_losers(self, column: str = "contact_id") -> str:
        return among(self.writing.viewer.dialect, column)

    async def _execute(self, sql: str, *values: object) -> None:
        await self.writing.changes.transaction.fetch(sql, values)

    # ── what belongs to them ────────────────────────────────────────────────

    async def _move_parts(self) -> None:
        """Handles all, labels and values those that the winner lacks."""
        handles = f'UPDATE "contact_handle" SET contact_id = ? WHERE {self._of_losers()}'
        await self._execute(handles, self.winner.id, self._keys)
        labels = self._lacked(self.known.contact_labels, lambda row: row.label_id)
        await self._take_over(ContactLabel, labels)
        values = self._lacked(self.known.contact_values, lambda row: row.field_id)
        await self._take_over(ContactFieldValue, values)

    def _lacked(self, rows: Iterable[R], key_of: Callable[[R], int]) -> list[int]:
        """Keys of the losers' rows that the winner has nothing like, each from the first loser."""
        rows = list(rows)
        there = {key_of(row) for row in rows if row.contact_id == self.winner.id}
        keys: list[int] = []
        for loser in self.losers:
            for row in rows:
                if row.contact_id == loser.id and key_of(row) not in there:
                    there.add(key_of(row))
                    keys.append(row.id)
        return keys

    async def _take_over(self, model: type[Record], keys: list[int]) -> None:
        """These rows are the winner's now; what else the losers have of the kind is gone."""
        name, these = table_name(model), self._of_losers("id")
        moving = f'UPDATE "{name}" SET contact_id = ? WHERE {these}'
        await self._execute(moving, self.winner.id, keys)
        await self._execute(f'DELETE FROM "{name}" WHERE {self._of_losers()}', self._keys)

    async def _unite(self) -> None:
        """The losers' rows first: only one row may have an external id."""
        now, columns = self.writing.now, united(self.winner, self.losers)
        source = self.writing.changes.transaction
        for loser in self.losers:
            self.edits.assign(loser, merged_into_id=self.winner.id, updated_at=now)
            if loser.external_id == columns["external_id"]:
                self.edits.assign(loser, external_id=None)
        await source.update_all(Contact, self.losers, "merged_into_id", "external_id", "updated_at")
        earlier = self._of_losers("merged_into_id")
        sql = f'UPDATE "contact" SET merged_into_id = ? WHERE {earlier}'
        await self._execute(sql, self.winner.id, self._keys)
        self.edits.assign(self.winner, **columns, updated_at=now)
        names = tuple(dict.fromkeys([*columns, "updated_at"]))
        await source.update(self.winner, *names)

    # ── sessions and their conversations ────────────────────────────────────

    def _joined(self) -> dict[int, int]:
        """Which of the losers' conversations without a thread goes into which that stays."""
        ranks = {contact.id: rank for rank, contact in enumerate((self.winner, *self.losers))}
        rows = [row for row in self.known.conversations if row.external_id is None]
        staying: dict[tuple[object, ...], int] = {}
        joined: dict[int, int] = {}
        for row in sorted(rows, key=lambda row: ranks[row.contact_id]):
            kept = staying.setdefault((row.channel_type, row.channel_id), row.id)
            if kept != row.id:
                joined[row.id] = kept
        return joined

    async def _move_sessions(self, joined: dict[int, int]) -> None:
        transaction, workspace_id = self.writing.changes.transaction, self.winner.workspace_id
        moves = [(kept, workspace_id, gone) for gone, kept in joined.items()]
        await transaction.execute_many(_INTO_JOINED, moves)
        sql = (
            'UPDATE "session" SET contact_id = ?, version = version + 1, updated_at = ?'
            f" WHERE workspace_id = ? AND {self._of_losers()}"
        )
        await self._execute(sql, self.winner.id, self.writing.now, workspace_id, self._keys)

    async def _move_conversations(self, joined: dict[int, int]) -> None:
        """One that is joined to another stays with its loser, empty, so that its id leads there."""
        staying = among(self.writing.viewer.dialect, "id")
        sql = (
            f'UPDATE "conversation" SET contact_id = ? WHERE {self._of_losers()} AND NOT {staying}'
        )
        await self._execute(sql, self.winner.id, self._keys, list(joined))
        ends = [(gone, kept, gone, kept, kept) for gone, kept in joined.items()]
        await self.writing.changes.transaction.execute_many(_JOINED, ends)

    # ── what is told of it ──────────────────────────────────────────────────

    def _note_sessions(self, sessions: Sequence[Session], joined: dict[int, int]) -> None:
        """One change for each, unless there are too many."""
        if len(sessions) > MOST_TOLD:
            return
        for session in sessions:
            values: dict[str, tuple[int, int]] = {
                "contact_id": (session.contact_id, self.winner.id)
            }
            if session.conversation_id in joined:
                kept = joined[session.conversation_id]
                values["conversation_id"] = (session.conversation_id, kept)
            names = {*values, "version", "updated_at"}
            self.writing.changes.session(session, ChangeKind.UPDATED, names, values)

    def _note_contacts(self, names: set[str], parts: Values) -> None:
        """The losers', and then the winner's with all that it has now."""
        edited = dict(self.edits.of(Contact))
        for loser in self.losers:
            values = stated_of(self.edits, loser)
            self.writing.changes.entity(loser, ChangeKind.UPDATED, edited[loser], values)
        names |= edited.get(self.winner, set())
        merged = [encode_id("Contact", key) for key in self._keys]
        values = {**stated_of(self.edits, self.winner), **parts, "merged": (None, merged)}
        self.writing.changes.entity(self.winner, ChangeKind.UPDATED, names, values)
