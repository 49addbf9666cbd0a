"""How many SQL statements an operation runs, counted where they meet the driver."""

import asyncio
from collections.abc import Iterator
from typing import Any

from loaders.api_key import workspace_by_name
from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from models.record import Dialect
from resolvers.administration import DEFAULT_WORKSPACE
from resolvers.context import Context
from schema.build import build_schema
from subscriptions.hub import Hub
from tests.benchmarks import page
from tests.benchmarks.tables import Table
from tests.benchmarks.workbench import DATABASE_NAMES, Workbench

_LOOKUP = "query Lookup($id: ID!) { session(id: $id) { id shortId status } }"
_DETAIL = """
query Detail($id: ID!) {
  session(id: $id) {
    id shortId status activity duration contact { displayName } agent { name }
    labels { label { name } } customFields { key display }
    messages(first: 100) { nodes { id text sentAt sender { __typename } } }
    journey { block { key } enteredAt } events { nodes { kind at } }
  }
}
"""
_GOALS = {
    "timeline, first page": "5",
    "timeline, second page": "5",
    "session with 100 messages": "≤ 10",
}


def statement_counts(bench: Workbench) -> Iterator[Table]:
    """A row per operation, a column per database; no spread, because they are constants."""
    counts: dict[Dialect, dict[str, int]] = {
        dialect: asyncio.run(_counts(DatabaseUrl.parse(bench.imported(dialect).url)))
        for dialect in bench.dialects
    }
    rows = [
        (
            operation,
            *(str(found[operation]) for found in counts.values()),
            _GOALS.get(operation, ""),
        )
        for operation in counts["sqlite"]
    ]
    names = [DATABASE_NAMES[dialect] for dialect in counts]
    yield Table("SQL statements per operation", ("", *names, "to reach"), rows)


class _Counter:
    def __init__(self, database: Database, viewer: Viewer) -> None:
        self._database = database
        self._viewer = viewer
        self._schema = build_schema()
        self.counts: dict[str, int] = {}

    async def count(self, name: str, document: str, **variables: Any) -> dict[str, Any]:
        """Run the document and note its statements; its data."""
        statements: list[str] = []
        self._database.on_statement = statements.append
        context = Context(self._viewer, Hub(self._database))
        result = await self._schema.execute(
            document, variable_values=variables, context_value=context
        )
        assert not result.errors, result.errors
        assert result.data is not None
        self.counts[name] = len(statements)
        return result.data


async def _counts(url: DatabaseUrl) -> dict[str, int]:
    async with Database(url) as database:
        workspace = await workspace_by_name(database.lane(), DEFAULT_WORKSPACE)
        assert workspace is not None
        counter = _Counter(database, Viewer(database, workspace, "benchmarks", frozenset(Scope)))
        first = page.Answer(
            await counter.count("timeline, first page", page.DOCUMENT, first=page.SIZE)
        )
        await counter.count(
            "timeline, second page", page.DOCUMENT, first=page.SIZE, after=first.end_cursor
        )
        await counter.count("timeline with totalCount", _selecting("totalCount"), first=page.SIZE)
        await counter.count(
            "timeline with changeCursor", _selecting("changeCursor"), first=page.SIZE
        )
        key = first.nodes[0]["id"]
        await counter.count("session by id", _LOOKUP, id=key)
        await counter.count("session with 100 messages", _DETAIL, id=key)
    return counter.counts


def _selecting(name: str) -> str:
    return page.DOCUMENT.replace("pageInfo {", f"{name} pageInfo {{")
