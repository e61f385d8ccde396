"""History as a strip: a column for each stretch of time, the newest at the right, with both axes in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from heard.text import cells
from heard.ui.spans import Row, Span, apart

AXIS = 7
"""Columns of the axis at the left, its line included."""
_FINE = " ▁▂▃▄▅▆▇█"
_COARSE = " .:|"
"""For terminals whose fonts lack the blocks."""


@dataclass(frozen=True, slots=True)
class Strip:
    """What a chart is drawn from. `values` go from the oldest to now, a column each; None: nobody measured."""

    title: str
    values: Sequence[float | None]
    amount: Callable[[float], str]
    """A figure in words, with its unit: for the axis and the title."""
    since: str
    """How long ago the first column was, in words."""
    now: str
    """The word for the last column."""
    most: str = "max"
    """The word before the largest."""
    role: str = "ops.chart"
    least: float = 1.0
    """The axis reaches at least this far: noise on nothing is no mountain."""


def plot_width(room: int) -> int:
    """How many columns of values a chart of so many columns has."""
    return max(1, room - AXIS)


def chart(strip: Strip, room: int, height: int, *, fine: bool) -> list[Row]:
    """The chart in `height` lines: its title, the strip, the time below."""
    known = [value for value in strip.values if value is not None]
    top = nice_top(max([strip.least, *known]))
    lines = max(1, height - 2)
    marks = _FINE if fine else _COARSE
    shown = strip.values[-plot_width(room) :]
    columns = [_column(value, top, lines, marks) for value in [*[None] * (plot_width(room) - len(shown)), *shown]]
    rows = [_title(strip, known, room)]
    for line in range(lines):
        label = strip.amount(top) if line == 0 else strip.amount(0) if line == lines - 1 else ""
        rows.append((_axis(label, fine=fine), *_runs([column[line] for column in columns], strip.role)))
    return [*rows, _times(strip, plot_width(room))]


def nice_top(value: float) -> float:
    """The least of 1, 2, 5, 10, 20, 50, … that is not below `value`."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    base = 10.0 ** math.floor(math.log10(value))
    return next(base * step for step in (1, 2, 5, 10) if base * step >= value * (1 - 1e-9))


def sparkline(values: Sequence[float | None], room: int, *, fine: bool, least: float = 1.0) -> str:
    """The same in one line, without axes."""
    shown = values[-room:]
    top = nice_top(max([least, *(value for value in shown if value is not None)]))
    marks = _FINE if fine else _COARSE
    return "".join(_column(value, top, 1, marks)[0] for value in shown).rjust(room)


def bar(share: float, room: int, *, fine: bool) -> str:
    """A bar lying down: `share` of `room` columns."""
    share = min(1.0, max(0.0, share))
    if not fine:
        return "=" * max(round(share * room), 1 if share > 0 else 0)
    eighths = max(round(share * room * 8), 1 if share > 0 else 0)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _column(value: float | None, top: float, lines: int, marks: str) -> str:
    """One column from top to bottom; what is measured to be nothing has a floor, what is not measured has none."""
    if value is None or not math.isfinite(value):
        return " " * lines
    steps = len(marks) - 1
    full = max(0, min(lines * steps, round(value / top * lines * steps)))
    if full == 0:
        return " " * (lines - 1) + ("_" if value <= 0 else marks[1])
    whole, rest = divmod(full, steps)
    part = marks[rest] if rest else ""
    return (part + marks[-1] * whole).rjust(lines)


def _title(strip: Strip, known: Sequence[float], room: int) -> Row:
    newest = next((value for value in reversed(strip.values) if value is not None), None)
    figures = "" if newest is None else f"{strip.amount(newest)} "
    most = f" {strip.most} {strip.amount(max(known))} " if known else ""
    if cells(strip.title) + cells(figures) + cells(most) + 2 <= room:  # the name of a chart goes before its largest
        figures += most
    return apart((Span(f" {strip.title}", "ops.title"),), (Span(figures, "ops.title"),), room, "ops.title")


def _axis(label: str, *, fine: bool) -> Span:
    return Span(f"{label[: AXIS - 1]:>{AXIS - 1}}" + ("│" if fine else "|"), "ops.dim")


def _runs(marks: Sequence[str], role: str) -> Row:
    """Neighbours of one look as one span."""
    return tuple(
        Span("".join(run), "ops.dim" if floor else role) for floor, run in groupby(marks, key=lambda mark: mark == "_")
    )


def _times(strip: Strip, width: int) -> Row:
    gap = width - cells(strip.since) - cells(strip.now)
    text = f"{strip.since}{' ' * gap}{strip.now}" if gap > 0 else strip.since[:width]
    return (Span(" " * AXIS + text, "ops.dim"),)
