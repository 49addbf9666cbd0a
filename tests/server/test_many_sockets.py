"""Ten thousand sockets from one key: those within the limit are served, the process stays well."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from models.database import Database
from models.database_url import DatabaseUrl
from models.migrate import migrate
from resolvers.administration import create_key, create_workspace
from tests.server.process import server_process
from tests.server.sockets import connected, hear, init, subscribe
from tests.server.test_stuck import HANDSHAKE, frame

ATTEMPTS = 10_000
LIMIT = 1_000
AT_ONCE = 50


@pytest.mark.slow
async def test_ten_thousand_sockets_of_one_key_leave_the_process_healthy(tmp_path: Path) -> None:
    url = DatabaseUrl.parse(f"sqlite://{tmp_path}/test.db")
    await migrate(url)
    async with Database(url) as database:
        workspace = await create_workspace(database, "test")
        key = await create_key(database, workspace, "many", ())
        other = await create_key(database, workspace, "other", ())
    outcomes: list[bytes] = []
    held: list[asyncio.Task[None]] = []

    async def attempts(address: str) -> None:
        for _ in range(ATTEMPTS // AT_ONCE):
            outcome, reader, writer = await attempt(address, key)
            outcomes.append(outcome)
            if outcome == b"ack":
                held.append(asyncio.create_task(answer_pings(reader, writer)))
            else:
                writer.close()

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(server_process(f"sqlite://{tmp_path}/test.db"))
        address = server.address
        await asyncio.gather(*(attempts(address) for _ in range(AT_ONCE)))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=f"http://{address}"))
        socket = await stack.enter_async_context(connected(address))
        await init(socket, {"authorization": f"Bearer {other}"})
        await subscribe(socket, "{ viewer { __typename } }")

        assert (await hear(socket))["type"] == "next"
        assert (await client.get("/readyz")).status_code == 200
        assert server.process.returncode is None
        assert not [task for task in held if task.done()]
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    assert (outcomes.count(b"ack"), outcomes.count(b"4429")) == (LIMIT, ATTEMPTS - LIMIT)


async def attempt(
    address: str, key: str
) -> tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter]:
    """`ack`, or the close code."""
    host, _colon, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HANDSHAKE.format(host=address).encode())
    await reader.readuntil(b"\r\n\r\n")
    authorization = {"authorization": f"Bearer {key}"}
    writer.write(frame({"type": "connection_init", "payload": authorization}))
    kind, length = await reader.readexactly(2)
    body = await reader.readexactly(length)
    is_close = kind == 0x88
    outcome = b"%d" % int.from_bytes(body[:2], "big") if is_close else b"ack"
    return outcome, reader, writer


async def answer_pings(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Keep a socket open that has nothing to say; ends with it."""
    try:
        while True:
            kind, length = await reader.readexactly(2)
            payload = await reader.readexactly(length)
            assert kind == 0x89
            writer.write(b"\x8a" + bytes([0x80 | length]) + bytes(4) + payload)
    finally:
        writer.close()
