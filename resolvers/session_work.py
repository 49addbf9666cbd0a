"""Everything that is done to one session in one transaction, collected before it is written.

Ingest, start, append, record and end are the same few steps on a new or a loaded session; derived
facts are recomputed once, in `finish`, from all of the session's messages and events.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from loaders.session_state import Earlier
from models.agent import Agent
from models.change import Values, parts_of
from models.custom_field import SessionFieldValue
from models.derivation import Content, derived_columns
from models.enums import (
    ActorType,
    CustomFieldTarget,
    GoalStatus,
    SessionActivity,
    SessionEventKind,
    SessionStatus,
    UserErrorCode,
    ValueSource,
)
from models.errors import InvalidTransition, NotFound, Path, Rejected, SessionClosed, Violation
from models.fields import Json
from models.form import FormSubmission
from models.goal import GoalOutcome
from models.journey import JourneyVisit
from models.keys import new_key
from models.knowledge_gap import KnowledgeGap
from models.label import SessionLabel
from models.message import Message
from models.progress import (
    GOAL_KINDS,
    JOURNEY_KINDS,
    advance_goal,
    leave_block,
    mark_last,
    open_visit,
)
from models.reasoning import ReasoningTrace
from models.record import Record, make
from models.session import RECKONED, Closing, Session
from models.session_event import SERVER_KINDS, SessionEvent
from models.workspace import Settings
from resolvers.references import References
from resolvers.session_rows import (
    clock_event,
    end_event,
    event_row,
    message_row,
    status_change,
    status_event,
    trace_row,
)
from schema.inputs.custom_field import CustomFieldValueInput
from schema.inputs.message import MessageInput
from schema.inputs.session_event import SessionEventInput


class SessionWork:
    """One session being written. `new` holds the rows to insert, by model; `removed` goes first.

    One that is not `is_whole` was loaded without its messages and events: its facts stay.
    """

    def __init__(
        self,
        session: Session,
        references: References,
        settings: Settings,
        earlier: Earlier,
        *,
        is_whole: bool = True,
    ) -> None:
        self.session = session
        self.references = references
        self.settings = settings
        self.earlier = earlier
        self.new: defaultdict[type[Record], list[Any]] = defaultdict(list)
        self.removed: list[Record] = []
        self.is_new = not session.is_stored
        self.status_before = None if self.is_new else session.status
        self.activity_before = None if self.is_new else session.activity
        self.reachable = True
        """Whether the contact left a way to be reached; set by whoever knows the contact."""
        self.stated: dict[str, tuple[Json, Json]] = {}
        """Before and after of what stands in no column of it, such as its labels."""
        self._before = {} if self.is_new else dict(vars(session))
        self._is_whole = is_whole
        self._touched: set[str] = set()
        self._edited: list[Record] = []
        self._finished: set[str] | None = None
        self._known_messages = {m.external_id: m for m in earlier.messages if m.external_id}
        self._known_events = {e.external_id: e for e in earlier.events if e.external_id}

    # ── what happens to it ──────────────────────────────────────────────────

    def opened(self, at: datetime) -> None:
        """Record that it began."""
        data = {"from": None, "to": self.session.status.value, "reason": None}
        kind = SessionEventKind.STARTED
        self._record(status_event(self.session, kind, at, data, ActorType.SYSTEM))

    def append(
        self, given: Sequence[MessageInput], path: Path, now: datetime, *, closed_too: bool = False
    ) -> list[Message]:
        """The messages of the input, new or known, in its order.

        A session that has ended is reopened by a new one if the workspace's reopenWindow lets it;
        raise SessionClosed otherwise.
        """
        known = self._known_messages
        fresh = [m for m in given if m.external_id is None or m.external_id not in known]
        if fresh and not (closed_too or self.session.is_open):
            self._reopen(path, now)
        self._check_unique([m.external_id for m in given], path)
        return [self._append(m, (*path, str(i)), now) for i, m in enumerate(given)]

    def _append(self, given: MessageInput, path: Path, now: datetime) -> Message:
        known = self._known_messages.get(given.external_id or "")
        if known is not None:
            return known
        session = self.session
        message = message_row(
            session, given, session.last_sequence + 1, self._speaker(given, path), now
        )
        vars(message)["reply_to_id"] = self._replied_to(given, path)
        vars(session)["last_sequence"] += 1
        if given.external_id is not None:
            self._known_messages[given.external_id] = message
        self.new[Message].append(message)
        if given.reasoning is not None:
            key = given.reasoning.journey_block_key
            block = self.references.block(key).id if key is not None else None
            self.new[ReasoningTrace].append(trace_row(message, given.reasoning, block))
        return message

    def _speaker(self, given: MessageInput, path: Path) -> int | None:
        if given.sender_type not in {ActorType.AI_AGENT, ActorType.HUMAN_AGENT}:
            return None
        agent = self._agent(given.agent, given.sender_type, (*path, "agent"))
        if agent is not None:
            return agent.id
        own = self.earlier.agents.get(self.session.agent_id or 0)
        return own.id if own is not None and own.kind is given.sender_type else None

    def _agent(self, ref: Any, default: ActorType, path: Path) -> Agent | None:
        agent = self.references.agent(ref, default, path)
        if agent is not None:
            self.earlier.agents[agent.id] = agent
            if self.session.agent_id is None:
                vars(self.session)["agent_id"] = agent.id
        return agent

    def _replied_to(self, given: MessageInput, path: Path) -> int | None:
        if given.reply_to_external_id is None:
            return None
        answered = self._known_messages.get(given.reply_to_external_id)
        if answered is None:
            raise NotFound("No earlier message has this externalId.", (*path, "replyToExternalId"))
        return answered.id

    def record(
        self,
        given: Sequence[SessionEventInput],
        path: Path,
        now: datetime,
        *,
        closed_too: bool = False,
    ) -> None:
        """Record the events that are not known yet; raise SessionClosed."""
        known = self._known_events
        fresh = [e for e in given if e.external_id is None or e.external_id not in known]
        if fresh and not (closed_too or self.session.is_open):
            raise SessionClosed("The session has ended and takes no more events.", path)
        self._check_unique([e.external_id for e in given], path)
        for position, event in enumerate(given):
            if event.external_id is None or event.external_id not in self._known_events:
                self._record_input(event, (*path, str(position)), now)

    def _record_input(self, given: SessionEventInput, path: Path, now: datetime) -> None:
        if given.kind in SERVER_KINDS:
            message = f"{given.kind} is recorded by the server."
            raise Rejected([Violation(UserErrorCode.INVALID, message, (*path, "kind"))])
        agent = self._agent(given.agent, ActorType.HUMAN_AGENT, (*path, "agent"))
        event = event_row(self.session, given, agent.id if agent else None, now)
        self._record(event)
        if given.external_id is not None:
            self._known_events[given.external_id] = event
        if given.kind in GOAL_KINDS and given.goal_key is not None:
            self._advance_goal(given.goal_key, event)
        elif given.kind in JOURNEY_KINDS and given.journey_block_key is not None:
            self._advance_journey(given, event.at)
        elif given.kind is SessionEventKind.FORM_SUBMITTED and given.form_key is not None:
            self._submit_form(given, event.at)

    def _record(self, event: SessionEvent) -> None:
        self.new[SessionEvent].append(event)

    def _advance_goal(self, key: str, event: SessionEvent) -> None:
        goal = self.references.goal(key)
        outcome = next((o for o in self.earlier.outcomes if o.goal_id == goal.id), None)
        if outcome is None:
            outcome = self.row(
                GoalOutcome, goal_id=goal.id, status=GoalStatus.TRIGGERED, value=goal.value
            )
            self.earlier.outcomes.append(outcome)
        advance_goal(outcome, event.kind, event.at, self.references.edits.assign)
        self._touched.add("goals")

    def _advance_journey(self, given: SessionEventInput, at: datetime) -> None:
        block = self.references.block(given.journey_block_key or "")
        visits, set_ = self.earlier.visits, self.references.edits.assign
        leaving = given.kind is SessionEventKind.JOURNEY_BLOCK_EXITED
        visit = open_visit(visits, block.id) if leaving else None
        if visit is None:
            visit = self.row(
                JourneyVisit, block_id=block.id, sequence=len(visits) + 1, entered_at=at
            )
            visits.append(visit)
        if leaving:
            leave_block(visit, at, given.exit_kind, set_)
        mark_last(visits, set_)
        self._touched.add("journey")

    def _submit_form(self, given: SessionEventInput, at: datetime) -> None:
        form = self.references.form(given.form_key or "")
        values: object = {} if given.data is None else given.data
        self.row(FormSubmission, form_id=form.id, submitted_at=at, values=values)
        self._touched.add("forms")

    def label(self, names: Sequence[str], source: ValueSource, now: datetime) -> None:
        """Put the labels on that are not there yet; unknown ones are made."""
        there = {row.label_id for row in self.earlier.labels}
        for name in names:
            label = self.references.label(name)
            if label.id not in there:
                there.add(label.id)
                row = self.row(SessionLabel, label_id=label.id, source=source, applied_at=now)
                self.earlier.labels.append(row)
                self._touched.add("labels")

    def set_values(
        self, given: Sequence[CustomFieldValueInput], source: ValueSource, path: Path, now: datetime
    ) -> None:
        """Write the custom fields' values; a null is left as it is."""
        for position, item in enumerate(given):
            self.set_value(item, source, (*path, str(position)), now)

    def set_value(
        self, given: CustomFieldValueInput, source: ValueSource, path: Path, now: datetime
    ) -> SessionFieldValue | None:
        """Write one; None when there is none, as for a null that is left as it is."""
        field_, written = self.references.value(given, CustomFieldTarget.SESSION, path)
        row = next((row for row in self.earlier.values if row.field_id == field_.id), None)
        stamp = {"source": source, "updated_at": now}
        if written is None:
            return row
        if row is None:
            row = self.row(SessionFieldValue, field_id=field_.id, **written, **stamp)
            self.earlier.values.append(row)
            self._touched.add("custom_fields")
        elif any(getattr(row, name) != value for name, value in written.items()):
            self.references.edits.assign(row, **written, **stamp)
            self._touched.add("custom_fields")
        return row

    def end(self, closing: Closing, path: Path) -> None:
        """Close it and record that; raise InvalidTransition, or Rejected with the path."""
        session = self.session
        try:
            session.end(closing)
        except Rejected as error:
            raise Rejected([violation.under(*path) for violation in error.violations]) from None
        except InvalidTransition as error:
            raise InvalidTransition(error.message, (*path, "session")) from None
        self._record(end_event(session, closing.at))

    def _reopen(self, path: Path, at: datetime) -> None:
        if not self.session.may_reopen(self.settings, at):
            raise SessionClosed("The session has ended and takes no more messages.", path)
        data = {"from": self.session.status.value, "to": SessionStatus.ACTIVE.value, "reason": None}
        self.session.reopen()
        kind = SessionEventKind.REOPENED
        self._record(status_event(self.session, kind, at, data, ActorType.SYSTEM))

    def happened(
        self, kind: SessionEventKind, at: datetime, data: dict[str, Json], actor: ActorType
    ) -> None:
        """Record what was done to it."""
        self._record(status_event(self.session, kind, at, data, actor))

    def remove(self, row: Record, name: str) -> None:
        """Delete a row of the session."""
        self.removed.append(row)
        self._touched.add(name)

    def known_message(self, external_id: str | None) -> Message | None:
        """The session's message of an external id."""
        return None if external_id is None else self._known_messages.get(external_id)

    def known_event(self, external_id: str | None) -> SessionEvent | None:
        """The session's event of an external id."""
        return None if external_id is None else self._known_events.get(external_id)

    def touch(self, name: str) -> None:
        """Note that rows of the session changed."""
        self._touched.add(name)

    def edited(self, row: Record, name: str) -> None:
        """Note that a message or an event of the session was written again."""
        self._edited.append(row)
        self._touched.add(name)

    def values(self) -> Values:
        """Before and after of what somebody stated, for the audit trail."""
        state = vars(self.session)
        columns = {
            name: (before, state[name])
            for name, before in self._before.items()
            if name not in RECKONED and state[name] != before
        }
        return {**columns, **self.stated}

    def parts(self) -> Json:
        """What this write says and does in it, for those who follow the session."""
        return parts_of([*self.new[Message], *self.new[SessionEvent]], self._edited)

    # ── what follows from it ────────────────────────────────────────────────

    def finish(self, now: datetime) -> set[str]:
        """Recompute the derived facts and return the names of what changed; empty when nothing.

        Calling it again gives the same answer.
        """
        if self._finished is None:
            self._finished = self._finish(now)
        return self._finished

    def _finish(self, now: datetime) -> set[str]:
        session = self.session
        if self.is_new or self._touched or any(self.new.values()) or self._columns_changed():
            if self._is_whole:
                self._derive()
            self._settle(now)
            session.secure_revenue(self.settings)
        changed = self._columns_changed() | self._touched | self._child_names()
        if "messages" in changed and session.messages_purged_at is not None:
            vars(session)["messages_purged_at"] = None  # there may be something to purge again
            changed.add("messages_purged_at")
        if changed and not self.is_new:
            vars(session)["version"] += 1
            vars(session)["updated_at"] = now
            changed |= {"version", "updated_at"}
        return changed

    def _settle(self, now: datetime) -> None:
        session, before = self.session, self.session.activity
        session.settle(self.settings, now)
        if session.activity is not before:
            self._record(clock_event(session, self._turned_at()))

    def _turned_at(self) -> datetime:
        """When it fell silent, or when somebody came back: after that, also if sent before."""
        spoke = self.session.last_activity_at
        if self.session.activity is SessionActivity.IDLE:
            return spoke + self.settings.idle_after
        idled = [e.at for e in self.earlier.events if e.kind is SessionEventKind.IDLED]
        return max([spoke, *idled])

    def _derive(self) -> None:
        session, earlier = self.session, self.earlier
        content = Content(
            messages=[*earlier.messages, *self.new[Message]],
            events=[*earlier.events, *self.new[SessionEvent]],
            traces=[*earlier.traces, *self.new[ReasoningTrace]],
            gaps=[*earlier.gaps, *self.new[KnowledgeGap]],
            agents=earlier.agents,
        )
        vars(session).update(derived_columns(content, session.started_at, session.ended_at))

    def status_change(self) -> dict[str, str | None] | None:
        """What a status stream tells of this write; None when status and activity stayed."""
        session = self.session
        if (self.status_before, self.activity_before) == (session.status, session.activity):
            return None
        return status_change(session, self.status_before)

    def _columns_changed(self) -> set[str]:
        state = vars(self.session)
        return {name for name, before in self._before.items() if state[name] != before}

    def _child_names(self) -> set[str]:
        names = {Message: "messages", SessionEvent: "events", KnowledgeGap: "knowledge_gaps"}
        return {name for model, name in names.items() if self.new[model]}

    def row(self, model: type[Any], /, **values: Any) -> Any:
        """A new row that belongs to the session."""
        session = self.session
        row = make(
            model,
            id=new_key(session.started_at),
            workspace_id=session.workspace_id,
            session_id=session.id,
            _saved_in_db=False,
            **values,
        )
        self.new[model].append(row)
        return row

    def _check_unique(self, external_ids: Sequence[str | None], path: Path) -> None:
        seen: set[str] = set()
        for position, external_id in enumerate(external_ids):
            if external_id is not None and external_id in seen:
                where = (*path, str(position), "externalId")
                message = "Two elements of one call have the same externalId."
                raise Rejected([Violation(UserErrorCode.TAKEN, message, where)])
            seen.add(external_id or "")
