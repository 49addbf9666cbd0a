"""The floor of an import on SQLite: parse the same file and insert the same rows, nothing else.

A process of its own, as the import is. It reads the rows from a database that has been imported
into; what it times is orjson over the lines and `executemany` into the migrated, empty database
of the settings, in the same batches, order and transactions, with every index in place; the search
index too, which the database's own triggers write.
"""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from models.text import fold
from server.process import tune_collector
from server.settings import Settings
from workers.imports import BATCH_SESSIONS

Row = tuple[Any, ...]
Key = tuple[str, str]
_TO_COPY = " AND ".join(
    f"name NOT LIKE '{pattern}'"
    for pattern in ("sqlite_%", "tortoise_%", "session_search", "session_fts%", "message_fts%")
)


class Origin:
    """The rows to insert, in the order of the tables' creation, which is parents first."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(path)
        sql = f"SELECT name FROM sqlite_master WHERE type = 'table' AND {_TO_COPY} ORDER BY rowid"
        self.shared: dict[str, list[Row]] = {}
        """Rows of no session, by table."""
        self.of_sessions: dict[str, dict[int, list[Row]]] = {}
        """Rows of each session, by table and the session's id."""
        for (table,) in connection.execute(sql).fetchall():
            self._read(connection, table)
        ids = connection.execute("SELECT source, external_id, id FROM session")
        self.ids: dict[Key, int] = {(source, external): key for source, external, key in ids}
        connection.close()

    def _read(self, connection: sqlite3.Connection, table: str) -> None:
        rows = connection.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in rows.description]
        owner = "id" if table == "session" else "session_id"
        if owner not in names:
            self.shared[table] = rows.fetchall()
            return
        place = names.index(owner)
        grouped: defaultdict[int, list[Row]] = defaultdict(list)
        for row in rows:
            grouped[row[place]].append(row)
        self.of_sessions[table] = grouped


def main(
    corpus: Annotated[Path, typer.Argument(help="Plain NDJSON.")],
    origin: Annotated[Path, typer.Argument(help="SQLite file that has been imported into.")],
) -> None:
    """Print the seconds that it took, and those of CPU."""
    rows = Origin(origin)
    tune_collector()
    started, cpu_started = time.perf_counter(), time.process_time()
    _copy(corpus, rows, _connect())
    typer.echo(f"{time.perf_counter() - started} {time.process_time() - cpu_started}")


def _connect() -> sqlite3.Connection:
    """The database of the settings, with the application's own pragmas."""
    config = Settings().database_url.tortoise_config(1, migrating=False)
    pragmas = dict(config["connections"]["sqlite"]["credentials"])
    connection = sqlite3.connect(pragmas.pop("file_path"), isolation_level=None)
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.create_function("fold", 1, fold, deterministic=True)
    return connection


def _copy(corpus: Path, origin: Origin, connection: sqlite3.Connection) -> None:
    _insert(connection, origin.shared)
    for keys in _batches(corpus):
        ids = [origin.ids[key] for key in keys]
        _insert(
            connection,
            {
                table: list(chain.from_iterable(groups.get(key, ()) for key in ids))
                for table, groups in origin.of_sessions.items()
            },
        )
    connection.close()


def _batches(corpus: Path) -> Iterator[list[Key]]:
    with corpus.open("rb") as lines:
        while batch := list(islice(lines, BATCH_SESSIONS)):
            starts = [orjson.loads(line)["start"] for line in batch]
            yield [(start.get("source", "api"), start["externalId"]) for start in starts]


def _insert(connection: sqlite3.Connection, tables: dict[str, list[Row]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table, rows in tables.items():
        if rows:
            connection.executemany(_insert_sql(table, rows[0]), rows)
    connection.execute("COMMIT")


def _insert_sql(table: str, row: Sequence[Any]) -> str:
    return f'INSERT INTO "{table}" VALUES ({", ".join("?" for _ in row)})'


if __name__ == "__main__":
    typer.run(main)
