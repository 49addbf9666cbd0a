"""Interleaved rounds, and what their samples say: medians, and ratios within each round.

Other work on the machine slows neighbours in time alike; so everything compared runs in turn
(A B C, A B C, …), a ratio is taken within each round, and only then the median of the ratios.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

S = TypeVar("S")
K = TypeVar("K")


def interleaved(rounds: int, runs: Mapping[K, Callable[[], S]]) -> dict[K, list[S]]:
    """Run each in turn, so many times; the samples of each."""
    samples: dict[K, list[S]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            samples[name].append(run())
    return samples


@dataclass(frozen=True)
class Spread:
    """The median of some values, and their extremes."""

    values: Sequence[float]

    @classmethod
    def of(cls, samples: Sequence[S], measure: Callable[[S], float]) -> "Spread":
        """Of one figure of each sample."""
        return cls([measure(sample) for sample in samples])

    def __truediv__(self, other: "Spread") -> "Spread":
        """The ratio within each round."""
        return Spread([a / b for a, b in zip(self.values, other.values, strict=True)])

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    def text(self, decimals: int) -> str:
        """`median (least to greatest)`."""
        least, greatest = min(self.values), max(self.values)
        return f"{self.median:,.{decimals}f} ({least:,.{decimals}f} to {greatest:,.{decimals}f})"
