"""What reviewers do to one session: update it, comment on it, score it, resolve its gaps."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from loaders.condition import among
from loaders.references import Wanted
from loaders.session_state import Extent
from loaders.viewer import Viewer
from models.comment import Comment
from models.database import records
from models.enums import Scope, UserErrorCode, ValueSource
from models.errors import NotFound, NotYours, Path, Rejected, StaleVersion, Violation
from models.knowledge_gap import KnowledgeGap
from models.record import selection
from models.score import Score
from models.session import Session
from resolvers.references import key_of
from resolvers.reviewing import Review, wanted_by
from resolvers.session_work import SessionWork
from resolvers.writing import INPUT, Writing
from resolvers.written import Written, written_once
from schema.inputs.delete import DeleteInput
from schema.inputs.document import stated, validated
from schema.inputs.review import (
    KnowledgeGapResolveInput,
    SessionCommentAddInput,
    SessionCommentUpdateInput,
    SessionScoreRecordInput,
    SessionUpdateInput,
)
from subscriptions.changelog import Changes

I = TypeVar("I")  # noqa: E741  # the input
Step = Callable[[Writing], Awaitable[Written]]


async def session_update(viewer: Viewer, given: SessionUpdateInput) -> Written:
    """Write what is stated, all of it or nothing."""
    given = _checked(viewer, given)
    values = stated(given)

    async def step(writing: Writing) -> Written:
        references = await writing.references(wanted_by(values))
        session = await writing.session_by_id(given.id)
        _check_version(session, values.get("if_version"))
        work = await writing.load(session, references, Extent.LABELS)
        await Review(writing, values, INPUT).of(work)
        await writing.write(work)
        return Written(session_id=session.id)

    return await _reviewed(viewer, step)


def _check_version(session: Session, expected: int | None) -> None:
    if expected is not None and session.version != expected:
        message = f"The session has version {session.version}, not {expected}."
        raise StaleVersion(message, (*INPUT, "ifVersion"))


async def session_comment_add(viewer: Viewer, given: SessionCommentAddInput) -> Written:
    """A comment by the viewer."""
    given = _checked(viewer, given)

    async def step(writing: Writing) -> Written:
        session = await writing.session_by_id(given.session_id, "sessionId")
        work = await _loaded(writing, session)
        by = {"author": viewer.actor, "created_at": writing.now}
        comment = work.row(Comment, body=given.body, **by)
        _note(work, "comments", (None, given.body))
        await writing.write(work)
        return Written(session_id=session.id, node_id=comment.id)

    return await _reviewed(viewer, step)


async def session_comment_update(viewer: Viewer, given: SessionCommentUpdateInput) -> Written:
    """Another text; raise NotYours."""
    given = _checked(viewer, given)

    async def step(writing: Writing) -> Written:
        comment, work = await _comment(writing, given.id)
        if comment.body != given.body:
            _note(work, "comments", (comment.body, given.body))
            work.references.edits.assign(comment, body=given.body, edited_at=writing.now)
            await writing.write(work)
        return Written(session_id=work.session.id, node_id=comment.id)

    return await _reviewed(viewer, step)


async def session_comment_delete(viewer: Viewer, given: DeleteInput) -> Written:
    """Raise NotYours."""
    given = _checked(viewer, given)

    async def step(writing: Writing) -> Written:
        comment, work = await _comment(writing, given.id)
        work.remove(comment, "comments")
        _note(work, "comments", (comment.body, None))
        await writing.write(work)
        return Written(deleted_id=given.id)

    return await _reviewed(viewer, step)


async def session_score_record(viewer: Viewer, given: SessionScoreRecordInput) -> Written:
    """A score by the viewer."""
    given = _checked(viewer, given)
    score = given.score
    if score.value is None and score.label is None:
        message = "A score has a value or a label."
        raise Rejected([Violation(UserErrorCode.REQUIRED, message, (*INPUT, "score", "value"))])

    async def step(writing: Writing) -> Written:
        session = await writing.session(given.session)
        work = await _loaded(writing, session)
        verdict = {name: getattr(score, name) for name in ("name", "value", "label", "comment")}
        by = {"source": ValueSource.HUMAN, "author": viewer.actor, "created_at": writing.now}
        work.row(Score, **verdict, **by)
        _note(work, "scores", (None, verdict))
        await writing.write(work)
        return Written(session_id=session.id)

    return await _reviewed(viewer, step)


async def knowledge_gap_resolve(viewer: Viewer, given: KnowledgeGapResolveInput) -> Written:
    """The gap of the question, or the mark of the message; raise NotFound without either."""
    given = _checked(viewer, given)

    async def step(writing: Writing) -> Written:
        session = await writing.session_by_id(given.session_id, "sessionId")
        references = await writing.references(Wanted())
        work = await writing.load(session, references, Extent.WHOLE)
        _resolve(work, given, writing)
        await writing.write(work)
        return Written(session_id=session.id)

    return await _reviewed(viewer, step)


def _resolve(work: SessionWork, given: KnowledgeGapResolveInput, writing: Writing) -> None:
    is_unmarked = given.message_id is not None and _unmark(work, given.message_id)
    resolved = {"resolved_at": writing.now, "resolution": given.resolution}
    gap = next((gap for gap in work.earlier.gaps if gap.question == given.question), None)
    if gap is not None:
        work.references.edits.assign(gap, **resolved)
    elif is_unmarked:
        message_id = key_of(given.message_id or "", "Message", (*INPUT, "messageId"))
        by = {"message_id": message_id, "source": ValueSource.HUMAN}
        gap = work.row(KnowledgeGap, question=given.question, **by, **resolved)
    else:
        raise NotFound("The session has no gap of this question.", (*INPUT, "question"))
    _note(work, "knowledge_gaps", (given.question, given.resolution))


def _unmark(work: SessionWork, text: str) -> bool:
    """Whether the message was marked as missing knowledge; raise NotFound."""
    path = (*INPUT, "messageId")
    key = key_of(text, "Message", path)
    message = next((m for m in work.earlier.messages if m.id == key), None)
    if message is None:
        raise NotFound("The session has no such message.", path)
    is_marked = message.is_missing_knowledge
    if is_marked:
        work.references.edits.assign(message, is_missing_knowledge=False)
        work.edited(message, "messages")
    return is_marked


async def _comment(writing: Writing, text: str) -> tuple[Comment, SessionWork]:
    """A comment that the viewer may change, and its session, locked."""
    path: Path = (*INPUT, "id")
    viewer, transaction = writing.viewer, writing.changes.transaction
    sql = (
        f'SELECT {selection(Comment, "c")} FROM "comment" c'
        f" WHERE {among(viewer.dialect, 'c.id')} AND c.workspace_id = ?"
    )
    values = ([key_of(text, "Comment", path)], viewer.workspace_id)
    found = await records(transaction, Comment, sql, values)
    if not found:
        raise NotFound("There is no such comment.", path)
    (comment,) = found
    if comment.author != viewer.actor and not viewer.may(Scope.ADMIN):
        raise NotYours("Only its author and administrators may change a comment.", path)
    session = await writing.session_by_key(comment.session_id, path)
    return comment, await _loaded(writing, session)


async def _loaded(writing: Writing, session: Session) -> SessionWork:
    return await writing.load(session, await writing.references(Wanted()), Extent.LABELS)


def _note(work: SessionWork, name: str, values: tuple[Any, Any]) -> None:
    work.touch(name)
    work.stated[name] = values


def _checked(viewer: Viewer, given: I) -> I:
    viewer.require(Scope.REVIEW)
    return validated(given, "input")


async def _reviewed(viewer: Viewer, step: Step) -> Written:
    async def write(changes: Changes) -> Written:
        return await step(Writing(changes, viewer, viewer.now()))

    return await written_once(viewer, None, None, write)
