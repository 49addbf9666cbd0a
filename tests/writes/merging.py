"""Contacts made one, as clients do it."""

from typing import Any

from models.contact import Contact
from tests.conftest import GraphQL, data_of
from tests.reads.client import global_id
from tests.writes.client import MERGE


async def merge(
    graphql: GraphQL, winner: Contact | str, *losers: Contact | str, **more: Any
) -> dict[str, Any]:
    """The payload."""
    ids = [one if isinstance(one, str) else global_id(one) for one in (winner, *losers)]
    given = {"winnerId": ids[0], "loserIds": ids[1:]}
    payload: dict[str, Any] = data_of(await graphql(MERGE, {"input": given}, **more))[
        "contactMerge"
    ]
    return payload


async def merged(graphql: GraphQL, winner: Contact, *losers: Contact) -> dict[str, Any]:
    """The winner after a merge that went well."""
    payload = await merge(graphql, winner, *losers)
    assert (payload["userErrors"], payload["isReplay"]) == ([], False)
    assert payload["changeCursor"] is not None
    assert payload["contact"]["id"] == global_id(winner)
    shown: dict[str, Any] = payload["contact"]
    return shown
