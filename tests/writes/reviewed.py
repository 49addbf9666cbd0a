"""A session to be reviewed, and what can be said of it."""

from typing import Any

from loaders.viewer import Viewer
from models.enums import CustomFieldType
from schema.node import global_id
from tests.conftest import GraphQL, data_of
from tests.reads.rows import Rows, minutes
from tests.writes.refused_writes import mutation

REVIEWED = """session {
  version isTest isTodo todoReason isDone doneAt isArchived isFavorite topic
  summary { text source provider } sentiment { label score source }
  lead { isLead isOpportunity exclusion value source }
  assessment { auto human effective expectedResult actualResult assessedBy }
  quality { stars css ratedBy } metadata agent { name } hasMissingKnowledge
  labels { label { name } source } customFields { key value source }
  revenue { additionalSecuredRevenue }
}"""
UPDATE = mutation("sessionUpdate", REVIEWED)


class World:
    """A session that has ended, and what can be said of it."""

    def __init__(self, viewer: Viewer) -> None:
        self.rows = rows = Rows(viewer)
        self.contact = rows.contact("Ada Lovelace", email="ada@example.org")
        self.session = rows.ended(self.contact, length=minutes(5), metadata={"a": {"b": 1, "c": 2}})
        self.other = rows.ended(length=minutes(5))
        self.agent = rows.agent("Grace")
        self.urgent, self.refund = rows.label("Urgent"), rows.label("Refund")
        self.seats = rows.field("seats", type=CustomFieldType.NUMBER)
        self.plan = rows.field("plan", type=CustomFieldType.SELECT, options=["Basic", "Pro"])
        self.id = global_id(self.session)


async def updated(graphql: GraphQL, world: World, **given: Any) -> dict[str, Any]:
    """The session after an update without errors."""
    payload = data_of(await graphql(UPDATE, {"input": {"id": world.id, **given}}))["sessionUpdate"]
    assert payload["userErrors"] == []
    session: dict[str, Any] = payload["session"]
    return session
