"""Rows that sessions show or are found by, and which sessions those are: for live lists.

A contact, an agent or a row of the catalogue changes without its sessions being written.
"""

from collections.abc import Set
from dataclasses import dataclass

from loaders.condition import Condition
from models.change import Change, EntityType


@dataclass(frozen=True)
class Related:
    """A kind of row, and the sessions (`s`) it belongs to; each `?` is its key."""

    name: str
    field: str
    """What of a session changes when such a row does."""
    shown_as: str
    """The field below which clients select it."""
    sessions: str
    is_linked: bool = True
    """Whether rows of another table link it to them, which go with it when it is deleted."""

    def of(self, key: int) -> Condition:
        """The sessions of one row."""
        return Condition(self.sessions, (key,) * self.sessions.count("?"))

    def is_read(self, change: Change, reads: Set[str]) -> bool:
        """Whether a filter (`Condition.reads`) reads something that changed."""
        names = {f"{self.name}.{field}" for field in change.fields}
        return any(read in names or ".".join(read.split(".")[:2]) in names for read in reads)

    def is_asked_for(self, reads: Set[str]) -> bool:
        """Whether a filter asks which of such rows there are, or anything of them."""
        asked = {read.removeprefix("contact.").partition(".")[0] for read in reads}
        return not asked.isdisjoint({self.name, self.field})


def _through(link: str, column: str) -> str:
    return f"s.id IN (SELECT x.session_id FROM {link} x WHERE x.{column} = ?)"


def _through_contacts_too(part: str, column: str) -> str:
    """Also those of the contacts that have it."""
    return (
        f"s.id IN (SELECT x.session_id FROM session_{part} x WHERE x.{column} = ?"
        f" UNION ALL SELECT o.id FROM contact_{part} x JOIN session o"
        f" ON o.workspace_id = x.workspace_id AND o.contact_id = x.contact_id WHERE x.{column} = ?)"
    )


RELATED = {
    EntityType.CONTACT: Related(
        "contact", "contact", "contact", "s.contact_id = ?", is_linked=False
    ),
    EntityType.AGENT: Related("agent", "agent", "agent", "s.agent_id = ?", is_linked=False),
    EntityType.LABEL: Related(
        "label", "labels", "labels", _through_contacts_too("label", "label_id")
    ),
    EntityType.CUSTOM_FIELD: Related(
        "custom_field",
        "custom_fields",
        "customFields",
        _through_contacts_too("field_value", "field_id"),
    ),
    EntityType.GOAL: Related("goal", "goals", "goals", _through("goal_outcome", "goal_id")),
    EntityType.JOURNEY_BLOCK: Related(
        "journey_block", "journey", "journey", _through("journey_visit", "block_id")
    ),
    EntityType.FORM: Related("form", "forms", "forms", _through("form_submission", "form_id")),
}
