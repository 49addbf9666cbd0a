"""Why sessions matched a search: in which fields, and how the text around the first word reads.

The originals of the fields that were searched are read for all sessions of a page at once. What a
search may not look into is not read, so that a snippet shows nothing its reader may not see.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from loaders.batch import grouped
from loaders.condition import UNINDEXED, Condition, among, some
from loaders.keyset import Found
from loaders.search import Search, contains
from loaders.search_field import TEXTS
from loaders.viewer import Viewer
from models.database import Lane
from models.enums import SearchField
from models.text import fold

_SNIPPET = 120
"""Characters, words at its ends left whole and ellipses aside."""
_LONGEST_WORD = 30
"""Characters; in what is longer, and in scripts without spaces, a snippet begins anywhere."""
_ELLIPSIS = "…"


@dataclass(frozen=True)
class Match:
    """The fields in which a term was found, in the order of the search."""

    fields: list[SearchField]
    snippet: str | None


async def matches_of(viewer: Viewer, keys: Sequence[Found]) -> list[Match]:
    """One statement for each search among the keys, which is one for a page."""
    by_search: defaultdict[Search, list[int]] = defaultdict(list)
    for search, session_id in keys:
        by_search[search].append(session_id)
    found: dict[Found, Match] = {}
    for search, ids in by_search.items():
        texts = grouped(ids, await _texts(viewer, search, ids), lambda row: row[0])
        for session_id, rows in zip(ids, texts, strict=True):
            found[Found(search, session_id)] = _match(search, rows)
    return [found[key] for key in keys]


async def _texts(
    viewer: Viewer, search: Search, ids: Sequence[int]
) -> Sequence[tuple[int, int, str]]:
    """Session, place of the field in the search, and text."""
    parts = [_part(search, place, ids) for place in range(len(search.fields))]
    sql = " UNION ALL ".join(part.sql for part in parts)
    parameters = [value for part in parts for value in part.parameters]
    rows = await viewer.fetch(sql, parameters, Lane.SLOW)
    return [(session_id, place, text) for session_id, place, text in rows]


def _part(search: Search, place: int, ids: Sequence[int]) -> Condition:
    """A SELECT of one field's texts; of messages only those with one of the terms."""
    field = search.fields[place]
    texts = TEXTS[field]
    own = f"{UNINDEXED[search.dialect]}{texts.workspace} = ?"
    where = Condition(
        f"{among(search.dialect, texts.session)} AND {own} AND {texts.text} IS NOT NULL",
        (list(ids), search.workspace_id),
    )
    if field is SearchField.MESSAGE_TEXT:
        folded = f"fold({texts.text})"
        where &= Condition("t.deleted_at IS NULL")
        where &= some(contains(search.dialect, folded, term) for term in search.terms)
    return Condition(
        f"SELECT {texts.session}, {place}, CAST({texts.text} AS TEXT) FROM {texts.source}"
        f" WHERE {where.sql}",
        where.parameters,
    )


def _match(search: Search, rows: Sequence[tuple[int, int, str]]) -> Match:
    matched: dict[int, str] = {}
    for _session, place, text in sorted(rows):
        for part in _leaves(text) if search.fields[place] is SearchField.METADATA else (text,):
            snippet = snippet_of(part, search.terms) if place not in matched else None
            if snippet is not None:
                matched[place] = snippet
    fields = [search.fields[place] for place in matched]
    return Match(fields, next(iter(matched.values()), None))


def _leaves(text: str) -> Iterator[str]:
    """The keys, texts and numbers of metadata, as the index has them."""
    pending: list[Any] = [orjson.loads(text)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            yield from members
            pending += reversed(members.values())
        elif isinstance(value, list):
            pending += reversed(cast("list[object]", value))
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield str(value)


def snippet_of(text: str, terms: Sequence[str]) -> str | None:
    """The text around the first of the terms that it has; None when it has none of them."""
    folded = fold(text)
    places = [(place, term) for term in terms if (place := folded.find(term)) >= 0]
    if not places:
        return None
    place, term = min(places)
    start, end = _original(text, place), _original(text, place + len(term) - 1) + 1
    around = max(_SNIPPET - (end - start), 0)
    first = max(min(start - around // 2, len(text) - _SNIPPET), 0)
    last = min(max(end, first + _SNIPPET), len(text))
    first, last = _word_start(text, first, start), _word_end(text, last, end)
    shown = " ".join(text[first:last].split())
    return (_ELLIPSIS if first else "") + shown + (_ELLIPSIS if last < len(text) else "")


def _original(text: str, place: int) -> int:
    """Where in the text the character stands that became the folded text's at a place."""
    if text.isascii():
        return place
    length = 0
    for index, character in enumerate(text):
        length += len(fold(character))
        if length > place:
            return index
    return len(text) - 1


def _word_start(text: str, place: int, latest: int) -> int:
    """The start of the first whole word from a place on; the place where there is none."""
    if place == 0 or text[place - 1].isspace():
        return place
    places = range(place, min(latest, place + _LONGEST_WORD))
    return next((i + 1 for i in places if text[i].isspace()), place)


def _word_end(text: str, place: int, earliest: int) -> int:
    """The end of the last whole word up to a place; the place where there is none."""
    if place == len(text) or text[place].isspace():
        return place
    places = range(place - 1, max(earliest, place - _LONGEST_WORD) - 1, -1)
    return next((i for i in places if text[i].isspace()), place)
