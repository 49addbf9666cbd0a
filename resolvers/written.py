"""What a write answers: ids and flags, from which the payload's rows are read afresh.

The same for the first call and for its repeat, so that an idempotency record is just this as JSON.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from loaders.idempotency import recorded_answer
from loaders.viewer import Viewer
from models.enums import DefinitionKind, IngestOutcome
from models.errors import IdempotencyMismatch, Violation
from models.idempotency import IdempotencyRecord
from models.keys import new_key
from models.record import make
from resolvers.writing import retried
from subscriptions import changelog
from subscriptions.changelog import Changes


@dataclass(frozen=True)
class IngestedAnswer:
    """What became of one document of a batch."""

    index: int
    outcome: IngestOutcome
    session_id: int | None = None
    user_errors: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class Written:
    """The answer of every write of the write side; a failed one has only `user_errors`."""

    session_id: int | None = None
    message_ids: tuple[int, ...] = ()
    node_id: int | None = None
    """Key of what was written that is no session: a comment, contact, label …"""
    definition_kind: DefinitionKind | None = None
    """What kind of row `node_id` is the key of, where several can be."""
    deleted_id: str | None = None
    matched_count: int = 0
    updated_count: int = 0
    session_opened: bool = False
    is_replay: bool = False
    results: tuple[IngestedAnswer, ...] = ()
    user_errors: tuple[Violation, ...] = ()
    change_cursor: str | None = None

    @property
    def definition(self) -> tuple[DefinitionKind, int] | None:
        """The goal, journey block or form that was written."""
        if self.definition_kind is None or self.node_id is None:
            return None
        return self.definition_kind, self.node_id

    def count(self, outcome: IngestOutcome) -> int:
        """How many documents of a batch ended like this."""
        return sum(result.outcome is outcome for result in self.results)


Write = Callable[[Changes], Awaitable[Written]]


async def written_once(viewer: Viewer, key: str | None, body: object, write: Write) -> Written:
    """Run a write in its transaction, or answer as the first call with this key did.

    Raise IdempotencyMismatch when the key was used for another body. Two calls at the same time
    run once: the second meets the first one's record and starts again.
    """
    fingerprint = blake2b(repr(body).encode(), digest_size=16).hexdigest()

    async def attempt() -> Written:
        async with changelog.transaction(viewer) as changes:
            known = await recorded_answer(changes.transaction, viewer, key)
            if known is not None:
                return _replayed(known, fingerprint)
            answer = await write(changes)
            if key is not None:
                await _record(changes, viewer, (key, fingerprint), answer)
        return replace(answer, change_cursor=changes.cursor)

    return await retried(attempt)


def _replayed(known: IdempotencyRecord, fingerprint: str) -> Written:
    if known.fingerprint != fingerprint:
        raise IdempotencyMismatch(
            "The idempotencyKey was used for another input.", ("input", "idempotencyKey")
        )
    answer: dict[str, Any] = known.answer
    return Written(
        session_id=answer["session_id"],
        message_ids=tuple(answer["message_ids"]),
        node_id=answer.get("node_id"),
        session_opened=answer["session_opened"],
        results=tuple(_ingested(result) for result in answer["results"]),
        is_replay=True,
    )


def _ingested(stored: dict[str, Any]) -> IngestedAnswer:
    errors = tuple(
        Violation(error["code"], error["message"], tuple(error["field"]))
        for error in stored["user_errors"]
    )
    outcome = IngestOutcome(stored["outcome"])
    return IngestedAnswer(stored["index"], outcome, stored["session_id"], errors)


async def _record(changes: Changes, viewer: Viewer, key: tuple[str, str], answer: Written) -> None:
    now = viewer.now()
    row = make(
        IdempotencyRecord,
        id=new_key(now),
        workspace_id=viewer.workspace_id,
        key=key[0],
        fingerprint=key[1],
        answer=asdict(answer),
        created_at=now,
    )
    await changes.transaction.insert(IdempotencyRecord, [row])
