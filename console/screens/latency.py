"""Answers by command with their histograms, and the charts."""

from __future__ import annotations

from console.screens.blocks import Block, beside, rooms
from console.screens.overview import answers, history_charts, traffic
from console.view import View


def latency(view: View, room: int, height: int) -> Block:
    """The whole page in so many columns."""
    upper = max(5, min(14, height // 3))
    if room >= 130:
        widths = rooms(room, 2)
        tables = beside([answers(view, widths[0], upper), traffic(view, widths[1], upper)], widths)
    else:
        tables = answers(view, room, upper)
    return [*tables, (), *history_charts(view, room, height - len(tables) - 1)]
