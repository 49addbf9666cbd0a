"""Everything a caller can do wrong, as typed exceptions.

DomainError                 expected; becomes one UserError in a mutation's payload
├── Rejected                several violations at once, each with its path
├── NotFound                nothing of that id, or of another workspace: the same either way
├── InvalidTransition       the state machine forbids it
├── SessionClosed           a message or event for a session that has ended
├── Taken                   a unique name or external id is in use by something else
├── Conflict                references that contradict each other
├── ContactBlocked          nothing from the contact is wanted
├── IdempotencyMismatch     the key was used for another body
├── StaleVersion            somebody wrote it since the caller read it
├── NotYours                something that only its author may change
├── TooMany                 more elements than a call may carry
└── LimitExceeded           the workspace has as many of them as it may
BadRequest                  an argument rule refused it; a GraphQL error, never a payload
├── Overloaded              the database did not get to it in time; nothing was changed
├── InvalidCursor           malformed, of another order or filter, or of another workspace
└── CursorExpired           the change log has been trimmed past it
Unauthenticated             no key, or not a valid one
Forbidden                   the key lacks a scope
Unprepared                  the database lacks what its administrator must install
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from models.enums import Scope, UserErrorCode

Path = tuple[str, ...]
"""Into the input, as clients wrote it: ("input", "messages", "3", "text")."""


@dataclass(frozen=True)
class Violation:
    """One thing wrong with an input."""

    code: UserErrorCode
    message: str
    field: Path = ()

    def under(self, *prefix: str) -> "Violation":
        """The same violation, seen from further out."""
        return Violation(self.code, self.message, (*prefix, *self.field))


class DomainError(Exception):
    """An expected failure: nothing was changed and nothing published."""

    code: ClassVar[UserErrorCode]

    def __init__(self, message: str, field: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def violations(self) -> Sequence[Violation]:
        """What a client is told, one entry per cause."""
        return (Violation(self.code, self.message, self.field),)


class Rejected(DomainError):
    """The input breaks one or more rules; every one is listed."""

    code = UserErrorCode.INVALID

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(violation.message for violation in violations))
        self._violations = tuple(violations)

    @property
    def violations(self) -> Sequence[Violation]:
        """In the order of the input."""
        return self._violations


class NotFound(DomainError):
    """Nothing of that id in the viewer's workspace."""

    code = UserErrorCode.NOT_FOUND


class InvalidTransition(DomainError):
    """The session's state machine forbids the step."""

    code = UserErrorCode.INVALID_TRANSITION


class SessionClosed(DomainError):
    """The session has ended and takes no more messages or events."""

    code = UserErrorCode.SESSION_CLOSED


class Taken(DomainError):
    """A unique name is in use."""

    code = UserErrorCode.TAKEN


class Conflict(DomainError):
    """References of one input name different things."""

    code = UserErrorCode.CONFLICT


class ContactBlocked(DomainError):
    """Nothing from the contact is wanted."""

    code = UserErrorCode.FORBIDDEN


class IdempotencyMismatch(DomainError):
    """The idempotency key was used for another body."""

    code = UserErrorCode.IDEMPOTENCY_MISMATCH


class StaleVersion(DomainError):
    """The row has been written since the caller read it."""

    code = UserErrorCode.STALE_VERSION


class NotYours(DomainError):
    """Only its author, or an administrator, may change it."""

    code = UserErrorCode.FORBIDDEN


class TooMany(DomainError):
    """More elements than one call may carry."""

    code = UserErrorCode.TOO_MANY


class LimitExceeded(DomainError):
    """The workspace has as many of them as it may."""

    code = UserErrorCode.LIMIT_EXCEEDED


class BadRequest(Exception):
    """An argument that no row can make right."""

    code: ClassVar[str] = "BAD_USER_INPUT"


class Overloaded(BadRequest):
    """The database is away or busy; nothing was changed, a retry may succeed."""

    code = "OVERLOADED"


class InvalidCursor(BadRequest):
    """A cursor that this order, filter or workspace did not issue."""

    code = "INVALID_CURSOR"


class CursorExpired(BadRequest):
    """The change log no longer reaches back to the cursor."""

    code = "CURSOR_EXPIRED"


class SlowConsumer(BadRequest):
    """The reader of a stream fell too far behind to be served from memory."""

    code = "SLOW_CONSUMER"


class FilterChanged(BadRequest):
    """What a live list means has changed as a whole; it is to be read again."""


class Unauthenticated(BadRequest):
    """No key, or not a valid one."""

    code = "UNAUTHENTICATED"


class Forbidden(BadRequest):
    """The key lacks a scope."""

    code = "FORBIDDEN"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This needs the scope {scope}.")


class Unprepared(Exception):
    """The database cannot be brought to the current schema by us alone; the message says why."""
