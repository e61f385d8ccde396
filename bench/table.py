"""What a bench found: rows of figures, printed as a table or written as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table as RichTable

HEADS = ("figure", "measured", "peer", "ratio", "goal", "reached")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `reached` is None where no goal is set; `ratio` is to the peer of the same run."""

    figure: str
    measured: str
    goal: str = ""
    reached: bool | None = None
    peer: str = ""
    ratio: str = ""

    def cells(self) -> tuple[str, ...]:
        """Its words, in the order of `HEADS`."""
        said = {None: "", True: "yes", False: "no"}[self.reached]
        return (self.figure, self.measured, self.peer, self.ratio, self.goal, said)


@dataclass(slots=True)
class Table:
    """A bench's rows, and how they were come by."""

    title: str
    method: str
    rows: list[Row] = field(default_factory=list)

    def show(self, console: Console) -> None:
        """Print it."""
        shown = RichTable(title=self.title, caption=self.method, title_justify="left", caption_justify="left")
        for head in HEADS:
            shown.add_column(head, justify="left" if head in ("figure", "reached") else "right")
        for row in self.rows:
            shown.add_row(*row.cells())
        console.print(shown)

    def markdown(self) -> str:
        """As a section of a file."""
        lines = [f"## {self.title}", "", self.method, "", _line(HEADS), _line(["---"] * len(HEADS))]
        return "\n".join([*lines, *(_line(row.cells()) for row in self.rows), ""])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def percentile(values: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of values; NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def spread(values: Sequence[float]) -> str:
    """`p50 / p95 / p99` of milliseconds."""
    return " / ".join(f"{percentile(values, percent):.1f}" for percent in (50, 95, 99)) + " ms"


def within(values: Sequence[float], *limits: tuple[int, float]) -> bool:
    """Whether each percentile is at most its limit."""
    return bool(values) and all(percentile(values, percent) <= limit for percent, limit in limits)


def times(ours: float, theirs: float) -> str:
    """A ratio, as text."""
    return f"{ours / theirs:.2f}x" if theirs else ""


def median(values: Sequence[float]) -> float:
    """The median; NaN of none."""
    return statistics.median(values) if values else float("nan")
