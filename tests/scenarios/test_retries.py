"""A provider that retries without mercy, and a server that dies between its attempts."""

import asyncio
import secrets
from typing import Any

import httpx2

from tests.server.process import Server, run, server_process
from tests.writes.client import APPEND, append

RETRIES = 50
BY_KEY = append("hi", idempotencyKey="wamid.1")
BY_MESSAGE = append("hi", messages=[{"senderType": "CONTACT", "text": "hi", "externalId": "m-1"}])
STORED = "{ sessions { nodes { messageCount messages { nodes { id text sequence } } } } }"


class Provider:
    """Sends one request until it is answered, wherever the server is at the moment."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}
        self.address = ""
        self.unanswered = 0

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        async with httpx2.AsyncClient(headers=self._headers, timeout=10) as client:
            while True:
                try:
                    answer = await client.post(f"http://{self.address}/graphql", json=body)
                    data: dict[str, Any] = answer.json()["data"]
                    return data
                except httpx2.HTTPError:
                    self.unanswered += 1
                    await asyncio.sleep(0.1)

    async def retry(self, variables: dict[str, Any]) -> list[dict[str, Any]]:
        answers = await asyncio.gather(*(self.ask(APPEND, variables) for _ in range(RETRIES)))
        return [answer["messageAppend"] for answer in answers]


async def killed(server: Server) -> None:
    server.process.kill()
    await server.process.wait()


async def test_fifty_retries_and_a_killed_server_leave_one_message(url: str) -> None:
    scopes = "SESSIONS_READ,MESSAGES_READ,INGEST"
    mine = ("--workspace", f"retries {secrets.token_hex(6)}")
    await run(url, "workspace", "create", mine[1])
    made = await run(url, "keys", "create", "--name", "provider", "--scopes", scopes, *mine)
    provider = Provider(made.out.strip())

    async with server_process(url) as first:
        provider.address = first.address
        retrying = [
            asyncio.create_task(provider.retry(given)) for given in (BY_KEY, BY_MESSAGE, BY_KEY)
        ]
        await asyncio.sleep(0.3)
        await killed(first)
        async with server_process(url) as second:
            provider.address = second.address
            answers = [answer for many in await asyncio.gather(*retrying) for answer in many]
            (session,) = (await provider.ask(STORED))["sessions"]["nodes"]

    assert provider.unanswered > 0
    assert [answer["userErrors"] for answer in answers] == [[]] * 3 * RETRIES
    assert len({answer["session"]["id"] for answer in answers}) == 1
    by_key = {answer["messages"][0]["id"] for answer in answers if "m-1" not in str(answer)}
    by_message = {answer["messages"][0]["id"] for answer in answers if "m-1" in str(answer)}
    assert (len(by_key), len(by_message), session["messageCount"]) == (1, 1, 2)
    assert {message["id"] for message in session["messages"]["nodes"]} == by_key | by_message
    assert (
        sum(not answer["isReplay"] for answer in answers) <= 2
    )  # the others may have died unheard
