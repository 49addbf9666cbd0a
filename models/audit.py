"""What an entry of the audit trail shows: which field went from what to what."""

from collections.abc import Container
from dataclasses import dataclass

from pydantic.alias_generators import to_camel

from models.change import ChangeValue, EntityType
from models.enums import Scope
from models.errors import BadRequest
from models.fields import Json
from models.global_id import encode_id

_TYPE_NAMES = {entity: entity.title().replace("_", "") for entity in EntityType}
_ENTITIES = {name: entity for entity, name in _TYPE_NAMES.items()}
_IDS = {
    "agent_id": "Agent",
    "channel_id": "Channel",
    "contact_id": "Contact",
    "conversation_id": "Conversation",
    "merged_into_id": "Contact",
}
_PERSONAL = frozenset({"email", "phone"})
_HIDDEN = "***"


@dataclass(frozen=True)
class FieldChange:
    """One field of one write."""

    field: str
    before: Json
    after: Json


def type_name(entity: EntityType) -> str:
    """The GraphQL type of an entity, which its global ids carry."""
    return _TYPE_NAMES[entity]


def entity_named(name: str) -> EntityType:
    """The entity of a GraphQL type; raise BadRequest for one that the log does not know."""
    if name not in _ENTITIES:
        raise BadRequest(f"The audit trail has no entries of type {name}.")
    return _ENTITIES[name]


def field_changes(values: ChangeValue | None, hidden: Container[Scope]) -> list[FieldChange]:
    """By field; without values for an entry that stated none or whose values were erased.

    What needs one of the `hidden` scopes shows that it changed and not what it was.
    """
    if values is None:
        return []
    before: dict[str, Json] = values.before or {}
    after: dict[str, Json] = values.after or {}
    return [
        FieldChange(
            _shown_name(name),
            _shown(name, before.get(name), hidden),
            _shown(name, after.get(name), hidden),
        )
        for name in sorted({*before, *after})
    ]


def _shown_name(name: str) -> str:
    """What stands after a dot may be a name that people gave, such as a label's."""
    if name.startswith("messages."):
        return ".".join(map(to_camel, name.split(".")))
    return name if "." in name else to_camel(name.removesuffix("_id"))


def _shown(name: str, value: Json, hidden: Container[Scope]) -> Json:
    if value is None:
        return None
    is_personal = name in _PERSONAL or name.startswith("handles")
    is_said = name.startswith("messages.") and name.endswith(".text")
    if (is_personal and Scope.PII_READ in hidden) or (is_said and Scope.MESSAGES_READ in hidden):
        return _HIDDEN
    return encode_id(_IDS[name], value) if name in _IDS else value
