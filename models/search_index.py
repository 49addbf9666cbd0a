"""The search index: folded text of sessions and messages, kept in step by the database itself.

`session_search` has one row per session and one column per `SearchField`, message text apart. It is
derived: one SELECT says what it holds, and triggers run that for the sessions that a write touched,
so that no writer can forget. SQLite's triggers fire per row, PostgreSQL's once per statement.

On SQLite `session_fts` and `message_fts` index three characters at a time (FTS5, trigram), so that
parts of words are found; the former reads its text from `session_search`, the latter keeps none. On
PostgreSQL trigram indexes (pg_trgm) stand on `document`, all columns in one, and on the folded text
of messages.
"""

from models.record import Dialect


def _folded(text: str) -> str:
    """SQLite's SQL for `fold`, which is Python, and asked only where the text is not plain ASCII.

    Writers would otherwise wait for the interpreter dozens of times for each session.
    """
    return f"CASE WHEN {text} GLOB '*[^ -~]*' THEN fold({text}) ELSE lower({text}) END"


COLUMNS = (
    "short_id", "external_id", "summary", "topic", "contact_name", "contact_email",
    "contact_phone", "agent_name", "comment", "metadata",
)  # fmt: skip
TABLE = "session_search"

_TEXTS = {
    "short_id": "s.short_id",
    "external_id": "s.external_id",
    "summary": "s.summary_text",
    "topic": "s.topic",
    "contact_name": "c.name",
    "contact_email": "c.email",
    "contact_phone": "c.phone",
    "agent_name": "a.name",
}
_LISTS: dict[Dialect, dict[str, str]] = {
    "sqlite": {
        "comment": (
            f"(SELECT group_concat({_folded('x.body')}, char(31)) FROM"
            " (SELECT body FROM comment WHERE session_id = s.id ORDER BY created_at, id) x)"
        ),
        "metadata": (
            "CASE WHEN s.metadata <> '{}' THEN"
            f" (SELECT group_concat({_folded('p.part')}, char(31)) FROM"
            " (SELECT key AS part FROM json_tree(s.metadata) WHERE typeof(key) = 'text' UNION ALL"
            " SELECT atom || '' FROM json_tree(s.metadata)"
            " WHERE type IN ('text', 'integer', 'real')) p) END"
        ),
    },
    "postgres": {
        "comment": (
            "(SELECT string_agg(fold(x.body), chr(31) ORDER BY x.created_at, x.id)"
            " FROM comment x WHERE x.session_id = s.id)"
        ),
        "metadata": (
            "CASE WHEN s.metadata <> '{}' THEN (SELECT fold(string_agg(p.part, chr(31))) FROM"
            " (SELECT jsonb_object_keys(j) AS part FROM jsonb_path_query(s.metadata, 'strict $.**')"
            " j WHERE jsonb_typeof(j) = 'object' UNION ALL"
            " SELECT j #>> '{}' FROM jsonb_path_query(s.metadata, 'strict $.**') j"
            " WHERE jsonb_typeof(j) IN ('string', 'number')) p) END"
        ),
    },
}
"""Several texts are joined by U+001F, which no search term contains."""

_JOINED_COLUMNS = ", ".join(COLUMNS)
_SESSION_PARTS = "short_id, external_id, summary_text, topic, metadata, contact_id, agent_id"


def statements(dialect: Dialect) -> tuple[str, ...]:
    """Tables, indexes and triggers, in the order they must run; they may run many times."""
    return _SQLITE if dialect == "sqlite" else _POSTGRES


def backfill(dialect: Dialect) -> tuple[str, ...]:
    """Index what was written before there was an index; in order of key, which FTS5 likes best."""
    sessions = _refresh(dialect, "true ORDER BY s.id")
    if dialect == "postgres":
        return (sessions,)
    return sessions, (
        f"INSERT INTO message_fts (rowid, text) SELECT id, {_folded('text')} FROM message"
        " WHERE text IS NOT NULL AND deleted_at IS NULL ORDER BY id"
    )


def _refresh(dialect: Dialect, where: str) -> str:
    """Bring the rows of some sessions (`s`) up to date."""
    folded = _folded if dialect == "sqlite" else "fold({})".format
    texts = {name: folded(text) for name, text in _TEXTS.items()} | _LISTS[dialect]
    values = ", ".join(texts[column] for column in COLUMNS)
    assigned = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS)
    return (
        f"INSERT INTO session_search (id, workspace_id, {_JOINED_COLUMNS})"
        f" SELECT s.id, s.workspace_id, {values} FROM session s"
        " JOIN contact c ON c.id = s.contact_id LEFT JOIN agent a ON a.id = s.agent_id"
        f" WHERE {where}"
        f" ON CONFLICT (id) DO UPDATE SET {assigned}"
    )


