"""What stands below the connections where they leave room: one of them closely, how the store does, who left lately."""

from __future__ import annotations

from collections.abc import Sequence

from console.columns import GAP, closed_columns, connection_columns, fitting
from console.screens.blocks import Block, beside, padded, rooms, title
from console.screens.detail import every, histories, in_two, named
from console.screens.overview import CHART_LINES, history_charts
from console.view import View
from console.watching import Watched
from heard.contract.ops import ConnectionRow
from heard.ui.spans import Row, Span

LEAST_ROOM, TWO_ROOM = 100, 150
"""Columns from which on there is a glance, and from which on it has two halves."""
LEAST = 12
MOST_CHART = 9
"""Lines of charts that go on by a column each second: over a slow line each of them is felt."""
STEP = 8
"""The table takes its lines by so many: nobody who comes or goes moves what stands below."""
TALL, BELOW_ALL = 44, 14
"""So tall a page has a glance of so many lines however many rows there are."""
_LEFT = ("ended", "user", "code", "why", "by")


def glance_lines(rows: int, room: int, height: int) -> int:
    """How many of the page's lines are left for a glance."""
    if room < LEAST_ROOM:
        return 0
    spare = height - -(-(rows + 2) // STEP) * STEP
    return spare if spare >= LEAST else BELOW_ALL if height >= TALL else 0


def glance(view: View, row: ConnectionRow | None, watched: Watched | None, note: str, room: int, height: int) -> Block:
    """In so many columns, and in exactly so many lines: the table above it must not move."""
    rows = _laid_out(view, row, watched, note, room, height) if height > 0 else []
    return rows[:height] + [()] * (height - len(rows))


def _laid_out(
    view: View, row: ConnectionRow | None, watched: Watched | None, note: str, room: int, height: int
) -> Block:
    if row is None:
        return _store(view, room, height)
    if room < TWO_ROOM:
        head = [_head(view, row, note, room)]
        closely = [*head, *histories(view, watched, room, min(MOST_CHART, height - height // 3) - 1)]
        return [*closely, *left_lately(view, room, height - len(closely))]
    widths = rooms(room, 2)
    closely = _closely(view, row, watched, note, widths[0], height)
    left = height - len(closely) - 1
    if left < LEAST:
        return beside([closely, _store(view, widths[1], height)], widths)
    return beside(
        [[*closely, (), *left_lately(view, widths[0], left)], history_charts(view, widths[1], height)], widths
    )


def _store(view: View, room: int, height: int) -> Block:
    """How the store does, and under it who left."""
    gone = left_lately(view, room, max(height - 3 * CHART_LINES, height // 2))
    return [*history_charts(view, room, height - len(gone) - 1), (), *gone]


def _head(view: View, row: ConnectionRow, note: str, room: int) -> Row:
    return title(view.words("CONNECTION OF {user}", user=named(row)), room, note)


def _closely(view: View, row: ConnectionRow, watched: Watched | None, note: str, room: int, height: int) -> Block:
    """One connection: everything it says, and below it how it went as far as there are lines."""
    rows = [
        _head(view, row, note, room),
        *in_two(every(connection_columns(view.words), row, view.now, room // 2), room),
    ]
    left = height - len(rows) - 1
    return [*rows, (), *histories(view, watched, room, min(MOST_CHART, left))] if left >= CHART_LINES else rows


def left_lately(view: View, room: int, height: int) -> Block:
    """Who left, the newest first, and why."""
    words, closed = view.words, view.picture.closed
    rows: Block = [title(words("LEFT LATELY"), room, words("{n} in all", n=len(closed)) if closed else "")]
    if not closed:
        return [*rows, (Span(" " + words("No connection has ended yet."), "ops.dim"),)][: max(0, height)]
    columns = fitting([one for one in closed_columns(words) if one.id in _LEFT], room - GAP)
    rows.append(
        _line([(f"{one.lead}{one.title}", wide, one.right, "ops.column") for one, wide in columns], "ops.column")
    )
    for row in closed[: max(0, height - len(rows))]:
        cells = []
        for one, wide in columns:
            level = one.level(row, view.now)
            role = f"ops.{level}" if level else "ops.text"
            cells.append((one.signed(one.show(row, view.now), level), wide, one.right, role))
        rows.append(_line(cells, "ops.text"))
    return rows[: max(0, height)]


def _line(cells: Sequence[tuple[str, int, bool, str]], fill: str) -> Row:
    line: Row = ()
    for said, wide, right, role in cells:
        cell = padded((Span(said, role),), wide)
        line += (Span(" " * GAP, fill), *(cell[::-1] if right else cell))
    return line
