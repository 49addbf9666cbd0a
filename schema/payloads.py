"""What mutations answer: one payload each, and the user errors they share."""

from collections.abc import Callable
from typing import Any

import strawberry

from loaders.answers import messages_of_answers
from loaders.comment import comments_by_id
from loaders.contact import contacts_by_id
from loaders.custom_field import custom_fields_by_id
from loaders.definition import definitions_by_id
from loaders.label import labels_by_id
from loaders.message import messages_by_id
from loaders.session import sessions_by_id
from loaders.workspace import own_workspaces
from models.enums import IngestOutcome, UserErrorCode
from models.errors import Violation
from resolvers.written import Written
from schema.comment import Comment
from schema.contact import Contact
from schema.custom_field import CustomField
from schema.fields import column, derived, related
from schema.label import Label
from schema.message import Message
from schema.node import Node
from schema.scalars import ChangeCursor
from schema.session import Session
from schema.workspace import Workspace

_SESSION = "The session as it is now; null when nothing was written."
_REPLAY = "True when the write was recognised as a repeat and nothing was changed."


def _path(violation: Violation) -> list[str] | None:
    return list(violation.field) or None


@strawberry.type(description="Why an input was refused.")
class UserError:
    """A violation, as clients see it."""

    code: UserErrorCode = column("What sort of error it is.")
    message: str = column("What is wrong, in a sentence.")
    field: list[str] | None = derived(
        _path, 'Path into the input, such as ["input", "messages", "3", "text"].'
    )


@strawberry.interface(description="What every mutation answers.")
class MutationPayload:
    """The answer of a write; a write with user errors has changed nothing, batches aside."""

    user_errors: list[UserError] = column("Why nothing was written; empty when all went well.")
    change_cursor: ChangeCursor | None = column(
        "Position of the change log after this write; null when nothing was written."
    )

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Answers of writes share one row."""
        return isinstance(value, Written)


@strawberry.type(description="A session that was written.")
class SessionPayload(MutationPayload):
    """Of every mutation that writes one session."""

    session: Session | None = related(sessions_by_id, _SESSION, by="session_id")
    is_replay: bool = column(_REPLAY)


@strawberry.type(description="Messages that were appended, and where.")
class MessageAppendPayload(MutationPayload):
    """Of `messageAppend`."""

    session: Session | None = related(sessions_by_id, _SESSION, by="session_id")
    messages: list[Message] = related(
        messages_of_answers, "The messages of the call, in its order.", by="message_ids"
    )
    session_opened: bool = column("The call opened this session.")
    is_replay: bool = column(_REPLAY)


@strawberry.type(description="What became of one session of a batch.")
class IngestResult:
    """One document of a batch."""

    index: int = column("Position in the batch, from 0.")
    outcome: IngestOutcome = column("What was done with it.")
    session: Session | None = related(
        sessions_by_id, "The session; null when it failed.", by="session_id"
    )
    user_errors: list[UserError] = column("Why it failed; empty otherwise.")


def _counting(outcome: IngestOutcome) -> Callable[[Written], int]:
    return lambda answer: answer.count(outcome)


@strawberry.type(description="What became of a batch.")
class SessionIngestPayload(MutationPayload):
    """Of `sessionIngest`."""

    results: list[IngestResult] = column("One per session of the batch, in its order.")
    created: int = derived(_counting(IngestOutcome.CREATED), "Sessions that are new.")
    updated: int = derived(_counting(IngestOutcome.UPDATED), "Sessions that were changed.")
    skipped: int = derived(_counting(IngestOutcome.SKIPPED), "Sessions that were known.")
    failed: int = derived(_counting(IngestOutcome.FAILED), "Sessions that were refused.")


@strawberry.type(description="A message that was changed.")
class MessagePayload(MutationPayload):
    """Of `messageUpdate`."""

    message: Message | None = related(
        messages_by_id, "The message as it is now; null when nothing was written.", by="node_id"
    )


@strawberry.type(description="A comment that was written.")
class CommentPayload(MutationPayload):
    """Of mutations that write a comment."""

    comment: Comment | None = related(
        comments_by_id, "The comment as it is now; null when nothing was written.", by="node_id"
    )
    session: Session | None = related(sessions_by_id, _SESSION, by="session_id")


@strawberry.type(description="A label that was written.")
class LabelPayload(MutationPayload):
    """Of every mutation that writes a label."""

    label: Label | None = related(
        labels_by_id, "The label as it is now; null when nothing was written.", by="node_id"
    )


@strawberry.type(description="A custom field that was written.")
class CustomFieldPayload(MutationPayload):
    """Of every mutation that writes a custom field."""

    custom_field: CustomField | None = related(
        custom_fields_by_id,
        "The field as it is now; null when nothing was written.",
        by="node_id",
    )


@strawberry.type(description="A goal, journey block or form that was written.")
class DefinitionPayload(MutationPayload):
    """Of `definitionUpsert`."""

    node: Node | None = related(
        definitions_by_id,
        "The goal, journey block or form as it is now; null when nothing was written.",
        by="definition",
    )


@strawberry.type(description="Something that was deleted.")
class DeletePayload(MutationPayload):
    """Of every mutation that deletes one thing."""

    deleted_id: strawberry.ID | None = column("Its id; null when nothing was deleted.")


@strawberry.type(description="What became of many sessions.")
class BulkPayload(MutationPayload):
    """Of `sessionsBulkUpdate`."""

    matched_count: int = column("Sessions that the target means; 0 when it was refused.")
    updated_count: int = column("Those of them that changed; 0 in a dry run.")


@strawberry.type(description="The workspace whose settings were written.")
class WorkspacePayload(MutationPayload):
    """Of `workspaceSettingsUpdate`."""

    workspace: Workspace | None = related(
        own_workspaces, "The workspace as it is now; null when nothing was written.", by="node_id"
    )


@strawberry.type(description="A contact that was written.")
class ContactPayload(MutationPayload):
    """Of every mutation that writes a contact."""

    contact: Contact | None = related(
        contacts_by_id, "The contact as it is now; null when nothing was written.", by="node_id"
    )
    is_replay: bool = column(_REPLAY)
