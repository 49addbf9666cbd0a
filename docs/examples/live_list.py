"""The sessions of a filter, kept right by what `sessionChanges` tells; docs/live.md explains it.

It knows neither connections nor views: `follow.py` feeds it, and whoever shows it sorts it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Session = Mapping[str, Any]


@dataclass
class LiveList:
    """A state machine: `begin` with a query, then `apply` every item of the stream."""

    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    cursor: str | None = None
    """Everything up to here is in `sessions`: subscribe with `after: cursor`."""
    needs_resync: bool = True
    """Whether the query has to be run, at first or again."""

    def begin(self, cursor: str, sessions: Iterable[Session]) -> None:
        """Take the sessions of all pages that were read, and the changeCursor of the first."""
        self.sessions = {session["id"]: session for session in sessions}
        self.cursor = cursor
        self.needs_resync = False

    def apply(self, item: Mapping[str, Any]) -> None:
        """Take one item; it does no harm if it comes again."""
        match item["__typename"]:
            case "SessionChange" if item["kind"] in {"ENTERED", "UPDATED"}:
                self.sessions[item["sessionId"]] = item["session"]
            case "SessionChange":  # LEFT or DELETED, often of a session that is not here
                self.sessions.pop(item["sessionId"], None)
            case "ResyncRequired":
                self.needs_resync = True
                return
            case _:  # a checkpoint moves the cursor alone
                pass
        self.cursor = item["cursor"]
