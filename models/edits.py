"""Changes made to loaded rows in memory, collected so that they can be written or taken back."""

from typing import Any

from models.record import R, Record, columns


class Edits:
    """Which rows changed in which fields; a row that is not saved yet is simply set."""

    def __init__(self) -> None:
        self._names: dict[Record, set[str]] = {}
        self._undo: list[tuple[Record, str, Any]] = []
        self._noted: list[tuple[Record, str]] = []
        self._values: dict[Record, dict[str, Any]] = {}  # as they were first

    def assign(self, row: Record, **values: Any) -> None:
        """Assign what differs."""
        for name, value in values.items():
            before = getattr(row, name)
            if before != value:
                self._undo.append((row, name, before))
                self._values.setdefault(row, {}).setdefault(name, before)
                vars(row)[name] = value
                self.touch(row, name)

    def touch(self, row: Record, name: str) -> None:
        """Note that something that belongs to the row changed, such as its labels."""
        if row.is_stored and name not in (names := self._names.setdefault(row, set())):
            names.add(name)
            self._noted.append((row, name))

    def of(self, model: type[R]) -> list[tuple[R, set[str]]]:
        """The changed rows of a model with the names of what changed."""
        return [
            (row, names) for row, names in self._names.items() if names and isinstance(row, model)
        ]

    def values(self, row: Record) -> dict[str, tuple[Any, Any]]:
        """Before and after of the columns that were assigned."""
        before = self._values.get(row, {})
        written = {name: (value, getattr(row, name)) for name, value in before.items()}
        return {name: pair for name, pair in written.items() if pair[0] != pair[1]}

    def updates(self) -> list[tuple[Record, tuple[str, ...]]]:
        """The changed rows with the columns to write."""
        return [
            (row, written)
            for row, names in self._names.items()
            if (written := tuple(name for name in columns(type(row)) if name in names))
        ]

    def checkpoint(self) -> None:
        """From here on, edits can be taken back."""
        self._undo.clear()
        self._noted.clear()

    def take_back(self) -> None:
        """Undo the edits since the checkpoint."""
        for row, name, before in reversed(self._undo):
            vars(row)[name] = before
        for row, name in self._noted:
            self._names[row].discard(name)
        self.checkpoint()
