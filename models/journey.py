"""Journey blocks, and the visits a session paid to them."""

from tortoise import fields

from models.enums import JourneyExitKind
from models.fields import choice, flag, instant, owner, reference, text
from models.record import Record


class JourneyBlock(Record):
    """A step of a designed conversation flow."""

    workspace_id: int
    workspace = reference("models.Workspace")
    key = text()
    name = text()
    journey = text(null=True)
    created_at = instant()

    class Meta:
        table = "journey_block"
        unique_together = (("workspace_id", "key"),)


class JourneyVisit(Record):
    """One visit, in the order of entering; `is_last` marks where the session stopped."""

    session_id: int
    block_id: int
    workspace_id = owner()
    session = reference("models.Session")
    block = reference("models.JourneyBlock")
    sequence = fields.IntField()
    entered_at = instant()
    exited_at = instant(null=True)
    exit_kind = choice(JourneyExitKind, null=True)
    is_last = flag()

    class Meta:
        table = "journey_visit"
        unique_together = (("session_id", "sequence"),)
        indexes = (("block_id", "session_id"),)
