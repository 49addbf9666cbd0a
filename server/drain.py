"""A uvicorn server that leaves a load balancer the time to notice before it stops.

Uvicorn closes its listeners and all sockets at once when it is told to stop. This one first lets
`/readyz` answer 503 for a while and closes the sockets one by one, so that their clients do not
all reconnect in the same instant.
"""

import asyncio
import random
import socket
from contextlib import suppress

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

_STEP = 0.1  # seconds; how soon a second signal is noticed


class DrainingServer(uvicorn.Server):
    """Serves an application whose lifespan state has a `Health` under "health"."""

    def __init__(self, config: uvicorn.Config, drain_delay: float) -> None:
        super().__init__(config)
        self._drain_delay = drain_delay

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop; a second signal cuts the drain short."""
        self.lifespan.state["health"].is_draining = True
        await self._drain(asyncio.get_running_loop().time() + self._drain_delay)
        await super().shutdown(sockets)

    async def _drain(self, end: float) -> None:
        clock = asyncio.get_running_loop().time
        waiting = self._sockets()
        random.shuffle(waiting)
        while clock() < end and not self.force_exit:
            pause = min(_STEP, end - clock())
            if waiting:
                share = (end - clock()) / len(waiting)
                pause = min(pause, share * random.random())  # noqa: S311  # nothing to guess here
                self._close(waiting.pop())
            await asyncio.sleep(pause)

    def _sockets(self) -> list[WebSocketsSansIOProtocol]:
        connections = self.server_state.connections
        return [each for each in connections if isinstance(each, WebSocketsSansIOProtocol)]

    def _close(self, connection: WebSocketsSansIOProtocol) -> None:
        with suppress(InvalidState):  # the client was closing it in this moment
            if connection in self.server_state.connections:
                connection.shutdown()
