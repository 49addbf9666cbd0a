"""Goals, and what became of them in a session."""

from models.enums import GoalStatus
from models.fields import choice, count, flag, instant, money, owner, reference, text
from models.record import Record


class Goal(Record):
    """Something the workspace wants sessions to reach."""

    workspace_id: int
    workspace = reference("models.Workspace")
    key = text()
    name = text()
    value = money(null=True)
    is_archived = flag()
    created_at = instant()

    class Meta:
        table = "goal"
        unique_together = (("workspace_id", "key"),)


class GoalOutcome(Record):
    """A goal in one session: triggered, and perhaps completed."""

    session_id: int
    goal_id: int
    workspace_id = owner()
    session = reference("models.Session")
    goal = reference("models.Goal")
    status = choice(GoalStatus)
    triggered_at = instant(null=True)
    completed_at = instant(null=True)
    message_id = count(null=True)  # same session, so no constraint to check at every delete
    value = money(null=True)

    class Meta:
        table = "goal_outcome"
        unique_together = (("session_id", "goal_id"),)
        indexes = (("goal_id", "session_id"),)
