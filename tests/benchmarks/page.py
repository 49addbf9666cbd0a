"""The timeline page that every contender serves: the selection, and its answer as all give it."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

import orjson

SIZE = 50
DOCUMENT = """
query Timeline($first: Int, $after: String) {
  sessions(first: $first, after: $after) {
    nodes {
      id shortId status activity startedAt duration channelType
      contact { displayName avatarUrl }
      agent { name }
      labels { label { name color } }
      customFields { key display }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@dataclass(frozen=True)
class Answer:
    """The member `data` of an answer."""

    data: dict[str, Any]

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The sessions."""
        nodes: list[dict[str, Any]] = self.data["sessions"]["nodes"]
        return nodes

    @property
    def end_cursor(self) -> str:
        """Where the next page starts."""
        return str(self.data["sessions"]["pageInfo"]["endCursor"])

    def text(self) -> bytes:
        """As JSON; the duration of an open session is the clock's, and left out."""
        nodes = [
            node if node["activity"] == "ENDED" else {**node, "duration": None}
            for node in self.nodes
        ]
        return orjson.dumps({"sessions": {**self.data["sessions"], "nodes": nodes}})

    def shown(self) -> list[dict[str, Any]]:
        """What people see of the sessions, which does not depend on how ids are made."""
        plain = ("shortId", "status", "contact", "agent", "labels", "customFields")
        return [{name: node[name] for name in plain} for node in self.nodes]


def mark_of(cursor: str) -> str:
    """What all cursors of the application begin with, for one order and filter."""
    mark, *_values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return str(mark)
