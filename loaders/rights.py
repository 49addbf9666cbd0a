"""Which scopes reading needs: filtering or searching by a field would reveal what it holds."""

from collections.abc import Set

from loaders.custom_field_filter import PERSONAL_DATA
from models.enums import Scope

_PERSONAL = frozenset({"contact.email", "contact.phone", PERSONAL_DATA})
_SPOKEN = frozenset({"message.text", "events"})


def scopes_of(reads: Set[str]) -> tuple[Scope, ...]:
    """What must be held to read these fields (`Condition.reads`)."""
    needed = {
        Scope.CONTACTS_READ: any(name.startswith("contact.") for name in reads),
        Scope.PII_READ: bool(reads & _PERSONAL),
        Scope.MESSAGES_READ: bool(reads & _SPOKEN),
    }
    return tuple(scope for scope, is_needed in needed.items() if is_needed)
