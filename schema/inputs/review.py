"""What reviewers write: findings, labels, comments, scores, and many sessions at once."""

from typing import Annotated

from pydantic import AfterValidator, Field
from strawberry import ID

from models.enums import AssessmentCode, OpportunityExclusion, SentimentLabel
from schema.inputs.analysis import ScoreInput
from schema.inputs.custom_field import CustomFieldValues
from schema.inputs.document import document, optional, refuse_null, required
from schema.inputs.limits import Amount, Count, LabelNames
from schema.inputs.session import SessionRef
from schema.inputs.session_filter import SessionFilter
from schema.scalars import JsonObject, LongText, Name

MAX_BULK = 10_000
"""Sessions that one call may change: they are locked together, and others wait for them."""
_FLAGS = ("is_test", "is_todo", "is_done", "is_archived", "is_favorite")
_LABELS = ("add_labels", "remove_labels")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a text has something to read")
    return text


def _no_null_in_update(given: object) -> None:
    lead = ("is_lead", "is_opportunity")
    refuse_null(given, *_FLAGS, *lead, *_LABELS, "custom_fields", "merge_metadata")


def _no_null_in_patch(given: object) -> None:
    refuse_null(given, *_FLAGS, *_LABELS)


Stars = Annotated[int, Field(ge=1, le=5)]
Body = Annotated[LongText, AfterValidator(_not_blank)]
SessionIds = Annotated[list[ID], Field(min_length=1, max_length=1_000)]


@document(
    "What a reviewer says of a session. Only the fields present are changed; null clears. What a"
    " person has said no analyzer overwrites, until it is cleared.",
    partial=True,
    rule=_no_null_in_update,
)
class SessionUpdateInput:
    """Partial update of one session."""

    id: ID = required("The session.")
    if_version: Count | None = optional(
        "Refuse the update as STALE_VERSION unless the session still has this version."
    )
    topic: Name | None = optional("Intent category.")
    summary: LongText | None = optional("What it was about and how it ended.")
    sentiment: SentimentLabel | None = optional("Mood of the contact.")
    metadata: JsonObject | None = optional("Free keys and values, replacing those there are.")
    merge_metadata: JsonObject | None = optional(
        "Free keys and values to merge into those there are (RFC 7396); a null takes a key away."
    )
    agent_id: ID | None = optional("Agent in charge.")
    is_test: bool | None = optional("Left out of revenue and success figures.")
    is_todo: bool | None = optional("It needs a follow-up.")
    todo_reason: LongText | None = optional("Why it needs one; makes it a to-do.")
    is_done: bool | None = optional("It has been reviewed.")
    is_archived: bool | None = optional("Left out of lists that do not ask for it.")
    is_favorite: bool | None = optional("Marked for finding it again.")
    is_lead: bool | None = optional(
        "The contact showed an intent to buy. A lead is an opportunity unless it is excluded, and"
        " excluded as NO_CONTACT_INFO without any way to reach the contact."
    )
    is_opportunity: bool | None = optional("The lead could be won, whatever the rules say.")
    lead_value: Amount | None = optional(
        "What the contact would have paid; null is the workspace's default."
    )
    exclusion: OpportunityExclusion | None = optional("Why a lead is no opportunity.")
    expected_result: LongText | None = optional("What should have come out.")
    actual_result: LongText | None = optional("What did come out.")
    human_assessment: AssessmentCode | None = optional(
        "How well the agent did; goes before the automatic assessment."
    )
    quality_stars: Stars | None = optional("Conversation quality, 1 to 5 stars.")
    add_labels: LabelNames | None = optional("Names of labels to put on; they must exist.")
    remove_labels: LabelNames | None = optional("Names of labels to take off; they must exist.")
    custom_fields: CustomFieldValues | None = optional(
        "Values by key; the fields must exist, and a null value clears."
    )


@document("The sessions to change, by exactly one of these.", one_of=True)
class BulkTarget:
    """Which sessions."""

    ids: SessionIds | None = optional("Global ids, at most 1,000.")
    filter: SessionFilter | None = optional("All that match, at most 10,000.")


@document(
    "What to change on each of them. Only the fields present are changed; null clears.",
    partial=True,
    rule=_no_null_in_patch,
)
class SessionPatch:
    """Partial update of many sessions."""

    is_test: bool | None = optional("Left out of revenue and success figures.")
    is_todo: bool | None = optional("It needs a follow-up.")
    is_done: bool | None = optional("It has been reviewed.")
    is_archived: bool | None = optional("Left out of lists that do not ask for it.")
    is_favorite: bool | None = optional("Marked for finding it again.")
    topic: Name | None = optional("Intent category.")
    add_labels: LabelNames | None = optional("Names of labels to put on; they must exist.")
    remove_labels: LabelNames | None = optional("Names of labels to take off; they must exist.")


@document("One change to many sessions: all of them change, or none.")
class SessionsBulkUpdateInput:
    """A patch and its target."""

    target: BulkTarget = required("Which sessions.")
    patch: SessionPatch = required("What to change.")
    dry_run: bool | None = optional("Only count them.", default=False)
    expected_count: Count | None = optional(
        "Refuse the update as CONFLICT unless exactly so many sessions match."
    )


@document("A comment to add.")
class SessionCommentAddInput:
    """A note on a session."""

    session_id: ID = required("The session.")
    body: Body = required("The text.")


@document("A comment to change. Only its author and administrators may.")
class SessionCommentUpdateInput:
    """A new text of a note."""

    id: ID = required("The comment.")
    body: Body = required("The text, replacing the one there is.")


@document("A score to add to a session.")
class SessionScoreRecordInput:
    """A named annotation."""

    session: SessionRef = required("The session.")
    score: ScoreInput = required("The score; it has a value or a label.")


@document("A question that the agent could not answer, and now can.")
class KnowledgeGapResolveInput:
    """What became of a gap."""

    session_id: ID = required("The session.")
    message_id: ID | None = optional(
        "The message that showed it. If it is marked as missing knowledge, the mark is taken off,"
        " also when no gap of the question was noted before."
    )
    question: Body = required("The question, as it was noted.")
    resolution: LongText | None = optional("What was done about it.")
