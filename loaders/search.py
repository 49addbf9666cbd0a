"""Search: from a query to a condition on sessions, and the quick way to the first of many matches.

A search is a semi-join with the search index (`models/search_index.py`). Terms of three characters
or more are looked up by trigrams, shorter ones are compared with the text of every row: of those
that the longer terms leave, or else of all, on the slow lane.

PostgreSQL knows from its statistics how frequent a word is. Of a frequent one it walks the list in
its own order and compares the text of each session until the page is full; of a rare one it asks
the trigram index and sorts. Only the first characters of a long term are looked up, because each
trigram costs a list to read; the term as a whole is compared with what they leave.

SQLite has no such statistics and would collect all matches of a frequent word first: most sessions
perhaps. So `Searched.ways` asks the index for a few. If there are no more, they are the matches.
If there are, and the list is in order of start, then in order of key as well, because a session's
key begins with its start: the newest matches, which FTS5 gives in order of key, fill the page. Only
where further filters leave too few of them are more looked at, and in the end all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from loaders.comparison import literal
from loaders.condition import TRUE, UNINDEXED, Condition, among, every, some
from loaders.place import Place
from loaders.prepared_filter import Part, Prepared, parts
from loaders.search_field import TEXTS, readable_fields
from loaders.viewer import Viewer
from models.database import Lane
from models.enums import SearchField
from models.record import Dialect
from models.search_index import COLUMNS
from models.search_terms import search_terms
from schema.inputs.search import SearchInput
from schema.inputs.session_filter import SessionFilter

_TRIGRAM = 3
_LOOKED_UP = 16
"""Characters of a term that PostgreSQL's indexes are asked for; with fewer, ids that many others
begin like are looked for in all of those."""
_FEW = 100
"""Matches; that many can be sorted, whatever the order."""
_WIDER = 30
"""How many times more matches are looked at when the first did not fill a page."""


class Matches(NamedTuple):
    """A SELECT of keys, in parts."""

    key: str
    source: str
    where: Condition


class Start(NamedTuple):
    """Where a page starts and which way it goes."""

    key: int | None
    """Of the row before it, if any."""
    descending: bool
    wanted: int
    """Rows."""


@dataclass(frozen=True)
class Search:
    """A query and where to look; hashable, so that the matches of a page are explained together."""

    dialect: Dialect
    workspace_id: int
    terms: tuple[str, ...]
    fields: tuple[SearchField, ...]

    @classmethod
    def of(cls, viewer: Viewer, wanted: SearchInput) -> "Search":
        """Fields that were not named are left out where the viewer may not read them."""
        fields = tuple(dict.fromkeys(wanted.in_ or readable_fields(viewer)))
        return cls(viewer.dialect, viewer.workspace_id, search_terms(wanted.query), fields)

    @property
    def looks_into_messages(self) -> bool:
        """Whether what was said counts; it has an index of its own."""
        return SearchField.MESSAGE_TEXT in self.fields

    def condition(self) -> Condition:
        """Which sessions (`s`) it finds, by subqueries that do not look at the row."""
        if self.looks_into_messages:
            found = every(some(self._anywhere(term)) for term in self.terms)
        else:
            found = among_matches("s.id", self.documents(self.terms))
        return replace(found, reads=frozenset(TEXTS[field].reads for field in self.fields))

    def documents(self, terms: Sequence[str]) -> Matches:
        """The index rows, whose keys are those of the sessions, that have all the terms."""
        own = Condition("x.workspace_id = ?", (self.workspace_id,))
        if self.dialect == "postgres":
            where = every((own, *map(self._looked_up, terms)))
            return Matches("x.id", "session_search x", where)
        long = [term for term in terms if is_looked_up(term)]
        where = every((own, *(self._compared(term) for term in terms if term not in long)))
        if not long:
            return Matches("x.id", "session_search x", where)
        return Matches(
            "session_fts.rowid",
            "session_fts CROSS JOIN session_search x ON x.id = session_fts.rowid",
            Condition("session_fts MATCH ?", (self._expression(long),)) & where,
        )

    def of_sessions(self, ids: Sequence[int]) -> Condition:
        """Which of a few sessions it finds: their texts are compared, which needs no index."""
        these = Condition(among(self.dialect, "x.id"), (list(ids),))
        own = Condition("x.workspace_id = ?", (self.workspace_id,))
        where = every((these, own, *map(self._compared, self.terms)))
        return among_matches("s.id", Matches("x.id", "session_search x", where))

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(column for field in self.fields if (column := TEXTS[field].column))

    def _anywhere(self, term: str) -> Iterator[Condition]:
        """The session's own texts have the term, or something that was said has it."""
        if self._columns:
            yield among_matches("s.id", self.documents((term,)))
        if is_looked_up(term):
            said = messages(self.dialect, self.workspace_id, (term,))
            yield among_matches("s.id", said._replace(key="m.session_id"))
            return
        compared = contains(self.dialect, "fold(m.text)", term)
        yield Condition(
            'EXISTS (SELECT 1 FROM "message" m WHERE m.session_id = s.id'
            f" AND m.deleted_at IS NULL AND {compared.sql})",
            compared.parameters,
        )

    def _expression(self, terms: Sequence[str]) -> str:
        phrases = _phrases(terms)
        if len(self._columns) == len(COLUMNS):
            return phrases
        return f"{{{' '.join(self._columns)}}} : ({phrases})"

    def _compared(self, term: str) -> Condition:
        return some(contains(self.dialect, f"x.{column}", term) for column in self._columns)

    def _looked_up(self, term: str) -> Condition:
        """A term spans no columns, so that the document has it if and only if one of them does."""
        if len(self._columns) == len(COLUMNS):
            return _looked_up("x.document", term)
        return _looked_up("x.document", term[:_LOOKED_UP]) & self._compared(term)


