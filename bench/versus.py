"""Contenders in turn, round after round, and the rows that set one beside another: the median of each round's ratio."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.generator import Missing, WentWrong
from bench.table import Row, median

Found = dict[str, Any]
Run = Callable[[], Awaitable[Found]]
Pick = Callable[[Found], float]
Show = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio shall be at least or at most."""

    limit: float
    least: bool = False

    @property
    def text(self) -> str:
        """As it stands in the table."""
        return f"{'≥' if self.least else '≤'} {self.limit:g}x"

    def reached(self, ratio: float) -> bool:
        """Whether a ratio is on the right side; one that is no number is not."""
        return ratio >= self.limit if self.least else ratio <= self.limit


def at_least(limit: float) -> Goal:
    """More is better."""
    return Goal(limit, least=True)


def at_most(limit: float) -> Goal:
    """Less is better."""
    return Goal(limit)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours to theirs, round by round; a round in which theirs is nothing says nothing."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True) if other]


def ratio_text(found: Sequence[float]) -> str:
    """`1.31x (1.28 to 1.40)`: the median and how far rounds were apart."""
    if not found:
        return ""
    among = f" ({min(found):.2f} to {max(found):.2f})" if len(found) > 1 else ""
    return f"{median(found):.2f}x{among}"


@dataclass(slots=True)
class Rounds:
    """What every contender found in every round. `lacking`: why Node is not among them, where it is not."""

    found: dict[str, list[Found]] = field(default_factory=dict)
    lacking: str = ""

    @property
    def peer(self) -> str:
        """Node; the stock server where there is no Node."""
        return "stock" if self.lacking else "node"

    def values(self, who: str, pick: Pick) -> list[float]:
        """One figure of a contender, round by round."""
        return [pick(one) for one in self.found[who]]

    def row(
        self, figure: str, who: str, pick: Pick, show: Show, goal: Goal | None = None, *, against: str = "node"
    ) -> Row:
        """A contender's figure beside another's. Where there is no Node it is set beside stock, and has no goal."""
        other = self.peer if against == "node" else against
        ours, theirs = self.values(who, pick), self.values(other, pick)
        if who == other:
            return Row(figure, show(median(ours)))
        if other != against:
            figure, goal = f"{figure} (beside stock)", None
        found = ratios(ours, theirs)
        reached = goal.reached(median(found)) if goal and found else None
        return Row(
            figure, show(median(ours)), goal.text if goal else "", reached, show(median(theirs)), ratio_text(found)
        )


async def in_turn(contenders: Mapping[str, Run], rounds: int) -> Rounds:
    """Every contender once a round, each round begun by another. Raises: Missing (but for Node), WentWrong (twice)."""
    told, names = Rounds(), list(contenders)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            if name == "node" and told.lacking:
                continue
            if sys.stderr.isatty():
                print(f"\r\x1b[Kround {number + 1} of {rounds}: {name}", end="", file=sys.stderr, flush=True)
            try:
                told.found.setdefault(name, []).append(await _twice(contenders[name]))
            except Missing as why:
                if name != "node":
                    raise
                told.lacking = f"{why}."
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return told


async def _twice(run: Run) -> Found:
    """A run, and once more when it failed: a busy machine may starve one."""
    try:
        return await run()
    except (WentWrong, TimeoutError):
        return await run()
