"""The root of writes: noun then verb, one `input` each, one payload each."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import strawberry

from loaders.viewer import Viewer
from models.errors import DomainError
from resolvers.context import Info
from resolvers.session_write import (
    message_append,
    session_end,
    session_event_record,
    session_ingest,
    session_start,
)
from resolvers.written import Written
from schema.fields import resolved
from schema.inputs.ingest import SessionIngestBatchInput
from schema.inputs.session import (
    MessageAppendInput,
    SessionEndInput,
    SessionEventRecordInput,
    SessionStartInput,
)
from schema.payloads import MessageAppendPayload, SessionIngestPayload, SessionPayload

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
        " session's, and TAKEN otherwise. Needs INGEST.",
    )
    message_append: MessageAppendPayload = written(
        message_append,
        MessageAppendInput,
        "Append messages to a session. Without `session` the server finds the open session of the"
        " contact and channel, or opens one. Messages whose externalId is known are not repeated."
        " Needs INGEST.",
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
