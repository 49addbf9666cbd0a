"""Reads what a batch of writes names: one SELECT per kind of row, however large the batch."""

from collections.abc import Iterable, Mapping

from loaders.condition import among
from loaders.viewer import Viewer
from models.agent import Agent
from models.channel import Channel
from models.contact import Contact, ContactHandle
from models.conversation import Conversation
from models.custom_field import ContactFieldValue, CustomField
from models.database import Rows, records
from models.enums import ActorType, ChannelType, CustomFieldTarget
from models.form import Form
from models.goal import Goal
from models.journey import JourneyBlock
from models.label import ContactLabel, Label
from models.pool import Pool
from models.record import R, selection, table_name

AgentKey = int | str | tuple[ActorType, str]
"""By id, by external id, or by kind and name when it has no external id."""
ContactKey = int | str | tuple[ChannelType, str]
"""By id, by external id, or by handle."""
ConversationKey = str | tuple[int, ChannelType, int | None]
"""By external id, or by (contact, channel type, channel) when it has none."""


class Wanted:
    """The natural keys that a batch names."""

    def __init__(self) -> None:
        self.agent_ids = set[int]()
        self.agent_external_ids = set[str]()
        self.agent_names = set[str]()
        self.channels = set[str]()
        self.contact_ids = set[int]()
        self.contact_external_ids = set[str]()
        self.addresses = set[str]()
        self.conversations = set[str]()
        self.labels = set[str]()
        self.fields = set[str]()
        self.goals = set[str]()
        self.blocks = set[str]()
        self.forms = set[str]()


class Known:
    """What the database has of them."""

    def __init__(self) -> None:
        self.agents = Pool[AgentKey, Agent]()
        self.channels = Pool[tuple[ChannelType, str], Channel]()
        self.contacts = Pool[ContactKey, Contact]()
        self.handles = Pool[tuple[ChannelType, str], ContactHandle]()
        self.conversations = Pool[ConversationKey, Conversation]()
        self.labels = Pool[str, Label]()
        self.contact_labels = Pool[tuple[int, int], ContactLabel]()
        self.fields = Pool[tuple[CustomFieldTarget, str], CustomField]()
        self.contact_values = Pool[tuple[int, int], ContactFieldValue]()
        self.goals = Pool[str, Goal]()
        self.blocks = Pool[str, JourneyBlock]()
        self.forms = Pool[str, Form]()


class _Finder:
    """Rows of one workspace by a column's values."""

    def __init__(self, source: Rows, viewer: Viewer) -> None:
        self._source = source
        self._workspace_id = viewer.workspace_id

    async def __call__(
        self, model: type[R], column: str, values: Iterable[int | str], where: str = ""
    ) -> list[R]:
        listed = sorted(values)
        if not listed:
            return []
        sql = (
            f'SELECT {selection(model, "t")} FROM "{table_name(model)}" t'
            f" WHERE t.workspace_id = ? AND {among(self._source.dialect, f't.{column}')}{where}"
        )
        return await records(self._source, model, sql, (self._workspace_id, listed))


async def find_references(source: Rows, viewer: Viewer, wanted: Wanted) -> Known:
    """Everything wanted that exists; contacts are locked, so that one's writers take turns.

    What names a merged contact finds the one that took its place.
    """
    find = _Finder(source, viewer)
    known = Known()
    await _find_catalogue(find, wanted, known)
    await _find_contacts(find, source, wanted, known)
    await _find_conversations(find, wanted, known)
    return known


async def _find_catalogue(find: _Finder, wanted: Wanted, known: Known) -> None:
    agents = await find(Agent, "external_id", wanted.agent_external_ids)
    known.agents.add(agents, lambda row: row.external_id or "")
    agents_by_id = await find(Agent, "id", wanted.agent_ids)
    known.agents.add([*agents, *agents_by_id], lambda row: row.id)
    named = await find(Agent, "name", wanted.agent_names, " AND t.external_id IS NULL")
    known.agents.add(named, lambda row: (row.kind, row.name))
    channels = await find(Channel, "external_id", wanted.channels)
    known.channels.add(channels, lambda row: (row.type, row.external_id))
    known.labels.add(await find(Label, "name_folded", wanted.labels), lambda row: row.name_folded)
    fields = await find(CustomField, "key", wanted.fields)
    known.fields.add(fields, lambda row: (row.applies_to, row.key))
    known.goals.add(await find(Goal, "key", wanted.goals), lambda row: row.key)
    known.blocks.add(await find(JourneyBlock, "key", wanted.blocks), lambda row: row.key)
    known.forms.add(await find(Form, "key", wanted.forms), lambda row: row.key)


async def _find_contacts(find: _Finder, source: Rows, wanted: Wanted, known: Known) -> None:
    lock = " ORDER BY t.id FOR UPDATE" if source.dialect == "postgres" else ""
    handles = await find(ContactHandle, "address", wanted.addresses)
    known.handles.add(handles, lambda row: (row.channel_type, row.address))
    by_external = await find(Contact, "external_id", wanted.contact_external_ids, lock)
    ids = wanted.contact_ids | {handle.contact_id for handle in handles}
    by_id = await find(Contact, "id", ids, lock)
    found = {row.id: row for row in [*by_external, *by_id]}
    while ahead := {row.merged_into_id for row in found.values()} - {None, *found}:
        winners = await find(Contact, "id", (key for key in ahead if key is not None), lock)
        found |= {row.id: row for row in winners}
    for row in found.values():
        known.contacts.find_as(row.id, standing(found, row))
        if row.external_id is not None:
            known.contacts.find_as(row.external_id, standing(found, row))
    for handle in handles:
        if handle.contact_id in found:
            address = (handle.channel_type, handle.address)
            known.contacts.find_as(address, standing(found, found[handle.contact_id]))
    contacts = {row.id for row in found.values() if row.merged_into_id is None}
    labels = await find(ContactLabel, "contact_id", contacts)
    known.contact_labels.add(labels, lambda row: (row.contact_id, row.label_id))
    values = await find(ContactFieldValue, "contact_id", contacts)
    known.contact_values.add(values, lambda row: (row.contact_id, row.field_id))


def standing(found: Mapping[int, Contact], row: Contact) -> Contact:
    """The contact that has taken the row's place, or the row itself."""
    while row.merged_into_id is not None:
        row = found[row.merged_into_id]
    return row


async def _find_conversations(find: _Finder, wanted: Wanted, known: Known) -> None:
    threads = await find(Conversation, "external_id", wanted.conversations)
    known.conversations.add(threads, lambda row: row.external_id or "")
    contact_ids = {contact.id for contact in known.contacts}
    implicit = await find(Conversation, "contact_id", contact_ids, " AND t.external_id IS NULL")
    known.conversations.add(
        implicit, lambda row: (row.contact_id, row.channel_type, row.channel_id)
    )
