"""Writing contacts: as a partner's system knows them, not in passing with a session."""

from collections.abc import Mapping

from loaders.contact_state import NO_PARTS, differing, parts_of_contact
from loaders.references import Known, Wanted
from loaders.viewer import Viewer
from models.change import ChangeKind
from models.contact import PARTS, RECKONED, Contact
from models.enums import Scope, UserErrorCode
from models.errors import Path, Rejected, Violation
from models.record import Record, columns
from resolvers.contact_merging import Merging
from resolvers.naming import want_contact
from resolvers.references import References, key_of
from resolvers.writing import INPUT, Instalments, Writing, stated_of, write_edited
from resolvers.written import Written, written_once
from schema.inputs.contact_write import ContactMergeInput, ContactUpsertInput
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


async def contact_merge(viewer: Viewer, given: ContactMergeInput) -> Written:
    """Let losers go into a winner; those that are in it already stay there."""
    viewer.require(Scope.CONTACTS_WRITE)
    given = validated(given, "input")
    winner = key_of(given.winner_id, "Contact", (*INPUT, "winnerId"))
    losers: dict[int, Path] = {}
    for place, text in enumerate(given.loser_ids):
        path = (*INPUT, "loserIds", str(place))
        losers.setdefault(key_of(text, "Contact", path), path)

    async def write(changes: Changes) -> Written:
        writing = Writing(changes, viewer, viewer.now())
        wanted = Wanted()
        wanted.contact_ids = {winner, *losers}
        known = (await writing.references(wanted)).known
        stays, go = _parties(known, winner, losers)
        if go:
            await Merging(writing, known, stays, go).write()
        return Written(node_id=stays.id, is_replay=not go)

    return await written_once(viewer, None, given, write)


def _parties(
    known: Known, winner_key: int, losers: Mapping[int, Path]
) -> tuple[Contact, list[Contact]]:
    """Who stays and who goes, each for the contacts that were merged into it; or Rejected."""
    winner = known.contacts.get(winner_key)
    wrong = [] if winner else [_no_contact((*INPUT, "winnerId"))]
    going: dict[int, Contact] = {}
    for key, path in losers.items():
        loser = known.contacts.get(key)
        if loser is None:
            wrong.append(_no_contact(path))
        elif key == winner_key:
            wrong.append(_conflict("A contact cannot be merged into itself.", path))
        elif winner is not None and key == winner.id:
            wrong.append(_conflict("The winner has been merged into this contact.", path))
        elif winner is not None and loser.id != winner.id:
            going[loser.id] = loser
    if wrong or winner is None:
        raise Rejected(wrong)
    return winner, list(going.values())


def _no_contact(path: Path) -> Violation:
    return Violation(UserErrorCode.NOT_FOUND, "There is no such contact.", path)


def _conflict(message: str, path: Path) -> Violation:
    return Violation(UserErrorCode.CONFLICT, message, path)


async def _create(writing: Writing, references: References, contact: Contact) -> bool:
    await Instalments(writing.changes, references, writing.now).add([])
    parts = await parts_of_contact(writing.changes.transaction, writing.viewer, contact)
    stated = {name: getattr(contact, name) for name in columns(Contact) if name not in _GIVEN}
    values = {name: (None, value) for name, value in stated.items() if value}
    values |= differing(NO_PARTS, parts)
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
    before = await parts_of_contact(source, writing.viewer, contact) if has_parts else NO_PARTS
    await Instalments(writing.changes, references, writing.now).add([])
    await write_edited(source, edits)
    for model in {type(row) for row in removed}:
        await source.delete(model, [row.id for row in removed if type(row) is model])
    after = await parts_of_contact(source, writing.viewer, contact) if has_parts else NO_PARTS
    values = {**stated_of(edits, contact), **differing(before, after)}
    writing.changes.entity(contact, ChangeKind.UPDATED, names, values)
    return True
