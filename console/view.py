"""What a page is painted from: the picture with all that an operator must know to believe it."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from console.figures import history, quantile
from console.picture import Picture
from console.samples import Point, together
from console.troubles import Alert, Ranks
from console.watching import Watching
from heard.client.status import LinkStatus
from heard.ui.words import ENGLISH, Words

SPANS: tuple[int, ...] = (60, 300, 900, 3_600, 6 * 3_600, 24 * 3_600)
"""How far back the charts may go, in s."""


@dataclass(frozen=True)
class View:
    """One look. Everything in it belongs together: a picture that is held still has the ages it had then."""

    picture: Picture
    status: LinkStatus
    now: datetime
    """By the gateway's clock."""
    ranks: Ranks
    watching: Watching = field(default_factory=Watching)
    alerts: tuple[Alert, ...] = ()
    span_s: int = SPANS[1]
    may_act: bool = False
    fine: bool = True
    """Whether the terminal has the blocks that charts are drawn with."""
    words: Words = ENGLISH

    @cached_property
    def timeline(self) -> tuple[tuple[Point, ...], list[float], list[float]]:
        """The points of the last `span_s`, and when each began and ended: the same for every chart of one look."""
        points = history(self.picture, self.span_s)
        ends = [point.at.timestamp() for point in points]
        return points, [end - point.seconds for end, point in zip(ends, points, strict=True)], ends


def span_text(seconds: int) -> str:
    """`1m`, `15m`, `6h`."""
    return f"{seconds // 60}m" if seconds < 3_600 else f"{seconds // 3_600}h"


def columns(view: View, width: int) -> list[tuple[Point, ...]]:
    """The points of the last `span_s` by column, the newest in the last one.

    A column ends at a whole multiple of its own length, so that what is drawn moves on without flickering. A point that
    reaches over several columns is in each of them.
    """
    points, begins, ends = view.timeline
    if not points:
        return [()] * width
    step = view.span_s / width
    last = math.ceil(ends[-1] / step)
    edges = [(last - width + place) * step for place in range(width + 1)]
    return [points[bisect_right(ends, edges[place]) : bisect_left(begins, edges[place + 1])] for place in range(width)]


Series = list[float | None]


def mean(spread: Sequence[Sequence[Point]], read: Callable[[Point], float]) -> Series:
    """The mean of each column."""
    return [sum(map(read, points)) / len(points) if points else None for points in spread]


def worst(spread: Sequence[Sequence[Point]], read: Callable[[Point], float]) -> Series:
    """The largest of each column."""
    return [max(map(read, points)) if points else None for points in spread]


def times(spread: Sequence[Sequence[Point]], q: float, buckets_ms: tuple[float, ...]) -> Series:
    """The quantile of each column's answers; None where nobody asked."""
    series: Series = []
    for points in spread:
        told = [point.counts for point in points if point.counts]
        counts = told[0] if len(told) == 1 else together(told)
        series.append(quantile(counts, q, buckets_ms))
    return series
