"""A running server that takes part in a comparison, and what a slice of load on it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from tests.benchmarks.load import Load, Outcome, drive
from tests.benchmarks.processes import HOST, Server

_PATIENCE = 60.0
"""Seconds for one answer on a busy machine."""


@dataclass(frozen=True)
class Sample:
    """One slice of load on one server."""

    outcome: Outcome
    cpu_seconds: float

    @property
    def throughput(self) -> float:
        """Requests per second."""
        return self.outcome.requests / self.outcome.seconds

    @property
    def cpu(self) -> float:
        """Milliseconds of the server's CPU per request."""
        return self.cpu_seconds / self.outcome.requests * 1000

    @property
    def generator_share(self) -> float:
        """How much of a core the load generator used."""
        return self.outcome.generator_cpu_seconds / self.outcome.seconds


@dataclass(frozen=True)
class Contender:
    """One server and its door."""

    server: Server
    path: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def ask(self, body: str) -> dict[str, Any]:
        """The member `data` of the answer to one request."""
        url = f"http://{HOST}:{self.server.port}{self.path}"
        headers = {"Content-Type": "application/json", **self.headers}
        response = httpx2.post(url, content=body, headers=headers, timeout=_PATIENCE)
        answer: dict[str, Any] = orjson.loads(response.raise_for_status().content)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def sample(self, body: str, seconds: float) -> Sample:
        """Load the server with one request, repeated."""
        before = self.server.cpu_seconds()
        outcome = drive(Load(HOST, self.server.port, self.path, self.headers, body, seconds))
        return Sample(outcome, self.server.cpu_seconds() - before)
