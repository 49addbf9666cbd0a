"""What happened in a session besides messages, as producers send it."""

from typing import Annotated

from pydantic import Field

from models.enums import ActorType, JourneyExitKind, SessionEventKind
from schema.inputs.agent import AgentRef
from schema.inputs.document import document, optional, require, required
from schema.scalars import Instant, JsonValue, Key, Name

_SUBJECTS = {
    SessionEventKind.JOURNEY_BLOCK_ENTERED: "journey_block_key",
    SessionEventKind.JOURNEY_BLOCK_EXITED: "journey_block_key",
    SessionEventKind.GOAL_TRIGGERED: "goal_key",
    SessionEventKind.GOAL_COMPLETED: "goal_key",
    SessionEventKind.FORM_SUBMITTED: "form_key",
    SessionEventKind.CUSTOM: "name",
}
"""Without it, such an event would say that something happened and not what."""


def _names_its_subject(event: "SessionEventInput") -> None:
    subject = _SUBJECTS.get(event.kind)
    if subject is not None:
        require(event, subject)


@document("Something that happened in a session.", rule=_names_its_subject)
class SessionEventInput:
    """An event to record."""

    external_id: Name | None = optional("Id in the producing system, unique in the session.")
    kind: SessionEventKind = required("What happened.")
    name: Name | None = optional("Free name; needed for kind CUSTOM.")
    at: Instant | None = optional("When it happened; the time of arrival when left out.")
    actor_type: ActorType | None = optional("Who caused it.", default=ActorType.SYSTEM)
    agent: AgentRef | None = optional("Agent that took part.")
    data: JsonValue | None = optional("Details in the producer's own shape.")
    goal_key: Key | None = optional("Goal; needed for GOAL_TRIGGERED and GOAL_COMPLETED.")
    journey_block_key: Key | None = optional(
        "Journey block; needed for JOURNEY_BLOCK_ENTERED and JOURNEY_BLOCK_EXITED."
    )
    exit_kind: JourneyExitKind | None = optional("How the block was left.")
    form_key: Key | None = optional("Form; needed for FORM_SUBMITTED. `data` holds its values.")


Events = Annotated[list[SessionEventInput], Field(max_length=10_000)]
