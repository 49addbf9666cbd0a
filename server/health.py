"""Probes: whether the process lives, and whether it should be sent requests."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_DEADLINE = 1.0  # seconds; a probe that waits longer than its caller tells nothing

log = structlog.get_logger(__name__)


class Health:
    """Knows what the process needs to be of use, and when it is about to stop."""

    def __init__(self, **checks: Callable[[], Awaitable[object]]) -> None:
        self.is_draining = False
        self._checks = checks

    def routes(self) -> list[BaseRoute]:
        """/livez and /readyz."""
        return [Route("/livez", self._live), Route("/readyz", self._ready)]

    async def _live(self, _request: Request) -> Response:
        return _json(200, {"status": "live"})

    async def _ready(self, _request: Request) -> Response:
        if self.is_draining:
            return _json(503, {"status": "draining"})
        failed = [name for name, check in self._checks.items() if not await _passes(name, check)]
        if failed:
            return _json(503, {"status": "unready", "failed": failed})
        return _json(200, {"status": "ready"})


async def _passes(name: str, check: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(_DEADLINE):
            await check()
    except Exception as error:
        log.warning("check_failed", check=name, error=repr(error))
        return False
    return True


def _json(status: int, body: dict[str, object]) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        {"Cache-Control": "no-store"},
        media_type="application/json",
    )
