"""Turns the names in a document into rows: found, or made because ingest creates what it names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from loaders.references import ContactKey, ConversationKey, Known
from models.address import TELEPHONE, normal_address
from models.agent import Agent
from models.channel import Channel
from models.contact import Contact, ContactHandle
from models.conversation import Conversation
from models.custom_field import ContactFieldValue, CustomField
from models.edits import Edits
from models.enums import (
    ActorType,
    ChannelType,
    CustomFieldTarget,
    CustomFieldType,
    UserErrorCode,
    ValueSource,
)
from models.errors import Conflict, DomainError, NotFound, Path, Rejected, Violation
from models.field_value import typed_columns
from models.form import Form
from models.global_id import MalformedId, decode_id
from models.goal import Goal
from models.journey import JourneyBlock
from models.keys import new_key
from models.label import ContactLabel, Label
from models.pool import Pool
from models.record import R, Record, make
from models.text import fold
from schema.inputs.agent import AgentRef
from schema.inputs.contact import ContactAttributes, ContactHandleInput, ContactRef
from schema.inputs.custom_field import CustomFieldValueInput
from schema.inputs.document import stated

_ATTRIBUTES = (
    "name", "email", "phone", "company", "avatar_url", "location", "source", "metadata",
    "is_blocked",
)  # fmt: skip
_EMPTY: dict[str, Any] = {"is_blocked": False, "metadata": {}}
"""What a null makes of columns that are never null."""
_CONTACT = CustomFieldTarget.CONTACT


class References:
    """What one batch names; nothing is written before `models.pool.Pool.made` is inserted."""

    def __init__(self, known: Known, workspace_id: int, now: datetime) -> None:
        self.known = known
        self.edits = Edits()
        self._workspace_id = workspace_id
        self._now = now

    @property
    def pools(self) -> Sequence[Pool[Any, Any]]:
        """In the order their rows must be inserted."""
        k = self.known
        return (
            k.agents, k.channels, k.contacts, k.handles, k.conversations, k.labels,
            k.contact_labels, k.fields, k.contact_values, k.goals, k.blocks, k.forms,
        )  # fmt: skip

    def checkpoint(self) -> None:
        """Before each document."""
        self.edits.checkpoint()
        for pool in self.pools:
            pool.checkpoint()

    def take_back(self) -> None:
        """After a document that failed."""
        self.edits.take_back()
        for pool in self.pools:
            pool.take_back()

    def agent(self, ref: AgentRef | None, default: ActorType, path: Path) -> Agent | None:
        """By id, then externalId, then kind and name; made unless an id was given."""
        if ref is None:
            return None
        if ref.id is not None:
            named = self.known.agents.get(key_of(ref.id, "Agent", (*path, "id")))
            return self._existing(named, "agent", path)
        kind = ref.kind or default
        key = ref.external_id if ref.external_id is not None else (kind, ref.name or "")
        found = self.known.agents.get(key)
        if found is not None:
            return found
        if ref.name is None and ref.external_id is None:
            raise _required("An agent is named by id, externalId or name.", path)
        row = self._row(
            Agent,
            external_id=ref.external_id,
            name=ref.name or ref.external_id,
            kind=kind,
            avatar_url=ref.avatar_url,
            version=ref.version,
            created_at=self._now,
        )
        return self.known.agents.make(row, key, row.id)

    def channel(
        self, kind: ChannelType, external_id: str | None, name: str | None
    ) -> Channel | None:
        """The account of a channel."""
        if external_id is None:
            return None
        found = self.known.channels.get((kind, external_id))
        if found is not None:
            return found
        row = self._row(
            Channel,
            type=kind,
            external_id=external_id,
            name=name or external_id,
            created_at=self._now,
        )
        return self.known.channels.make(row, (kind, external_id))

    def contact(self, ref: ContactRef, path: Path, removed: list[Record] | None = None) -> Contact:
        """By id, then externalId, then handle; references to different contacts are a Conflict.

        With `removed`, a null clears what the contact has, and rows to delete are put there;
        without, it is the same as left out.
        """
        keys = self._contact_keys(ref, path)
        found = {row.id: row for key in keys if (row := self.known.contacts.get(key)) is not None}
        if ref.id is not None and self.known.contacts.get(keys[0]) is None:
            raise NotFound("There is no such contact.", (*path, "id"))
        if len(found) > 1:
            raise Conflict("The references name different contacts.", path)
        contact = next(iter(found.values())) if found else self._new_contact(ref)
        self._name_contact(contact, ref, keys, path)
        if ref.attributes is not None:
            where = (*path, "attributes")
            self._write_attributes(contact, ref.attributes, where, removed)
        return contact

    def _contact_keys(self, ref: ContactRef, path: Path) -> list[ContactKey]:
        keys: list[ContactKey] = []
        if ref.id is not None:
            keys.append(key_of(ref.id, "Contact", (*path, "id")))
        if ref.external_id is not None:
            keys.append(ref.external_id)
        if ref.handle is not None:
            keys.append(handle_key(ref.handle, path))
        if not keys:
            raise _required("A contact is named by id, externalId or handle.", path)
        return keys

    def _new_contact(self, ref: ContactRef) -> Contact:
        now = self._now
        row = self._row(
            Contact, external_id=ref.external_id, created_at=now, updated_at=now, last_seen_at=None
        )
        return self.known.contacts.make(row, row.id)

    def _name_contact(
        self, contact: Contact, ref: ContactRef, keys: Sequence[ContactKey], path: Path
    ) -> None:
        """Let every given key find the contact, and give it what it lacked of them.

        An externalId that finds it already may be that of a contact which was merged into it.
        """
        if ref.external_id is not None and self.known.contacts.get(ref.external_id) is None:
            if contact.external_id not in {None, ref.external_id}:
                raise Conflict("The contact has another externalId.", (*path, "externalId"))
            self.edits.assign(contact, external_id=ref.external_id)
        for key in keys:
            self.known.contacts.name(key, contact)
            if isinstance(key, tuple) and self.known.handles.get(key) is None:
                kind, address = key
                row = self._row(
                    ContactHandle, contact_id=contact.id, channel_type=kind, address=address
                )
                self.known.handles.make(row, key)
                self.edits.touch(contact, "handles")
                self._learn_from_handle(contact, kind, address)

    def _learn_from_handle(self, contact: Contact, kind: ChannelType, address: str) -> None:
        """Who writes from a number or a mailbox can be reached there."""
        if kind in TELEPHONE and contact.phone is None:
            self.edits.assign(contact, phone=address)
        elif kind is ChannelType.EMAIL and contact.email is None:
            self.edits.assign(contact, email=address)

    def _write_attributes(
        self, contact: Contact, given: ContactAttributes, path: Path, removed: list[Record] | None
    ) -> None:
        written = stated(given)
        if removed is None:
            written = {name: value for name, value in written.items() if value is not None}
        columns = {
            name: _EMPTY.get(name) if value is None else value
            for name, value in written.items()
            if name in _ATTRIBUTES
        }
        if "name" in columns:
            columns["name_folded"] = fold(columns["name"]) if columns["name"] else None
        self.edits.assign(contact, **columns)
        if removed is not None:
            self._clear_parts(contact, written, removed)
        for name in given.labels or ():
            self._label_contact(contact, name)
        for position, value in enumerate(given.custom_fields or ()):
            where = (*path, "customFields", str(position))
            self._contact_value(contact, value, where, removed)

    def _clear_parts(
        self, contact: Contact, written: dict[str, Any], removed: list[Record]
    ) -> None:
        """All labels, or all values of custom fields, where a null stands for them."""
        parts: dict[str, list[ContactLabel] | list[ContactFieldValue]] = {
            "labels": [*self.known.contact_labels],
            "custom_fields": [*self.known.contact_values],
        }
        for name, rows in parts.items():
            if name in written and written[name] is None:
                own = [row for row in rows if row.contact_id == contact.id]
                removed.extend(own)
                if own:
                    self.edits.touch(contact, name)

    def _label_contact(self, contact: Contact, name: str) -> None:
        label = self.label(name)
        key = (contact.id, label.id)
        if self.known.contact_labels.get(key) is None:
            row = self._row(ContactLabel, contact_id=contact.id, label_id=label.id)
            self.known.contact_labels.make(row, key)
            self.edits.touch(contact, "labels")

    def _contact_value(
        self,
        contact: Contact,
        given: CustomFieldValueInput,
        path: Path,
        removed: list[Record] | None,
    ) -> None:
        if given.value is None and self.known.fields.get((_CONTACT, given.key)) is None:
            return
        field, columns = self.value(given, _CONTACT, path)
        key = (contact.id, field.id)
        known = self.known.contact_values.get(key)
        if columns is None:
            if removed is not None and known is not None:
                removed.append(known)
                self.edits.touch(contact, "custom_fields")
            return
        if removed and known is not None and known in removed:
            removed.remove(known)  # cleared and given again in one call
        if known is None:
            columns["source"], columns["updated_at"] = ValueSource.API, self._now
            row = self._row(ContactFieldValue, contact_id=contact.id, field_id=field.id, **columns)
            self.known.contact_values.make(row, key)
            self.edits.touch(contact, "custom_fields")
        elif any(getattr(known, name) != value for name, value in columns.items()):
            self.edits.assign(known, **columns, updated_at=self._now)
            self.edits.touch(contact, "custom_fields")

    def conversation(
        self, contact: Contact, kind: ChannelType, channel: Channel | None, external_id: str | None
    ) -> Conversation:
        """By externalId, else the one of the contact and channel."""
        channel_id = channel.id if channel else None
        key: ConversationKey = (
            external_id if external_id is not None else (contact.id, kind, channel_id)
        )
        found = self.known.conversations.get(key)
        if found is not None:
            if found.contact_id != contact.id:
                raise Conflict(
                    "The conversation belongs to another contact.", ("conversationExternalId",)
                )
            return found
        row = self._row(
            Conversation,
            external_id=external_id,
            contact_id=contact.id,
            channel_id=channel_id,
            channel_type=kind,
            created_at=self._now,
        )
        return self.known.conversations.make(row, key)

    def label(self, name: str) -> Label:
        """By its folded name."""
        folded = fold(name)
        return self.known.labels.get(folded) or self.known.labels.make(
            self._row(Label, name=name, name_folded=folded, created_at=self._now), folded
        )

    def value(
        self, given: CustomFieldValueInput, target: CustomFieldTarget, path: Path
    ) -> tuple[CustomField, dict[str, Any] | None]:
        """The field, made as TEXT when unknown, and the columns of a value; None for null."""
        key = (target, given.key)
        field = self.known.fields.get(key) or self.known.fields.make(
            self._row(
                CustomField,
                key=given.key,
                name=given.key,
                applies_to=target,
                type=CustomFieldType.TEXT,
                created_at=self._now,
            ),
            key,
        )
        if given.value is None:
            return field, None
        try:
            return field, typed_columns(field, given.value)
        except ValueError as error:
            message = f"The custom field {given.key} is {field.type} and {error}."
            raise Rejected([Violation(UserErrorCode.INVALID, message, (*path, "value"))]) from None

    def goal(self, key: str) -> Goal:
        """By key."""
        return self.known.goals.get(key) or self.known.goals.make(
            self._row(Goal, key=key, name=key, created_at=self._now), key
        )

    def block(self, key: str) -> JourneyBlock:
        """By key."""
        return self.known.blocks.get(key) or self.known.blocks.make(
            self._row(JourneyBlock, key=key, name=key, created_at=self._now), key
        )

    def form(self, key: str) -> Form:
        """By key."""
        return self.known.forms.get(key) or self.known.forms.make(
            self._row(Form, key=key, name=key, created_at=self._now), key
        )

    def _row(self, model: type[Any], /, **values: Any) -> Any:
        return make(
            model,
            id=new_key(self._now),
            workspace_id=self._workspace_id,
            _saved_in_db=False,
            **values,
        )

    def _existing(self, row: R | None, noun: str, path: Path) -> R:
        if row is None:
            raise NotFound(f"There is no such {noun}.", (*path, "id"))
        return row


def key_of(text: str, type_name: str, path: Path) -> int:
    """The key of a global id in an input; raise Rejected with the path for a malformed one."""
    try:
        return decode_id(text, type_name)
    except MalformedId as error:
        raise Rejected([Violation(UserErrorCode.INVALID, str(error), path)]) from None


def handle_key(handle: ContactHandleInput, path: Path) -> tuple[ChannelType, str]:
    """The normalised address; raise Rejected when it is none."""
    try:
        return handle.channel_type, normal_address(handle.channel_type, handle.address)
    except ValueError as error:
        where = (*path, "handle", "address")
        raise Rejected([Violation(UserErrorCode.INVALID, f"{error}", where)]) from None


def _required(message: str, path: Path) -> DomainError:
    return Rejected([Violation(UserErrorCode.REQUIRED, message, path)])
