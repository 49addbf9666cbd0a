"""What every measure works with: the corpus, the databases it was imported into, the rounds."""

from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from models.record import Dialect
from tests.benchmarks.corpus import Corpus, write_corpus
from tests.benchmarks.databases import fresh_postgres, fresh_sqlite, settle
from tests.benchmarks.processes import run_module

DATABASE_NAMES: dict[Dialect, str] = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    rounds: int
    seconds: float
    sessions: int | None
    corpus: Path | None
    postgres: str | None
    scale: int = 200_000
    """Sessions of the large database."""
    subscribers: int = 1_000
    """Of the fan-out, for each server."""


@dataclass(frozen=True)
class Imported:
    """A database that holds the corpus, and a key that may read it."""

    dialect: Dialect
    url: str
    token: str


@dataclass
class Workbench:
    """Lives as long as a run; what it makes is removed at the end."""

    options: Options
    folder: Path
    corpus: Corpus
    _stack: ExitStack
    _imported: dict[Dialect, Imported] = field(default_factory=dict[Dialect, Imported])
    _large: dict[Dialect, Imported] = field(default_factory=dict[Dialect, Imported])

    @property
    def dialects(self) -> list[Dialect]:
        """The databases there are."""
        return ["sqlite", "postgres"] if self.options.postgres else ["sqlite"]

    def fresh(self, dialect: Dialect) -> AbstractContextManager[str]:
        """An empty database while the block lasts."""
        if dialect == "sqlite":
            return fresh_sqlite(self.folder)
        assert self.options.postgres is not None
        return fresh_postgres(self.options.postgres)

    def imported(self, dialect: Dialect) -> Imported:
        """The corpus in a database that measures may read, imported when first asked for."""
        if dialect not in self._imported:
            self._imported[dialect] = self._import(dialect)
        return self._imported[dialect]

    def large(self, dialect: Dialect) -> Imported:
        """The corpus multiplied to `scale` sessions, in a database of its own."""
        if dialect not in self._large:
            made = self._large[dialect] = self._import(dialect)
            scale = str(self.options.scale)
            run_module("tests.benchmarks.multiplied", scale, database_url=made.url)
            if dialect == "postgres":
                settle(made.url)
        return self._large[dialect]

    def _import(self, dialect: Dialect) -> Imported:
        url = self._stack.enter_context(self.fresh(dialect))
        run_module("server", "import", str(self.corpus.path), database_url=url)
        key = run_module("server", "keys", "create", "--name", "benchmarks", database_url=url)
        if dialect == "postgres":
            settle(url)
        return Imported(dialect, url, key.output.strip())


@contextmanager
def workbench(options: Options) -> Generator[Workbench]:
    """Set up a run, with the corpus written out."""
    with TemporaryDirectory(prefix="sessiongraph-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        corpus = write_corpus(folder / "sessions.ndjson", options.corpus, options.sessions)
        yield Workbench(options, folder, corpus, stack)
