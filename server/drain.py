"""A uvicorn server that leaves a load balancer the time to notice before it stops.

Uvicorn closes its listeners and all sockets at once when it is told to stop. This one first lets
`/readyz` answer 503 for a while and ends sockets and event streams one by one, so that their
clients do not all reconnect in the same instant.
"""

import asyncio
import random
import socket
from typing import TypedDict, cast

import uvicorn
from uvicorn.supervisors import multiprocess

from server.connections import Connections, Ending
from server.health import Health

_STEP = 0.1  # seconds; how soon a second signal is noticed


class State(TypedDict):
    """What the lifespan of an application hands to the server that runs it."""

    health: Health
    connections: Connections
    drain_delay: float
    """Seconds between the signal and the end of serving."""


class DrainingServer(uvicorn.Server):
    """Serves an application whose lifespan state is a `State`."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop; a second signal cuts the drain short."""
        state = cast("State", self.lifespan.state)
        state["health"].is_draining = True
        end = asyncio.get_running_loop().time() + state["drain_delay"]
        await self._drain(state["connections"], end)
        await super().shutdown(sockets)

    async def _drain(self, connections: Connections, end: float) -> None:
        clock = asyncio.get_running_loop().time
        waiting = connections.stop()
        random.shuffle(waiting)
        while clock() < end and not self.force_exit:
            pause = min(_STEP, end - clock())
            if waiting:
                share = (end - clock()) / len(waiting)
                pause = min(pause, share * random.random())  # noqa: S311  # nothing to guess here
                connections.end(waiting.pop(), Ending.RESTART)
            await asyncio.sleep(pause)
        for held in waiting:
            connections.end(held, Ending.RESTART)


class DrainingWorker(multiprocess.Process):
    """One of several server processes."""

    @property
    def server(self) -> uvicorn.Server:
        """What runs in it."""
        if self._server is None:
            self._server = DrainingServer(self.config)
        return self._server


def run_workers(config: uvicorn.Config, listener: socket.socket) -> None:
    """Serve by `config.workers` processes, which drain as a single one does."""
    multiprocess.Process = DrainingWorker  # type: ignore[misc]  # uvicorn takes no other way
    multiprocess.Multiprocess(config, [listener]).run()
