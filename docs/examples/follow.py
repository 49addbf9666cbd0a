"""Shows the open sessions, live: `python docs/examples/follow.py 127.0.0.1:8000 KEY`.

Needs `pip install "gql[websockets]"`. Any client library of graphql-transport-ws will do.
"""

import asyncio
import random
import sys
from collections.abc import Callable
from typing import Any

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport
from live_list import LiveList, Session

Filter = dict[str, Any]

SHOWN = "id startedAt status topic contact { displayName } labels { label { name } }"
LIST = f"""query List($filter: SessionFilter, $after: String) {{
  sessions(filter: $filter, first: 100, after: $after) {{
    nodes {{ {SHOWN} }} pageInfo {{ hasNextPage endCursor }} changeCursor
  }}
}}"""
LIVE = f"""subscription Live($filter: SessionFilter, $after: ChangeCursor) {{
  sessionChanges(filter: $filter, after: $after) {{
    __typename
    ... on SessionChange {{ cursor kind sessionId session {{ {SHOWN} }} }}
    ... on StreamCheckpoint {{ cursor }}
    ... on ResyncRequired {{ reason }}
  }}
}}"""


def transport(address: str, key: str) -> WebsocketsTransport:
    """A socket; the key goes into connection_init."""
    return WebsocketsTransport(
        url=f"ws://{address}/graphql",
        init_payload={"authorization": f"Bearer {key}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )


async def read(server: AsyncClientSession, filter: Filter) -> tuple[str, list[Session]]:
    """The list, to its end, and the changeCursor of its first page."""
    cursor, after, sessions = "", None, list[Session]()
    while True:
        request = GraphQLRequest(LIST, variable_values={"filter": filter, "after": after})
        page = (await server.execute(request))["sessions"]
        cursor = cursor or page["changeCursor"]
        sessions += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return cursor, sessions


async def follow_once(
    server: AsyncClientSession, live: LiveList, filter: Filter, show: Callable[[LiveList], None]
) -> None:
    """Until the stream ends, which it does when the list has to be read again."""
    if live.needs_resync:
        live.begin(*await read(server, filter))
        show(live)
    variables = {"filter": filter, "after": live.cursor}
    async for data in server.subscribe(GraphQLRequest(LIVE, variable_values=variables)):
        live.apply(data["sessionChanges"])
        show(live)


async def follow(
    address: str, key: str, live: LiveList, filter: Filter, show: Callable[[LiveList], None]
) -> None:
    """For ever: what was missed while there was no connection comes with the next one."""
    while True:
        try:
            async with Client(transport=transport(address, key)) as server:
                await follow_once(server, live, filter, show)
        except (TransportError, OSError) as error:
            print(f"again in a moment: {error}", file=sys.stderr)
        await asyncio.sleep(random.uniform(0.2, 2))


def print_newest(live: LiveList) -> None:
    """The view is the client's: sorted and cut as it likes."""
    newest = sorted(live.sessions.values(), key=lambda one: one["startedAt"], reverse=True)[:10]
    names = ", ".join(session["contact"]["displayName"] for session in newest)
    print(f"{len(live.sessions)} open: {names}")


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1], sys.argv[2], LiveList(), {"isOpen": True}, print_newest))
