"""Fixtures of the doors: one probe behind an application that serves a whole module's tests."""

from collections.abc import Iterator

import pytest

from tests.server.small_app import Probe


@pytest.fixture(scope="module")
def shared_probe() -> Probe:
    return Probe()


@pytest.fixture
def probe(shared_probe: Probe) -> Probe:
    shared_probe.reset()
    return shared_probe


@pytest.fixture
def no_crash(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a client sends, no handler and no task dies of it."""
    yield
    crashes = [record for record in caplog.records if record.name in {"uvicorn.error", "asyncio"}]
    assert [record.getMessage() for record in crashes if record.levelname == "ERROR"] == []
