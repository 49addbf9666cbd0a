"""The sessions that benchmarks import: a real corpus beside the checkout, else the demo's.

A file with fewer sessions than are wanted is repeated under new external ids, so that every
benchmark runs at any size wherever the checkout is.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import orjson

CHECKOUT = Path(__file__).parents[2]
REAL = CHECKOUT.parent / "shared" / "data" / "sessions.ndjson.gz"
_DEMO = CHECKOUT / "server" / "demo" / "sessions.ndjson"
_DEMO_SESSIONS = 12_000
"""Enough for two hundred timeline pages."""


@dataclass(frozen=True)
class Corpus:
    """One plain NDJSON file of `SessionIngestInput`."""

    path: Path
    source: str
    sessions: int
    messages: int


def write_corpus(path: Path, source: Path | None = None, sessions: int | None = None) -> Corpus:
    """Write so many sessions of the source to a plain file; by default, all of a real one."""
    chosen = source or (REAL if REAL.exists() else _DEMO)
    if sessions is None and chosen == _DEMO:
        sessions = _DEMO_SESSIONS
    documents = _once(chosen) if sessions is None else islice(_repeated(chosen), sessions)
    written = messages = 0
    with path.open("wb") as target:
        for document in documents:
            target.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
            written += 1
            messages += len(document.get("messages", ()))
    return Corpus(path, chosen.name, written, messages)


def _repeated(source: Path) -> Iterator[dict[str, Any]]:
    for copy in count():
        for document in _once(source):
            if copy:
                document["start"]["externalId"] += f"-{copy}"
            yield document


def _once(source: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as lines:
        for line in lines:
            yield orjson.loads(line)