def _differ(columns: str, before: str, after: str) -> str:
    names = columns.split(", ")
    return " OR ".join(f"{before}.{name} IS NOT {after}.{name}" for name in names)


def _of(row: str, columns: str) -> str:
    return ", ".join(f"{row}.{name}" for name in columns.split(", "))


def _sqlite_trigger(name: str, event: str, *body: str, when: str = "") -> str:
    condition = f" WHEN {when}" if when else ""
    return (
        f"CREATE TRIGGER IF NOT EXISTS search_{name} AFTER {event}{condition}"
        f" BEGIN {'; '.join(body)}; END"
    )


def _sqlite_refreshing(name: str, event: str, where: str, *, when: str = "") -> str:
    return _sqlite_trigger(name, event, _refresh("sqlite", where), when=when)


_FTS_OPTIONS = "columnsize = 0, tokenize = 'trigram case_sensitive 1'"
"""The sizes serve only for ranking by relevance, and cost a row for each that is indexed."""
_OWN_SESSIONS = "s.workspace_id = NEW.workspace_id AND s.{}_id = NEW.id"
_PERSON = "name, email, phone"
_INTO_SESSION_FTS = (
    f"INSERT INTO session_fts (rowid, {_JOINED_COLUMNS})"
    f" VALUES (NEW.id, {_of('NEW', _JOINED_COLUMNS)})"
)
_OUT_OF_SESSION_FTS = (
    f"INSERT INTO session_fts (session_fts, rowid, {_JOINED_COLUMNS})"
    f" VALUES ('delete', OLD.id, {_of('OLD', _JOINED_COLUMNS)})"
)
_INTO_MESSAGE_FTS = (
    f"INSERT INTO message_fts (rowid, text) SELECT NEW.id, {_folded('NEW.text')}"
    " WHERE NEW.text IS NOT NULL AND NEW.deleted_at IS NULL"
)
_OUT_OF_MESSAGE_FTS = (
    "INSERT INTO message_fts (message_fts, rowid, text)"
    f" SELECT 'delete', OLD.id, {_folded('OLD.text')}"
    " WHERE OLD.text IS NOT NULL AND OLD.deleted_at IS NULL"
)
_SQLITE = (
    "CREATE TABLE IF NOT EXISTS session_search (id INTEGER PRIMARY KEY,"
    f" workspace_id INTEGER NOT NULL, {' TEXT, '.join(COLUMNS)} TEXT)",
    f"CREATE VIRTUAL TABLE IF NOT EXISTS session_fts USING fts5({_JOINED_COLUMNS},"
    f" content = 'session_search', content_rowid = 'id', {_FTS_OPTIONS})",
    "CREATE VIRTUAL TABLE IF NOT EXISTS message_fts USING fts5(text,"
    f" content = '', {_FTS_OPTIONS})",
    _sqlite_trigger("row_added", "INSERT ON session_search", _INTO_SESSION_FTS),
    _sqlite_trigger(
        "row_changed",
        "UPDATE ON session_search",
        _OUT_OF_SESSION_FTS,
        _INTO_SESSION_FTS,
        when=_differ(_JOINED_COLUMNS, "OLD", "NEW"),
    ),
    _sqlite_trigger("row_deleted", "DELETE ON session_search", _OUT_OF_SESSION_FTS),
    _sqlite_refreshing("session_added", "INSERT ON session", "s.id = NEW.id"),
    _sqlite_refreshing(
        "session_changed",
        f"UPDATE OF {_SESSION_PARTS} ON session",
        "s.id = NEW.id",
        when=_differ(_SESSION_PARTS, "OLD", "NEW"),
    ),
    _sqlite_trigger(
        "session_deleted", "DELETE ON session", "DELETE FROM session_search WHERE id = OLD.id"
    ),
    _sqlite_refreshing(
        "contact_changed",
        f"UPDATE OF {_PERSON} ON contact",
        _OWN_SESSIONS.format("contact"),
        when=_differ(_PERSON, "OLD", "NEW"),
    ),
    _sqlite_refreshing(
        "agent_changed",
        "UPDATE OF name ON agent",
        _OWN_SESSIONS.format("agent"),
        when=_differ("name", "OLD", "NEW"),
    ),
    _sqlite_refreshing("comment_added", "INSERT ON comment", "s.id = NEW.session_id"),
    _sqlite_refreshing("comment_changed", "UPDATE OF body ON comment", "s.id = NEW.session_id"),
    _sqlite_refreshing("comment_deleted", "DELETE ON comment", "s.id = OLD.session_id"),
    _sqlite_trigger("message_added", "INSERT ON message", _INTO_MESSAGE_FTS),
    _sqlite_trigger(
        "message_changed",
        "UPDATE OF text, deleted_at ON message",
        _OUT_OF_MESSAGE_FTS,
        _INTO_MESSAGE_FTS,
        when=_differ("text, deleted_at", "OLD", "NEW"),
    ),
    _sqlite_trigger("message_deleted", "DELETE ON message", _OUT_OF_MESSAGE_FTS),
)

