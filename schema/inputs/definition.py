"""Goals, journey blocks and forms to declare, by kind and key."""

from models.enums import DefinitionKind
from schema.inputs.document import document, optional, required
from schema.inputs.limits import Amount
from schema.scalars import Key, Name


@document(
    "A goal, journey block or form to declare, or to change if its key is known: only the fields"
    " present; null clears.",
    partial=True,
)
class DefinitionInput:
    """What sessions refer to by key."""

    kind: DefinitionKind = required("Goal, journey block or form.")
    key: Key = required("Machine name, unique among those of its kind.")
    name: Name = required("Name for people.")
    value: Amount | None = optional("What reaching a goal is worth; of goals only.")
    journey: Name | None = optional("The flow a journey block belongs to; of journey blocks only.")
