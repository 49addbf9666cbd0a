"""A uvicorn server that leaves a load balancer the time to notice before it stops.

Uvicorn closes its listeners and all sockets at once when it is told to stop. This one first lets
`/readyz` answer 503 for a while and closes the sockets one by one, so that their clients do not
all reconnect in the same instant.
"""

import asyncio
import random
import socket

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class DrainingServer(uvicorn.Server):
    """Serves an application whose lifespan state has a `Health` under "health"."""

    def __init__(self, config: uvicorn.Config, drain_delay: float) -> None:
        super().__init__(config)
        self._drain_delay = drain_delay

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop; a second signal cuts the drain short."""
        self.lifespan.state["health"].is_draining = True
        await self._drain()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        clock = asyncio.get_running_loop().time
        end = clock() + self._drain_delay
        while clock() < end and not self.force_exit:
            waiting = self._sockets()
            for connection in random.sample(waiting, k=min(1, len(waiting))):
                connection.shutdown()
            rest = end - clock()
            await asyncio.sleep(min(0.1, rest, rest / (len(waiting) or 1) * random.random() * 2))  # noqa: S311

    def _sockets(self) -> list[WebSocketsSansIOProtocol]:
        connections = self.server_state.connections
        return [each for each in connections if isinstance(each, WebSocketsSansIOProtocol)]