_DOCUMENT = " || chr(31) || ".join(f"COALESCE({column}, '')" for column in COLUMNS)
_TRIGRAM_INDEXES = f"""
DO $indexes$
DECLARE
  operators text;
BEGIN
  SELECT format('%I.gin_trgm_ops', n.nspname) INTO operators
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
  EXECUTE format('CREATE INDEX IF NOT EXISTS session_search_document ON {TABLE}'
    ' USING gin (document %s) WITH (gin_pending_list_limit = 256)', operators);
  EXECUTE format('CREATE INDEX IF NOT EXISTS message_search_text ON message'
    ' USING gin (fold(text) %s) WITH (gin_pending_list_limit = 1024)'
    ' WHERE deleted_at IS NULL', operators);
END $indexes$
"""
"""The extension may live in any schema, which the search path need not name.

New entries wait in a list that every search reads to its end: the limits (kB) keep it short.
"""


def _postgres_function(name: str, body: str, returns: str = "trigger", takes: str = "") -> str:
    """Names are looked up where they were when the function was made, whoever writes."""
    return (
        f"CREATE OR REPLACE FUNCTION {name}({takes}) RETURNS {returns} LANGUAGE plpgsql"
        f" SET search_path FROM CURRENT AS $body$ BEGIN {body} END $body$"
    )


def _postgres_trigger(name: str, event: str, table: str, work: str) -> tuple[str, str]:
    """A trigger that runs once per statement; `before` and `after` have the rows it wrote."""
    transitions = {"INSERT": "NEW TABLE AS after", "DELETE": "OLD TABLE AS before"}
    rows = transitions.get(event, "OLD TABLE AS before NEW TABLE AS after")
    return (
        _postgres_function(f"search_{name}", f"{work}; RETURN NULL;"),
        f"CREATE OR REPLACE TRIGGER search_{name} AFTER {event} ON {table}"
        f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION search_{name}()",
    )


def _postgres_refreshing(name: str, event: str, table: str, ids: str) -> tuple[str, str]:
    return _postgres_trigger(name, event, table, f"PERFORM search_refresh(ARRAY({ids}))")


def _changed(columns: str) -> str:
    return (
        "before b JOIN after n ON n.id = b.id"
        f" AND ({_of('b', columns)}) IS DISTINCT FROM ({_of('n', columns)})"
    )


def _sessions_of_changed(owner: str, columns: str) -> str:
    return (
        f"SELECT s.id FROM {_changed(columns)} JOIN session s"
        f" ON s.workspace_id = n.workspace_id AND s.{owner}_id = n.id"
    )


_POSTGRES = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (id BIGINT PRIMARY KEY, workspace_id BIGINT NOT NULL,"
    f" {' TEXT, '.join(COLUMNS)} TEXT,"
    f" document TEXT NOT NULL GENERATED ALWAYS AS ({_DOCUMENT}) STORED)",
    _TRIGRAM_INDEXES,
    # Another writer of the same session has to be waited for before its comments can be seen.
    _postgres_function(
        "search_refresh",
        "IF cardinality(ids) = 0 THEN RETURN; END IF;"
        f" PERFORM 1 FROM {TABLE} WHERE id = ANY(ids) ORDER BY id FOR UPDATE;"
        f" {_refresh('postgres', 's.id = ANY(ids)')};",
        returns="void",
        takes="ids bigint[]",
    ),
    *_postgres_refreshing("session_added", "INSERT", "session", "SELECT id FROM after"),
    *_postgres_refreshing(
        "session_changed", "UPDATE", "session", f"SELECT n.id FROM {_changed(_SESSION_PARTS)}"
    ),
    *_postgres_trigger(
        "session_deleted",
        "DELETE",
        "session",
        f"DELETE FROM {TABLE} WHERE id IN (SELECT id FROM before)",
    ),
    *_postgres_refreshing(
        "contact_changed", "UPDATE", "contact", _sessions_of_changed("contact", _PERSON)
    ),
    *_postgres_refreshing(
        "agent_changed", "UPDATE", "agent", _sessions_of_changed("agent", "name")
    ),
    *_postgres_refreshing(
        "comment_added", "INSERT", "comment", "SELECT DISTINCT session_id FROM after"
    ),
    *_postgres_refreshing(
        "comment_changed", "UPDATE", "comment", "SELECT DISTINCT session_id FROM after"
    ),
    *_postgres_refreshing(
        "comment_deleted", "DELETE", "comment", "SELECT DISTINCT session_id FROM before"
    ),
)
