"""A real HTTP server on the loopback that answers as analyzers do, well and badly."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn

Answer = Callable[["StandIn", Any], Awaitable[tuple[int, bytes]]]

GOOD = {
    "provider": "stand-in",
    "model": "m-1",
    "summary": "All is well.",
    "sentiment": "POSITIVE",
    "sentimentScore": 0.5,
    "labels": ["Refund", "Unknown"],
}


async def _good(_server: "StandIn", _send: Any) -> tuple[int, bytes]:
    return 200, orjson.dumps(GOOD)


async def _flaky(server: "StandIn", _send: Any) -> tuple[int, bytes]:
    return (503, b"") if server.asked["/flaky"] < 3 else (200, orjson.dumps(GOOD))


async def _slow(_server: "StandIn", _send: Any) -> tuple[int, bytes]:
    await asyncio.sleep(30)
    return 200, orjson.dumps(GOOD)


async def _broken(_server: "StandIn", _send: Any) -> tuple[int, bytes]:
    return 500, b"oh no"


async def _switched(server: "StandIn", _send: Any) -> tuple[int, bytes]:
    return (200, orjson.dumps(GOOD)) if server.is_well else (500, b"")


async def _held(server: "StandIn", _send: Any) -> tuple[int, bytes]:
    while not server.is_well:  # noqa: ASYNC110  # set by the test
        await asyncio.sleep(0.01)
    return 200, orjson.dumps(GOOD)


def _saying(body: bytes, status: int = 200) -> Answer:
    async def answer(_server: "StandIn", _send: Any) -> tuple[int, bytes]:
        return status, body

    return answer


def completion(content: str) -> bytes:
    """A chat completion as OpenAI's service sends it."""
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return orjson.dumps({"id": "c-1", "model": "small-2026", "choices": [choice], "usage": {}})


_ANSWERS: dict[str, Answer] = {
    "/good": _good,
    "/flaky": _flaky,
    "/slow": _slow,
    "/broken": _broken,
    "/switched": _switched,
    "/held": _held,
    "/misfit": _saying(b'{"customFields": [{"key": "size", "value": "two"}]}'),
    "/garbage": _saying(b"<html>"),
    "/empty": _saying(b""),
    "/wrong": _saying(b'{"summary": 5, "sentiment": "SAD", "sentimentScore": 7}'),
    "/unknown": _saying(b'{"summry": "x"}'),
    "/list": _saying(b"[]"),
    "/huge": _saying(b'{"summary": "' + b"x" * 2_000_000 + b'"}'),
    "/nan": _saying(b'{"sentimentScore": NaN}'),
    "/refused": _saying(b"", 401),
    "/moved": _saying(b"", 302),
    "/chat": _saying(completion('{"summary": "All is well.", "topic": "Refunds"}')),
    "/chat-prose": _saying(completion("The summary is that all is well.")),
    "/chat-empty": _saying(b'{"choices": []}'),
}


@dataclass
class StandIn:
    """What was asked, by path, and where it listens."""

    asked: Counter[str] = field(default_factory=Counter[str])
    bodies: list[Any] = field(default_factory=list[Any])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    is_well: bool = False
    port: int = 0

    def url(self, path: str) -> str:
        """Of one behaviour."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.asked[scope["path"]] += 1
        self.bodies.append(orjson.loads(body))
        self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})
        status, answer = await _ANSWERS[scope["path"]](self, send)
        where = [(b"location", self.url("/good").encode())] if status == 302 else []
        await send({"type": "http.response.start", "status": status, "headers": where})
        await send({"type": "http.response.body", "body": answer})


@asynccontextmanager
async def standing_in() -> AsyncGenerator[StandIn]:
    """A server while the block lasts."""
    app = StandIn()
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    app.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield app
    finally:
        server.should_exit = True
        server.force_exit = True
        await running
