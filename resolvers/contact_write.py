"""Writing contacts: as a partner's system knows them, not in passing with a session."""

from itertools import groupby

from loaders.condition import among
from loaders.contact_state import Parts, parts_of_contact
from loaders.references import Wanted
from loaders.viewer import Viewer
from models.change import ChangeKind, Values
from models.contact import PARTS, RECKONED, Contact
from models.database import Transaction
from models.enums import Scope
from models.record import Record, columns, table_name
from resolvers.naming import want_contact
from resolvers.references import References
from resolvers.writing import INPUT, Instalments, Writing, stated_of, write_edited
from resolvers.written import Written, written_once
from schema.inputs.contact_write import ContactUpsertInput
from schema.inputs.document import validated
from subscriptions.changelog import Changes


async def contact_upsert(viewer: Viewer, given: ContactUpsertInput) -> Written:
    """Write a contact by any of its names; one that nothing finds is made."""
    viewer.require(Scope.CONTACTS_WRITE)
    given = validated(given, "input")

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        wanted = Wanted()
        want_contact(wanted, given.contact)
        references = await writing.references(wanted)
        removed: list[Record] = []
        contact = references.contact(given.contact, (*INPUT, "contact"), removed)
        if contact.is_stored:
            changed = await _update(writing, references, contact, removed)
        else:
            changed = await _create(writing, references, contact)
        return Written(node_id=contact.id, is_replay=not changed)

    return await written_once(viewer, given.idempotency_key, given, write)


async def _create(writing: Writing, references: References, contact: Contact) -> bool:
    await Instalments(writing.changes, references, writing.now).add([])
    parts = await parts_of_contact(writing.changes.transaction, writing.viewer, contact)
    stated = {name: getattr(contact, name) for name in columns(Contact) if name not in _GIVEN}
    values = {name: (None, value) for name, value in {**stated, **parts}.items() if value}
    writing.changes.entity(contact, ChangeKind.CREATED, (), values)
    return True


_GIVEN = RECKONED | {"id", "workspace_id", "created_at"}


async def _update(
    writing: Writing, references: References, contact: Contact, removed: list[Record]
) -> bool:
    """Whether anything changed."""
    edits, source = references.edits, writing.changes.transaction
    names = dict(edits.of(Contact)).get(contact)
    if names is None:
        return False
    edits.assign(contact, updated_at=writing.now)
    has_parts = bool(names & PARTS)
    before = await parts_of_contact(source, writing.viewer, contact) if has_parts else {}
    await Instalments(writing.changes, references, writing.now).add([])
    await write_edited(source, edits)
    await delete(source, removed)
    after = await parts_of_contact(source, writing.viewer, contact) if has_parts else {}
    values = {**stated_of(edits, contact), **differing(before, after)}
    writing.changes.entity(contact, ChangeKind.UPDATED, names, values)
    return True


def differing(before: Parts, after: Parts) -> Values:
    """Before and after of the parts that differ."""
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


async def delete(transaction: Transaction, rows: list[Record]) -> None:
    """Delete rows, with one statement per table."""
    for model, group in groupby(sorted(rows, key=_table_of), type):
        where = among(transaction.dialect, "id")
        keys = [row.id for row in group]
        await transaction.fetch(f'DELETE FROM "{table_name(model)}" WHERE {where}', (keys,))


def _table_of(row: Record) -> str:
    return table_name(type(row))
