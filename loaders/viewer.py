"""The viewer: who reads, in which workspace, with which rights, and through which connection.

Frozen and passed down; every query begins here, in the viewer's workspace.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from models.database import Database, Lane, Values, records
from models.enums import ActorType, Scope
from models.errors import Forbidden
from models.record import Dialect, R
from models.workspace import Settings, Workspace


def _nobody_listens(_workspace_id: int, _seq: int) -> None:
    """The command line has no subscribers; servers see its changes by reading the head."""


@dataclass(frozen=True)
class Viewer:
    """One caller for the length of one operation."""

    database: Database
    workspace: Workspace
    actor: str
    scopes: frozenset[Scope]
    key_id: int | None = None
    actor_type: ActorType = ActorType.SYSTEM
    request_id: str | None = None
    on_commit: Callable[[int, int], None] = field(default=_nobody_listens, repr=False)
    """Called with (workspace id, sequence number) after a transaction has committed."""

    @property
    def workspace_id(self) -> int:
        """Leads every query."""
        return self.workspace.id

    @property
    def settings(self) -> Settings:
        """The workspace's settings as this process knows them; they may change meanwhile."""
        return self.workspace.settings

    @property
    def dialect(self) -> Dialect:
        """Of the database."""
        return self.database.dialect

    def now(self) -> datetime:
        """The clock, in UTC with milliseconds."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def may(self, scope: Scope) -> bool:
        """Whether the key has the scope; ADMIN has them all."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def require(self, scope: Scope) -> None:
        """Raise Forbidden unless the key has the scope."""
        if not self.may(scope):
            raise Forbidden(scope)

    async def fetch(
        self, sql: str, parameters: Values = (), lane: Lane = Lane.FAST
    ) -> Sequence[Values]:
        """The rows of one SELECT; the one door for reads."""
        return await self.database.lane(lane).fetch(sql, parameters)

    async def records(
        self, model: type[R], sql: str, parameters: Values = (), lane: Lane = Lane.FAST
    ) -> list[R]:
        """The records of a SELECT of `selection(model, alias)`."""
        return await records(self.database.lane(lane), model, sql, parameters)
