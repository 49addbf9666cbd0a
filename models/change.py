"""The change log: one row per committed change, numbered without gaps per workspace.

The row is the truth and a wake-up is a hint: streams, webhooks and audit all read from here.
Values stand in `ChangeValue`, which can be erased without tearing the log.
"""

from enum import StrEnum

from models.enums import ActorType
from models.fields import choice, count, instant, json, reference, text
from models.record import Record


class EntityType(StrEnum):
    """What kind of row changed."""

    SESSION = "SESSION"
    CONTACT = "CONTACT"
    WORKSPACE = "WORKSPACE"


class ChangeKind(StrEnum):
    """What happened to it."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


class Change(Record):
    """`seq` equals commit order: it is taken under the head's row lock, just before COMMIT.

    `fields` names what changed; `detail` holds what a stream must say although the row has moved
    on since: a status change's from, to, activity and endReason.
    """

    workspace_id: int
    workspace = reference("models.Workspace")
    seq = count()
    entity_type = choice(EntityType)
    entity_id = count()
    session_id = count(null=True)
    kind = choice(ChangeKind)
    fields = json(default=list)
    detail = json(null=True)
    actor = text()
    actor_type = choice(ActorType)
    at = instant()
    request_id = text(null=True)

    class Meta:
        table = "change"
        unique_together = (("workspace_id", "seq"),)


class ChangeValue(Record):
    """Before and after of a change's fields; its `id` is the change's."""

    before = json(null=True)
    after = json(null=True)

    class Meta:
        table = "change_value"
