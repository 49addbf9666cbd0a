"""Collects what documents name, so that everything can be read at once."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from loaders.references import Wanted
from models.address import normal_address
from models.errors import BadRequest
from models.global_id import decode_id
from models.text import fold
from schema.inputs.agent import AgentRef
from schema.inputs.analysis import AnalysisInput
from schema.inputs.contact import ContactRef
from schema.inputs.custom_field import CustomFieldValueInput
from schema.inputs.ingest import SessionIngestInput
from schema.inputs.message import MessageInput
from schema.inputs.session import SessionStartInput
from schema.inputs.session_event import SessionEventInput


def want_document(wanted: Wanted, given: SessionIngestInput) -> None:
    """Everything that a whole session names."""
    want_start(wanted, given.start)
    want_messages(wanted, given.messages or ())
    want_events(wanted, given.events or ())
    if given.analysis is not None:
        want_analysis(wanted, given.analysis)


def want_start(wanted: Wanted, given: SessionStartInput) -> None:
    """Everything that a start names."""
    want_contact(wanted, given.contact)
    want_agent(wanted, given.agent)
    add(wanted.channels, given.channel_external_id)
    add(wanted.conversations, given.conversation_external_id)
    wanted.labels.update(fold(name) for name in given.labels or ())
    _want_fields(wanted, given.custom_fields)


def want_contact(wanted: Wanted, given: ContactRef) -> None:
    """A contact by each of its names; a malformed one is reported when it is used."""
    if given.id is not None:
        with suppress(BadRequest):
            wanted.contact_ids.add(decode_id(given.id, "Contact"))
    add(wanted.contact_external_ids, given.external_id)
    if given.handle is not None:
        with suppress(ValueError):
            address = normal_address(given.handle.channel_type, given.handle.address)
            wanted.addresses.add(address)
    if given.attributes is not None:
        wanted.labels.update(fold(name) for name in given.attributes.labels or ())
        _want_fields(wanted, given.attributes.custom_fields)


def want_agent_id(wanted: Wanted, text: str | None) -> None:
    """An agent by its global id."""
    if text is not None:
        with suppress(BadRequest):
            wanted.agent_ids.add(decode_id(text, "Agent"))


def want_agent(wanted: Wanted, given: AgentRef | None) -> None:
    """An agent by the name that will be used."""
    if given is None:
        return
    if given.id is not None:
        want_agent_id(wanted, given.id)
    elif given.external_id is not None:
        wanted.agent_external_ids.add(given.external_id)
    elif given.name is not None:
        wanted.agent_names.add(given.name)


def want_messages(wanted: Wanted, given: Iterable[MessageInput]) -> None:
    """Agents and journey blocks of messages."""
    for message in given:
        want_agent(wanted, message.agent)
        if message.reasoning is not None:
            add(wanted.blocks, message.reasoning.journey_block_key)


def want_events(wanted: Wanted, given: Iterable[SessionEventInput]) -> None:
    """Agents, goals, journey blocks and forms of events."""
    for event in given:
        want_agent(wanted, event.agent)
        add(wanted.goals, event.goal_key)
        add(wanted.blocks, event.journey_block_key)
        add(wanted.forms, event.form_key)


def want_analysis(wanted: Wanted, given: AnalysisInput) -> None:
    """Labels and custom fields of findings."""
    wanted.labels.update(fold(name) for name in given.labels or ())
    _want_fields(wanted, given.custom_fields)


def _want_fields(wanted: Wanted, given: Sequence[CustomFieldValueInput] | None) -> None:
    wanted.fields.update(value.key for value in given or ())


def add(names: set[str], name: str | None) -> None:
    """A name that may be missing."""
    if name is not None:
        names.add(name)
