"""Runs one of the servers that the application is compared with, as the application itself runs.

One process, one worker, the same uvicorn options and collector. The database comes from the
settings, the address from `--port`.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer
import uvicorn
from starlette.applications import Starlette

from models.database_url import DatabaseUrl
from server.app import uvicorn_options
from server.process import tune_collector
from server.settings import Settings
from tests.benchmarks.fanout_peer import stock
from tests.benchmarks.floor import floor
from tests.benchmarks.naive import naive, naive_with_caches


class Contender(StrEnum):
    """Which server."""

    FLOOR = "floor"
    NAIVE = "naive"
    NAIVE_WITH_CACHES = "naive-with-caches"
    FANOUT_PEER = "fanout-peer"


def main(
    contender: Contender,
    port: Annotated[int, typer.Option()],
    cursor_mark: Annotated[
        str, typer.Option(help="What the application's cursors begin with.")
    ] = "",
) -> None:
    """Serve until stopped."""
    settings = Settings(port=port)
    build: dict[Contender, Callable[[DatabaseUrl], Starlette]] = {
        Contender.FLOOR: partial(floor, cursor_mark=cursor_mark),
        Contender.NAIVE: naive,
        Contender.NAIVE_WITH_CACHES: naive_with_caches,
        Contender.FANOUT_PEER: stock,
    }

    def application() -> Starlette:
        app = build[contender](settings.database_url)
        tune_collector()
        return app

    uvicorn.run(application, factory=True, **uvicorn_options(settings))


if __name__ == "__main__":
    typer.run(main)
