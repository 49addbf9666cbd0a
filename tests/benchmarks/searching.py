"""Searching among very many sessions, beside LIKE over the texts themselves.

What is timed is a page of the list, from the input to decoded rows. LIKE finds less (it folds
neither accents nor, beyond ASCII, case) and is told where to look for the word.
"""

from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping

from loaders.keyset import PageArguments, read_page
from loaders.prepared_filter import prepared
from loaders.session_filter import sessions_of
from loaders.viewer import Viewer
from models.session import Session
from schema.inputs.search import SearchInput
from schema.inputs.session_filter import SessionFilter
from tests.benchmarks.reads import PAGE, Read, Samples, page_by_hand, spreads, tables
from tests.benchmarks.tables import Goal, Table
from tests.benchmarks.workbench import Workbench

_ABSENT = "zzqqxx"
_RARE = 5
"""Characters."""
_QUICK_SECONDS = 0.005
_SHORT_SECONDS = 0.2
_TEXTS = (
    "s.short_id", "s.external_id", "s.summary_text", "s.topic", "s.metadata", "c.name", "c.email",
    "c.phone", "a.name",
)  # fmt: skip
_ANYWHERE = (
    " AND s.id IN (SELECT s.id FROM session s JOIN contact c ON c.id = s.contact_id"
    " LEFT JOIN agent a ON a.id = s.agent_id WHERE s.workspace_id = {workspace} AND ({texts}))"
)


def searching(bench: Workbench) -> Iterator[Table]:
    """For each database, milliseconds per page and then the goals."""
    return tables("Searching", bench, _reads, _goals)


async def _reads(viewer: Viewer) -> Mapping[str, Read]:
    external_id, email, person = await _texts(viewer)
    rare = await _rarest_name(viewer)
    return {
        "a frequent word": lambda: _found(viewer, "assistant"),
        "a part of a frequent word": lambda: _found(viewer, "taurant"),
        "one e-mail": lambda: _found(viewer, email),
        "a name": lambda: _found(viewer, person.split()[0]),
        "two words": lambda: _found(viewer, person),
        "a rare word": lambda: _found(viewer, rare),
        "an absent word": lambda: _found(viewer, _ABSENT),
        "an id of frequent trigrams": lambda: _found(viewer, external_id),
        "two frequent characters": lambda: _found(viewer, "re"),
        "two absent characters": lambda: _found(viewer, "zq"),
        "a rare word, by LIKE": lambda: _by_like(viewer, rare),
        "an absent word, by LIKE": lambda: _by_like(viewer, _ABSENT),
    }


async def _texts(viewer: Viewer) -> tuple[str, str, str]:
    """The external id, e-mail and name of one session and its contact."""
    sql = (
        "SELECT s.external_id, c.email, c.name FROM session s JOIN contact c ON c.id = s.contact_id"
        " WHERE s.workspace_id = ? AND s.external_id IS NOT NULL AND c.email IS NOT NULL"
        " ORDER BY s.id LIMIT 1"
    )
    [(external_id, email, name)] = await viewer.fetch(sql, (viewer.workspace_id,))
    return external_id, email, name


async def _rarest_name(viewer: Viewer) -> str:
    """A part of a contact's name that the fewest have."""
    sql = "SELECT name FROM contact WHERE workspace_id = ? AND name IS NOT NULL"
    names = await viewer.fetch(sql, (viewer.workspace_id,))
    parts = Counter(part for (name,) in names for part in name.split() if len(part) >= _RARE)
    return str(min(parts, key=lambda part: (parts[part], part)))


async def _found(viewer: Viewer, query: str) -> object:
    wanted = await prepared(viewer, SessionFilter(search=SearchInput(query=query)))
    return await read_page(viewer, sessions_of(viewer, wanted), PageArguments(first=PAGE))


def _by_like(viewer: Viewer, query: str) -> Awaitable[list[Session]]:
    cast = "::text" if viewer.dialect == "postgres" else ""
    texts = " OR ".join(f"{text}{cast} LIKE ?" for text in _TEXTS)
    where = _ANYWHERE.format(workspace=viewer.workspace_id, texts=texts)
    return page_by_hand(viewer, where, (f"%{query}%",) * len(_TEXTS))


def _goals(samples: Samples) -> Iterator[Goal]:
    seconds = spreads(samples)
    others = ("characters", "LIKE", "an id")
    quick = [name for name in samples if not any(part in name for part in others)]
    slowest = max((seconds[name] for name in quick), key=lambda one: one.median)
    yield Goal("slowest from three characters on, s", slowest, limit=_QUICK_SECONDS, decimals=4)
    short = max(
        (seconds[name] for name in samples if "characters" in name), key=lambda one: one.median
    )
    yield Goal("slowest of two characters, s", short, limit=_SHORT_SECONDS, decimals=4)
    for word in ("a rare word", "an absent word"):
        yield Goal(f"LIKE / search, {word}", seconds[f"{word}, by LIKE"] / seconds[word], 100)
