"""The root of writes: noun then verb, one `input` each, one payload each."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import strawberry

from loaders.viewer import Viewer
from models.errors import DomainError
from resolvers.analysis_write import session_analysis_record, session_reanalyze
from resolvers.bulk_update import sessions_bulk_update
from resolvers.contact_write import contact_merge, contact_upsert
from resolvers.context import Info
from resolvers.custom_field_write import (
    custom_field_create,
    custom_field_delete,
    custom_field_update,
)
from resolvers.definition_write import definition_upsert
from resolvers.label_write import label_create, label_delete, label_update
from resolvers.message_update import message_update
from resolvers.review import (
    knowledge_gap_resolve,
    session_comment_add,
    session_comment_delete,
    session_comment_update,
    session_score_record,
    session_update,
)
from resolvers.session_delete import session_delete
from resolvers.session_write import (
    message_append,
    session_end,
    session_event_record,
    session_ingest,
    session_start,
)
from resolvers.settings_write import workspace_settings_update
from resolvers.written import Written
from schema.fields import resolved
from schema.inputs.analysis import SessionAnalysisRecordInput, SessionReanalyzeInput
from schema.inputs.contact_write import ContactMergeInput, ContactUpsertInput
from schema.inputs.custom_field import CustomFieldInput, CustomFieldUpdateInput
from schema.inputs.definition import DefinitionInput
from schema.inputs.delete import DeleteInput
from schema.inputs.ingest import SessionIngestBatchInput
from schema.inputs.label import LabelInput, LabelUpdateInput
from schema.inputs.message import MessageUpdateInput
from schema.inputs.review import (
    KnowledgeGapResolveInput,
    SessionCommentAddInput,
    SessionCommentUpdateInput,
    SessionsBulkUpdateInput,
    SessionScoreRecordInput,
    SessionUpdateInput,
)
from schema.inputs.session import (
    MessageAppendInput,
    SessionEndInput,
    SessionEventRecordInput,
    SessionStartInput,
)
from schema.inputs.workspace import WorkspaceSettingsInput
from schema.payloads import (
    BulkPayload,
    CommentPayload,
    ContactPayload,
    CustomFieldPayload,
    DefinitionPayload,
    DeletePayload,
    LabelPayload,
    MessageAppendPayload,
    MessagePayload,
    SessionIngestPayload,
    SessionPayload,
    WorkspacePayload,
)

I = TypeVar("I")  # noqa: E741  # the input

_INPUT = strawberry.argument(description="What to write.")


def written(
    write: Callable[[Viewer, I], Awaitable[Written]], input_type: type[I], description: str
) -> Any:
    """A mutation. The one place where a domain error becomes user errors in the payload."""

    async def resolve(info: Info, input: I) -> Written:  # the contract's name
        try:
            return await write(info.context.viewer, input)
        except DomainError as error:
            return Written(user_errors=tuple(error.violations))

    resolve.__annotations__["input"] = Annotated[input_type, _INPUT]
    return resolved(resolve, description)


@strawberry.type(
    description="Writes. A mutation that returns userErrors has changed nothing, batches aside."
)
class Mutation:
    """Every write that a client can make."""

    session_start: SessionPayload = written(
        session_start,
        SessionStartInput,
        "Open a session. A known (source, externalId) is a replay when the given fields equal the"
        " session's, and TAKEN otherwise. With a blocked contact: FORBIDDEN. Needs INGEST.",
    )
    message_append: MessageAppendPayload = written(
        message_append,
        MessageAppendInput,
        "Append messages to a session. Without `session` the server finds the open session of the"
        " contact and channel, or opens one. Messages whose externalId is known are not repeated. A"
        " session that has ended takes a message only within the workspace's reopenWindow, and is"
        " open again then. What a blocked contact says is FORBIDDEN, and so is opening a"
        " session. Needs INGEST.",
    )
    message_update: MessagePayload = written(
        message_update,
        MessageUpdateInput,
        "Change a message, also of a session that has ended. Needs INGEST.",
    )
    session_event_record: SessionPayload = written(
        session_event_record,
        SessionEventRecordInput,
        "Record events in a running session. Events whose externalId is known are not repeated."
        " Needs INGEST.",
    )
    session_end: SessionPayload = written(
        session_end,
        SessionEndInput,
        "End a running session. One that has ended gives INVALID_TRANSITION. Needs INGEST.",
    )
    session_ingest: SessionIngestPayload = written(
        session_ingest,
        SessionIngestBatchInput,
        "Write at most 100 whole sessions; each succeeds or fails on its own, never the batch."
        " Needs INGEST.",
    )
    session_update: SessionPayload = written(
        session_update,
        SessionUpdateInput,
        "Review a session: what a person says goes before what an analyzer found. Needs REVIEW.",
    )
    sessions_bulk_update: BulkPayload = written(
        sessions_bulk_update,
        SessionsBulkUpdateInput,
        "Change many sessions alike: all of them, or none. Needs REVIEW.",
    )
    session_comment_add: CommentPayload = written(
        session_comment_add, SessionCommentAddInput, "Comment on a session. Needs REVIEW."
    )
    session_comment_update: CommentPayload = written(
        session_comment_update,
        SessionCommentUpdateInput,
        "Change a comment of one's own. Needs REVIEW, and ADMIN for those of others.",
    )
    session_comment_delete: DeletePayload = written(
        session_comment_delete,
        DeleteInput,
        "Delete a comment of one's own. Needs REVIEW, and ADMIN for those of others.",
    )
    session_score_record: SessionPayload = written(
        session_score_record, SessionScoreRecordInput, "Add a score to a session. Needs REVIEW."
    )
    knowledge_gap_resolve: SessionPayload = written(
        knowledge_gap_resolve,
        KnowledgeGapResolveInput,
        "Say that a question which the agent could not answer is settled. Needs REVIEW.",
    )
    session_delete: DeletePayload = written(
        session_delete,
        DeleteInput,
        "Delete a session with everything of it, for ever. Needs ADMIN.",
    )
    session_analysis_record: SessionPayload = written(
        session_analysis_record,
        SessionAnalysisRecordInput,
        "Record what another program found out about a session, which is then not analyzed by the"
        " server's own. What a person has said stays. Needs INGEST.",
    )
    session_reanalyze: SessionPayload = written(
        session_reanalyze,
        SessionReanalyzeInput,
        "Analyze an ended session anew, in the background; findings replace what its producer"
        " stated, never what a person has said. Needs REVIEW.",
    )
    contact_upsert: ContactPayload = written(
        contact_upsert,
        ContactUpsertInput,
        "Write a contact by any of its names: it is created when nothing is found, unless an id was"
        " given. Of `attributes`, what is left out stays and null clears. isReplay when nothing"
        " changed. Needs CONTACTS_WRITE.",
    )
    contact_merge: ContactPayload = written(
        contact_merge,
        ContactMergeInput,
        "Make contacts one. Sessions, conversations, handles and labels move to the winner, and"
        " values where it has none; `metadata` is united key by key, the winner's first. The winner"
        " stays blocked or not as it was. Ids, external ids and handles of the losers find the"
        " winner from then on; a contact that was merged before stands for its winner. Merging once"
        " more changes nothing: isReplay. Needs CONTACTS_WRITE.",
    )
    label_create: LabelPayload = written(
        label_create,
        LabelInput,
        "Make a label; the name of another one, also in other case or accents, is TAKEN. Needs"
        " ADMIN.",
    )
    label_update: LabelPayload = written(
        label_update, LabelUpdateInput, "Change, rename or archive a label. Needs ADMIN."
    )
    label_delete: DeletePayload = written(
        label_delete,
        DeleteInput,
        "Delete a label, and take it off all sessions and contacts. Needs ADMIN.",
    )
    custom_field_create: CustomFieldPayload = written(
        custom_field_create,
        CustomFieldInput,
        "Declare a custom field; there are at most 200 of sessions and 200 of contacts. Needs"
        " ADMIN.",
    )
    custom_field_update: CustomFieldPayload = written(
        custom_field_update,
        CustomFieldUpdateInput,
        "Change or archive a custom field; its key, target and type never change. Needs ADMIN.",
    )
    custom_field_delete: DeletePayload = written(
        custom_field_delete,
        DeleteInput,
        "Delete a custom field with all its values. Needs ADMIN.",
    )
    definition_upsert: DefinitionPayload = written(
        definition_upsert,
        DefinitionInput,
        "Declare a goal, journey block or form, or change the one of that kind and key. Needs"
        " ADMIN.",
    )
    workspace_settings_update: WorkspacePayload = written(
        workspace_settings_update,
        WorkspaceSettingsInput,
        "Decide settings of the workspace; open sessions adopt them within seconds. Needs ADMIN.",
    )
