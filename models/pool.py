"""Rows found by their natural keys, and rows made because nothing had the key.

Ingest creates what it names. A document that fails half-way must leave nothing behind, so what was
made since a `checkpoint` can be taken back before anything is written.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from models.record import R

K = TypeVar("K", bound=Hashable)


class Pool(Generic[K, R]):
    """One kind of row by one kind of key."""

    def __init__(self) -> None:
        self._rows: dict[K, R] = {}
        self._new_keys: list[K] = []
        self._made: list[R] = []
        self._checkpoint = (0, 0)
        self._taken = 0

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def add(self, rows: Iterable[R], key_of: Callable[[R], K]) -> None:
        """Rows that the database has."""
        for row in rows:
            self.find_as(key_of(row), row)

    def find_as(self, key: K, row: R) -> None:
        """Let one more key find a row that the database has."""
        self._rows[key] = row

    def get(self, key: K) -> R | None:
        """The row of a key, found or made."""
        return self._rows.get(key)

    def name(self, key: K, row: R) -> None:
        """Let a key find a row that is here already."""
        if key not in self._rows:
            self._rows[key] = row
            self._new_keys.append(key)

    def make(self, row: R, *keys: K) -> R:
        """A new row, to be inserted, found by these keys."""
        self._made.append(row)
        for key in keys:
            self.name(key, row)
        return row

    @property
    def made(self) -> Sequence[R]:
        """The new rows."""
        return self._made

    def take(self) -> Sequence[R]:
        """The new rows that must be inserted, each once; from then on they count as stored."""
        rows = self._made[self._taken :]
        self._taken = len(self._made)
        for row in rows:
            row.mark_stored()
        return rows

    def checkpoint(self) -> None:
        """From here on, what is made can be taken back."""
        self._checkpoint = (len(self._new_keys), len(self._made))

    def take_back(self) -> None:
        """Forget what was made and named since the checkpoint."""
        keys, rows = self._checkpoint
        for key in self._new_keys[keys:]:
            del self._rows[key]
        del self._new_keys[keys:]
        del self._made[rows:]
