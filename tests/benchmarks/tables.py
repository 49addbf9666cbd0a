"""How figures are shown: Markdown tables, which read well on a terminal and in the documents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.rounds import Spread


@dataclass(frozen=True)
class Table:
    """A title, the names of the columns, and the cells row by row."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """With columns of equal width; all but the first are aligned to the right."""
        widths = [max(map(len, cells)) for cells in zip(self.columns, *self.rows, strict=True)]
        rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = [_line(cells, widths) for cells in (self.columns, rules, *self.rows)]
        note = [self.note, ""] if self.note else []
        return "\n".join([f"### {self.title}", "", *lines, "", *note])


@dataclass(frozen=True)
class Goal:
    """A figure and what its median must reach: at least `target`, at most `limit`."""

    name: str
    spread: Spread
    target: float | None = None
    limit: float | None = None
    decimals: int = 2

    @property
    def bound(self) -> str:
        """What it must reach, in words."""
        if self.target is not None:
            return f"≥ {self.target:,g}"
        return "" if self.limit is None else f"≤ {self.limit:,g}"

    @property
    def verdict(self) -> str:
        """Whether it is reached."""
        if self.target is not None:
            return "yes" if self.spread.median >= self.target else "no"
        if self.limit is not None:
            return "yes" if self.spread.median <= self.limit else "no"
        return ""


def goal_table(title: str, goals: Iterable[Goal]) -> Table:
    """A row per goal."""
    rows = [
        (goal.name, goal.spread.text(goal.decimals), goal.bound, goal.verdict) for goal in goals
    ]
    return Table(title, ("figure", "median (range)", "to reach", "reached"), rows)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    aligned = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return f"| {' | '.join(aligned)} |"
