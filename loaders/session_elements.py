"""What belongs to a session, as filters ask for it: its goals, visits, events and so on."""

from loaders.comparison import Operand, comparing, equal_to, equal_to_id, flagged
from loaders.condition import Condition
from loaders.element_filter import Elements

_SESSION = "x.session_id"
_WORKSPACE = "x.workspace_id"

GOALS = Elements(
    '"goal_outcome" x JOIN "goal" g ON g."id" = x."goal_id"',
    _SESSION,
    "g.workspace_id",
    "goals",
    {
        "goal_id": equal_to_id("g.id", "goals", "Goal"),
        "key": equal_to("g.key", "goal.key"),
        "status": equal_to("x.status", "goals"),
        "completed_at": comparing("x.completed_at", "goals"),
    },
)
JOURNEY = Elements(
    '"journey_visit" x JOIN "journey_block" b ON b."id" = x."block_id"',
    _SESSION,
    "b.workspace_id",
    "journey",
    {
        "block_id": equal_to_id("b.id", "journey", "JourneyBlock"),
        "key": equal_to("b.key", "journey_block.key"),
        "exit_kind": equal_to("x.exit_kind", "journey"),
        "is_last": flagged("x.is_last", "journey"),
    },
)
FORMS = Elements(
    '"form_submission" x JOIN "form" f ON f."id" = x."form_id"',
    _SESSION,
    "f.workspace_id",
    "forms",
    {
        "form_id": equal_to_id("f.id", "forms", "Form"),
        "key": equal_to("f.key", "form.key"),
    },
)
SCORES = Elements(
    '"score" x',
    _SESSION,
    _WORKSPACE,
    "scores",
    {
        "name": equal_to("x.name", "scores"),
        "value": comparing("x.value", "scores"),
        "label": comparing("x.label", "scores"),
        "source": equal_to("x.source", "scores"),
    },
)
EVENTS = Elements(
    '"session_event" x',
    _SESSION,
    _WORKSPACE,
    "events",
    {
        "kind": equal_to("x.kind", "events"),
        "name": equal_to("x.name", "events"),
        "at": comparing("x.at", "events"),
    },
)
COMMENTS = Elements('"comment" x', _SESSION, _WORKSPACE, "comments", {})
COMMENT_BODY = Operand("x.body", frozenset({"comments"}))
SHOWN_MESSAGES = Elements(
    '"message" x', _SESSION, _WORKSPACE, "messages", {}, where=Condition("x.deleted_at IS NULL")
)
MESSAGE_TEXT = Operand("x.text", frozenset({"message.text"}))