@dataclass(frozen=True)
class Searched:
    """How the rows of a set are found by search."""

    key: str
    others: Condition
    """What else holds of the set."""
    matches: Matches | None
    """The keys that the index gives; None where that is not all the search means."""
    by_key: bool
    """Whether the set is in order of key, or of something that keys begin with."""
    search: Search | None = None

    @property
    def condition(self) -> Condition:
        """That the index gives the row."""
        return TRUE if self.matches is None else among_matches(self.key, self.matches)

    def narrowed(self, further: Condition) -> "Searched":
        """The set with a further condition."""
        return replace(self, others=self.others & further)

    def of_sessions(self, whole: Condition, ids: Sequence[int]) -> Condition:
        """The set's condition for a few of its sessions."""
        if self.search is None or self.matches is None:
            return whole
        return self.others & self.search.of_sessions(ids)

    async def ways(self, viewer: Viewer, whole: Condition, start: Start) -> list[Condition]:
        """Conditions for the rows from `start` on, to be tried until one gives the rows wanted.

        Each is the whole set's for the first rows; the last is for all of them.
        """
        matches, dialect = self.matches, viewer.dialect
        if matches is None or dialect == "postgres":
            return [whole]
        sql = f"SELECT {matches.key} FROM {matches.source} WHERE {matches.where.sql} LIMIT ?"
        found = await viewer.fetch(sql, (*matches.where.parameters, _FEW), Lane.SLOW)
        if len(found) < _FEW:
            ids = [key for (key,) in found]
            return [self.others & Condition(among(dialect, self.key), (ids,))]
        narrow = max(_FEW, 2 * start.wanted)
        sizes = (narrow, _WIDER * narrow) if self.by_key else ()
        windows = [among_matches(self.key, _first(matches, start, size)) for size in sizes]
        everything = among_matches(f"{UNINDEXED[dialect]}{self.key}", matches)
        return [self.others & condition for condition in (*windows, everything)]


def searching(place: Place, wanted: SearchInput) -> Condition:
    """The compiler of the filter's field."""
    return Search.of(place.viewer, wanted).condition()


def searched(
    viewer: Viewer, wanted: Prepared[SessionFilter] | None, others: Condition, *, by_start: bool
) -> Searched | None:
    """The first search of a filter; `others` is what the filter means besides its own."""
    for part in searches_in(viewer, wanted):
        if part.place.negated:
            continue
        search = Search.of(viewer, part.value)
        is_own = wanted is not None and part.parent is wanted.filter
        by_index = is_own and not search.looks_into_messages
        matches = search.documents(search.terms) if by_index else None
        return Searched("s.id", others, matches, by_start, search)
    return None


def searches_in(viewer: Viewer, wanted: Prepared[SessionFilter] | None) -> list[Part]:
    """Every search of a filter, wherever it nests, its own first."""
    if wanted is None:
        return []
    found = parts(wanted.place(viewer), wanted.filter)
    searches = [part for part in found if isinstance(part.value, SearchInput)]
    return sorted(searches, key=lambda part: part.parent is not wanted.filter)


def messages(dialect: Dialect, workspace_id: int, terms: Sequence[str]) -> Matches:
    """Messages (`m`), none of them deleted, that have all the terms, each of which is looked up."""
    own = Condition("m.workspace_id = ? AND m.deleted_at IS NULL", (workspace_id,))
    if dialect == "postgres":
        where = every((own, *(_looked_up("fold(m.text)", term) for term in terms)))
        return Matches("m.id", '"message" m', where)
    return Matches(
        "message_fts.rowid",
        'message_fts CROSS JOIN "message" m ON m.id = message_fts.rowid',
        Condition("message_fts MATCH ?", (_phrases(terms),)) & own,
    )


def is_looked_up(term: str) -> bool:
    """Whether it is long enough for the indexes."""
    return len(term) >= _TRIGRAM


def contains(dialect: Dialect, expression: str, term: str) -> Condition:
    """The folded text has the term in it; compared, not looked up."""
    function = "instr" if dialect == "sqlite" else "strpos"
    return Condition(f"{function}({expression}, ?) > 0", (term,))


def among_matches(key: str, matches: Matches) -> Condition:
    """`key` is one of the matches."""
    where = matches.where
    sql = f"{key} IN (SELECT {matches.key} FROM {matches.source} WHERE {where.sql})"
    return Condition(sql, where.parameters)


def _first(matches: Matches, start: Start, size: int) -> Matches:
    """So many of them from the start on, in order of key."""
    where = matches.where
    if start.key is not None:
        sign = "<" if start.descending else ">"
        where &= Condition(f"{matches.key} {sign} ?", (start.key,))
    order = f"{matches.key} {'DESC' if start.descending else 'ASC'}"
    limited = Condition(f"{where.sql} ORDER BY {order} LIMIT ?", (*where.parameters, size))
    return matches._replace(where=limited)


def _looked_up(expression: str, term: str) -> Condition:
    """For PostgreSQL's trigram indexes: the text has the term in it."""
    start = term[:_LOOKED_UP]
    asked = Condition(f"{expression} LIKE ? ESCAPE '\\'", (f"%{literal(start)}%",))
    return asked if start == term else asked & contains("postgres", expression, term)


def _phrases(terms: Sequence[str]) -> str:
    """All of them, as FTS5 takes a text for nothing but a text."""
    return " AND ".join('"{}"'.format(term.replace('"', '""')) for term in terms)
