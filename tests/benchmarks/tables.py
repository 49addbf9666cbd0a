"""How figures are shown: Markdown tables, which read well on a terminal and in the documents."""

from collections.abc import Sequence
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
class Ratio:
    """A ratio with what it must reach: a target bounds it from below, a limit from above."""

    name: str
    spread: Spread
    target: float | None = None
    limit: float | None = None

    @property
    def bound(self) -> str:
        """What it must reach, in words."""
        if self.target is not None:
            return f"≥ {self.target:g}"
        return "" if self.limit is None else f"≤ {self.limit:g}"

    @property
    def verdict(self) -> str:
        """Whether the median reaches it."""
        if self.target is None and self.limit is None:
            return ""
        above = self.target is None or self.spread.median >= self.target
        below = self.limit is None or self.spread.median <= self.limit
        return "yes" if above and below else "no"


def ratio_table(title: str, ratios: Sequence[Ratio]) -> Table:
    """A row per ratio."""
    rows = [(ratio.name, ratio.spread.text(2), ratio.bound, ratio.verdict) for ratio in ratios]
    return Table(title, ("ratio", "median (range)", "target", "reached"), rows)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join([first, *rest])} |"
