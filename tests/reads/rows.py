"""Rows for read tests: made with plain defaults, each test naming only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from loaders.viewer import Viewer
from models.agent import Agent
from models.channel import Channel
from models.comment import Comment
from models.contact import Contact, ContactHandle
from models.conversation import Conversation
from models.custom_field import ContactFieldValue, CustomField, SessionFieldValue
from models.enums import (
    ActorType,
    ChannelType,
    CustomFieldTarget,
    CustomFieldType,
    GoalStatus,
    MessageContentType,
    Modality,
    SessionActivity,
    SessionEndReason,
    SessionEventKind,
    SessionStatus,
    ValueSource,
)
from models.form import Form, FormSubmission
from models.goal import Goal, GoalOutcome
from models.journey import JourneyBlock, JourneyVisit
from models.keys import new_key, short_id
from models.knowledge_gap import KnowledgeGap
from models.label import ContactLabel, Label, SessionLabel
from models.message import Message
from models.reasoning import ReasoningTrace
from models.record import R, Record, make
from models.saved_view import SavedView
from models.score import Score
from models.session import Session
from models.session_event import SessionEvent
from models.text import fold

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

_IN_ORDER: tuple[type[Record], ...] = (
    Agent, Channel, Contact, ContactHandle, Conversation, Label, ContactLabel, CustomField,
    ContactFieldValue, Goal, JourneyBlock, Form, Session, SessionLabel, SessionFieldValue, Message,
    SessionEvent, GoalOutcome, JourneyVisit, FormSubmission, ReasoningTrace, KnowledgeGap, Score,
    Comment, SavedView,
)  # fmt: skip


def minutes(count: float) -> timedelta:
    """A span."""
    return timedelta(minutes=count)


class Rows:
    """Rows of one workspace that are inserted together by `save`."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._pending: list[Record] = []

    async def save(self) -> None:
        """Insert what was made since the last time."""
        async with self.viewer.database.transaction() as transaction:
            for model in _IN_ORDER:
                rows = [row for row in self._pending if type(row) is model]
                await transaction.insert(model, rows)
        self._pending.clear()

    def add(self, model: type[R], /, **values: Any) -> R:
        """A row of any kind."""
        row = make(model, **{"id": new_key(), "workspace_id": self.viewer.workspace_id, **values})
        self._pending.append(row)
        return row

    def contact(self, name: str | None = "Ada Lovelace", **values: Any) -> Contact:
        """A person."""
        folded = None if name is None else fold(name)
        defaults = {"created_at": START, "updated_at": START, "name": name, "name_folded": folded}
        return self.add(Contact, **{**defaults, **values})

    def handle(self, contact: Contact, channel_type: ChannelType, address: str) -> ContactHandle:
        """An address of the person."""
        given = {"channel_type": channel_type, "address": address}
        return self.add(ContactHandle, contact_id=contact.id, **given)

    def conversation(self, contact: Contact, **values: Any) -> Conversation:
        """A thread."""
        defaults = {"channel_type": ChannelType.WEB, "created_at": START}
        return self.add(Conversation, **{**defaults, "contact_id": contact.id, **values})

    def agent(self, name: str = "Robot", **values: Any) -> Agent:
        """An AI agent."""
        defaults = {"kind": ActorType.AI_AGENT, "created_at": START}
        return self.add(Agent, **{**defaults, "name": name, **values})

    def channel(self, external_id: str, **values: Any) -> Channel:
        """An account."""
        defaults = {"type": ChannelType.WEB, "name": external_id, "created_at": START}
        return self.add(Channel, **{**defaults, "external_id": external_id, **values})

    def session(self, contact: Contact | None = None, **values: Any) -> Session:
        """An open web chat."""
        contact = contact or self.contact()
        if "conversation_id" not in values:
            external = {"external_id": str(new_key())}
            values["conversation_id"] = self.conversation(contact, **external).id
        key = new_key(values.get("started_at", START))
        defaults = {
            "id": key,
            "short_id": short_id(key),
            "source": "test",
            "channel_type": ChannelType.WEB,
            "modality": Modality.TEXT,
            "started_at": START,
            "last_activity_at": START,
            "created_at": START,
            "updated_at": START,
            "conversion_ratio": 1.0,
            "recognition": 1.0,
        }
        return self.add(Session, **{**defaults, "contact_id": contact.id, **values})

    def ended(self, contact: Contact | None = None, *, length: timedelta, **values: Any) -> Session:
        """A session that was completed after a while."""
        started = values.get("started_at", START)
        defaults = {
            "status": SessionStatus.COMPLETED,
            "activity": SessionActivity.ENDED,
            "end_reason": SessionEndReason.CONTACT_ENDED,
            "ended_at": started + length,
            "duration_ms": length // timedelta(milliseconds=1),
        }
        return self.session(contact, **{**defaults, **values})

    def message(self, session: Session, sequence: int, **values: Any) -> Message:
        """Something the contact said, a minute after the message before."""
        defaults = {
            "sender_type": ActorType.CONTACT,
            "content_type": MessageContentType.TEXT,
            "text": f"message {sequence}",
            "sent_at": session.started_at + minutes(sequence),
        }
        given = {**defaults, "session_id": session.id, "sequence": sequence, **values}
        return self.add(Message, **given)

    def event(self, session: Session, kind: SessionEventKind, **values: Any) -> SessionEvent:
        """Something that happened at the start."""
        defaults = {"at": session.started_at, "actor_type": ActorType.SYSTEM}
        return self.add(
            SessionEvent, **{**defaults, "session_id": session.id, "kind": kind, **values}
        )

    def label(self, name: str, **values: Any) -> Label:
        """A tag."""
        return self.add(Label, name=name, name_folded=fold(name), created_at=START, **values)

    def applied(self, session: Session, label: Label, **values: Any) -> SessionLabel:
        """The tag on a session."""
        defaults = {"source": ValueSource.HUMAN, "applied_at": START}
        return self.add(
            SessionLabel, **{**defaults, "session_id": session.id, "label_id": label.id, **values}
        )

    def on_contact(self, contact: Contact, label: Label) -> ContactLabel:
        """The tag on a contact."""
        return self.add(ContactLabel, contact_id=contact.id, label_id=label.id)

    def field(self, key: str, **values: Any) -> CustomField:
        """A text field of sessions."""
        defaults = {
            "applies_to": CustomFieldTarget.SESSION,
            "type": CustomFieldType.TEXT,
            "created_at": START,
        }
        return self.add(CustomField, **{**defaults, "key": key, "name": key, **values})

    def value(self, session: Session, field: CustomField, **values: Any) -> SessionFieldValue:
        """A field's value on a session."""
        defaults = {"source": ValueSource.HUMAN, "updated_at": START}
        given = {**defaults, "session_id": session.id, "field_id": field.id, **values}
        return self.add(SessionFieldValue, **given)

    def goal(self, key: str) -> Goal:
        """A goal."""
        return self.add(Goal, key=key, name=key, created_at=START)

    def outcome(self, session: Session, goal: Goal, **values: Any) -> GoalOutcome:
        """A goal that was triggered."""
        defaults = {"status": GoalStatus.TRIGGERED, "triggered_at": START}
        given = {**defaults, "session_id": session.id, "goal_id": goal.id, **values}
        return self.add(GoalOutcome, **given)

    def contact_value(self, contact: Contact, field: CustomField, **values: Any) -> Record:
        """A field's value on a contact."""
        defaults = {"source": ValueSource.HUMAN, "updated_at": START}
        given = {**defaults, "contact_id": contact.id, "field_id": field.id, **values}
        return self.add(ContactFieldValue, **given)

    def score(self, session: Session, name: str, **values: Any) -> Score:
        """An annotation."""
        defaults = {"source": ValueSource.HUMAN, "created_at": START}
        return self.add(Score, **{**defaults, "session_id": session.id, "name": name, **values})

    def view(self, filter: Any, **values: Any) -> SavedView:
        """A view that the viewer has saved."""
        defaults = {
            "name": "view",
            "owner": self.viewer.actor,
            "created_at": START,
            "updated_at": START,
        }
        return self.add(SavedView, **{**defaults, "filter_json": filter, **values})

    def block(self, key: str) -> JourneyBlock:
        """A journey block."""
        return self.add(JourneyBlock, key=key, name=key, created_at=START)

    def visit(
        self, session: Session, block: JourneyBlock, sequence: int, **values: Any
    ) -> JourneyVisit:
        """A visit to a block."""
        entered = {"sequence": sequence, "entered_at": START, **values}
        return self.add(JourneyVisit, session_id=session.id, block_id=block.id, **entered)

    def form(self, key: str) -> Form:
        """A form."""
        return self.add(Form, key=key, name=key, created_at=START)

    def submission(self, session: Session, form: Form) -> FormSubmission:
        """A submitted form."""
        submitted = {"submitted_at": START, "values": {"seats": "2"}}
        return self.add(FormSubmission, session_id=session.id, form_id=form.id, **submitted)

    def trace(self, message: Message, **values: Any) -> ReasoningTrace:
        """Why an agent answered so."""
        own = {"session_id": message.session_id, "message_id": message.id}
        return self.add(ReasoningTrace, **own, **values)

    def comment(self, session: Session, body: str, **values: Any) -> Comment:
        """A note."""
        defaults = {"author": "tester", "created_at": START}
        return self.add(Comment, **{**defaults, "session_id": session.id, "body": body, **values})
