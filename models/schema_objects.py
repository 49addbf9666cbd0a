"""Indexes, triggers and functions that Tortoise cannot declare, re-applied after every migration.

On SQLite a migration may rebuild a table, and what was made by hand on the old one is gone with
it; so every statement here is idempotent and all of them run each time `migrate` does.
"""

from models import search_index
from models.fold_postgres import fold_function
from models.record import Dialect

NULLS_FIRST_INSTANT: dict[Dialect, str] = {"sqlite": "-1", "postgres": "'-infinity'::timestamptz"}
"""What an absent instant sorts as: below every instant there can be."""

_OPEN_SESSIONS = """
CREATE INDEX IF NOT EXISTS session_open ON "session" ("workspace_id", "started_at", "id")
WHERE "ended_at" IS NULL
"""
_LISTED_SESSIONS = """
CREATE INDEX IF NOT EXISTS session_listed ON "session" ("workspace_id", "started_at", "id")
WHERE NOT "is_archived"
"""
_TODO_SESSIONS = """
CREATE INDEX IF NOT EXISTS session_todo ON "session" ("workspace_id", "started_at", "id")
WHERE "is_todo"
"""
_ROUTING = """
CREATE INDEX IF NOT EXISTS session_routing ON "session" ("contact_id", "channel_type")
WHERE "ended_at" IS NULL
"""
_DUE_SESSIONS = """
CREATE INDEX IF NOT EXISTS session_due ON "session" ("next_transition_at", "id")
WHERE "next_transition_at" IS NOT NULL
"""
_TO_PURGE = """
CREATE INDEX IF NOT EXISTS session_to_purge ON "session" ("workspace_id", "ended_at", "id")
WHERE "messages_purged_at" IS NULL AND "ended_at" IS NOT NULL
"""
_TO_ANALYZE = """
CREATE INDEX IF NOT EXISTS session_to_analyze ON "session" ("analysis_due_at", "id")
WHERE "analysis_due_at" IS NOT NULL
"""
_MERGED_CONTACTS = """
CREATE INDEX IF NOT EXISTS contact_merged ON "contact" ("merged_into_id")
WHERE "merged_into_id" IS NOT NULL
"""
_CHANGED_VALUES = """
CREATE INDEX IF NOT EXISTS change_of_entity ON "change" ("entity_id", "seq")
"""
_DURATION_ORDER = """
CREATE INDEX IF NOT EXISTS session_duration_order
ON "session" ("workspace_id", COALESCE("duration_ms", -1), "id")
"""
_ONE_CONVERSATION = """
CREATE UNIQUE INDEX IF NOT EXISTS conversation_without_thread
ON "conversation" ("contact_id", "channel_type", COALESCE("channel_id", 0))
WHERE "external_id" IS NULL
"""
_ONE_AGENT_NAME = """
CREATE UNIQUE INDEX IF NOT EXISTS agent_without_external_id
ON "agent" ("workspace_id", "kind", "name")
WHERE "external_id" IS NULL
"""


def statements(dialect: Dialect) -> tuple[str, ...]:
    """In the order they must run."""
    ended_at = NULLS_FIRST_INSTANT[dialect]
    ended_order = f"""
CREATE INDEX IF NOT EXISTS session_ended_order
ON "session" ("workspace_id", COALESCE("ended_at", {ended_at}), "id")
"""
    functions = (fold_function(),) if dialect == "postgres" else ()
    return (
        *functions,
        _OPEN_SESSIONS,
        _LISTED_SESSIONS,
        _TODO_SESSIONS,
        _ROUTING,
        _DUE_SESSIONS,
        _TO_PURGE,
        _TO_ANALYZE,
        _MERGED_CONTACTS,
        _CHANGED_VALUES,
        _DURATION_ORDER,
        ended_order,
        _ONE_CONVERSATION,
        _ONE_AGENT_NAME,
        *search_index.statements(dialect),
    )
