"""A live table in one widget: of thousands of rows only the cells that changed in sight are painted again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Generic

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.columns import GAP, Column, Row, Value
from console.table import GUTTER, Table
from heard.text import cells, clip, fold
from heard.ui.strips import strip
from heard.ui.themes import Theme

SIGNS = ("  ", "! ", "!!")
ROLES = ("ops.text", "ops.warn", "ops.bad")
Cell = tuple[str, str]
"""Text of the full width of its column, and its role."""
Line = tuple[Cell, ...]
Widths = tuple[tuple[Column[Row], int], ...]
MAX_KEPT = 20_000
"""Cells remembered."""


class LiveTable(Widget, Generic[Row], can_focus=False):
    """Told its rows once a sample."""

    DEFAULT_CSS = "LiveTable { height: 1fr; width: 1fr; }"

    def __init__(self, table: Table[Row], theme: Theme, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.table = table
        self._look = theme
        self._under_cursor = under_cursor(theme)
        self._widths: Widths[Row] = ()
        self._edges: list[int] = []
        """Where each cell of a line begins, and where the last one ends."""
        self._kept: dict[tuple[str, Value], Cell] = {}
        self._lines: list[Line] = []
        self._strips: list[Strip | None] = []
        self._empty = ""

    # ── Being told ────────────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, rows: Sequence[Row], now: datetime) -> None:
        """Other rows."""
        self.table.show(rows, now)
        self.repaint()

    def say_when_empty(self, sentence: str) -> None:
        """What stands in a table without rows."""
        if sentence != self._empty:
            self._empty = sentence
            self.repaint()

    def repaint(self) -> None:
        """Bring the screen up to date: only cells that look different are painted."""
        height, width = self.size.height, self.size.width
        if height <= 0 or width <= 0:
            return
        self.table.resize(height - 1)
        widths = self.table.fitting(width)
        if widths != self._widths:
            self._lay_out(widths)
        lines = [self._header(), *self._body(height - 1)]
        if len(self._lines) != len(lines):
            self._lines, self._strips = lines, [None] * len(lines)
            self.refresh()
            return
        regions = []
        for y, (old, new) in enumerate(zip(self._lines, lines, strict=True)):
            if old != new:
                regions.append(self._changed(old, new, y))
                self._strips[y] = None
        self._lines = lines
        if regions:
            self.refresh(*regions)

    def _lay_out(self, widths: Widths[Row]) -> None:
        self._widths, self._lines = widths, []
        self._kept.clear()
        self._edges = [0, 1, 2, *accumulate((width + GAP for _, width in widths), initial=GUTTER)]

    def _changed(self, old: Line, new: Line, y: int) -> Region:
        """The stretch of a line from its first cell that changed to its last."""
        if len(old) != len(new) or old[:1] != new[:1] or len(new) >= len(self._edges):
            return Region(0, y, self.size.width, 1)
        places = [at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
        begin, end = self._edges[places[0]], self._edges[places[-1] + 1]
        return Region(begin, y, end - begin, 1)

    def restyle(self, theme: Theme) -> None:
        """Another theme."""
        self._look = theme
        self._under_cursor = under_cursor(theme)
        self._strips = [None] * len(self._lines)
        self.refresh()

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002
        """Another size."""
        self._lines = []
        self.repaint()

    def on_click(self, event: Click) -> None:
        """The cursor goes where somebody points."""
        event.stop()
        self.table.pick(event.y - 1)
        self.repaint()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Look further down."""
        event.stop()
        self.table.scroll(3)
        self.repaint()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Look further up."""
        event.stop()
        self.table.scroll(-3)
        self.repaint()

    def shown(self) -> list[str]:
        """The text of every line."""
        return ["".join(text for text, _ in line) for line in self._lines]

    # ── Painting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        """One line; made anew only if something on it changed."""
        if y >= len(self._lines):
            return strip((), self.size.width, "ops.text", self._look.styles)
        kept = self._strips[y]
        if kept is None:
            kept = self._strips[y] = self._made(y)
        return kept

    def _made(self, y: int) -> Strip:
        line, styles = self._lines[y], self._look.styles
        if line and line[0][1] == "ops.cursor":
            styles = self._under_cursor
        made, left = [], self.size.width
        for role, run in groupby(line, key=itemgetter(1)):  # what passes through here costs by the piece
            text = "".join([text for text, _ in run])
            left -= len(text) if text.isascii() else cells(text)
            made.append(Segment(text, styles[role]))
        if left > 0:
            made.append(Segment(" " * left, styles["ops.column" if y == 0 else "ops.text"]))
        return Strip(made, self.size.width)

    def _header(self) -> Line:
        up, down = ("^", "v") if self._look.ansi else ("▲", "▼")
        line: list[Cell] = [(" ", "ops.column"), (" ", "ops.column"), ("  ", "ops.column")]
        for column, width in self._widths:
            sorts = column.id == self.table.sort
            arrow = (down if self.table.down else up) if sorts else ""
            title = clip(f"{column.lead}{column.title}", width, ellipsis="")
            line.append((_cell(arrow, title, width, right=column.right), "ops.key" if sorts else "ops.column"))
        return tuple(line)

    def _body(self, height: int) -> list[Line]:
        table = self.table
        rows = table.rows[table.top : table.top + height]
        lines = [self._line(row) for row in rows] or self._sentence()
        return lines[:height] + [()] * (height - len(lines))

    def _sentence(self) -> list[Line]:
        said = fold(self._empty, max(1, self.size.width - 4)) if self._empty else []
        return [(), *(((f"  {line}", "ops.text"),) for line in said)]

    def _line(self, row: Row) -> Line:
        table, now = self.table, self.table.now
        name, trouble = table.identity(row), table.trouble(row)
        line: list[Cell] = [
            (self._look.glyphs["focus"], "ops.cursor") if name == table.cursor else (" ", "ops.text"),
            ("*", "ops.mark") if name in table.marked else (" ", "ops.text"),
            (SIGNS[trouble], ROLES[trouble]),
        ]
        kept = self._kept
        for column, width in self._widths:
            value = column.read(row, now)
            cell = kept.get((column.id, value))
            if cell is None:
                if len(kept) > MAX_KEPT:
                    kept.clear()
                cell = kept[column.id, value] = self._seen_first(column, width, row)
            line.append(cell)
        return tuple(line)

    def _seen_first(self, column: Column[Row], width: int, row: Row) -> Cell:
        """A cell of a value that was not seen yet; most are seen again in the next second."""
        text, level = column.show(row, self.table.now), column.level(row, self.table.now)
        role = f"ops.{level}" if level else "ops.dim" if text == "-" else "ops.text"
        sign = "!" if level and not column.lead else ""
        return _cell(sign, column.signed(text, level), width, right=column.right), role


def _cell(sign: str, text: str, width: int, *, right: bool) -> str:
    """A cell with the gap before it, which is where a sign stands: close to a figure, in front of a title."""
    if not text.isascii():
        text = clip(text, width)
        pad = " " * (width - cells(text))
        return f"{sign:>{GAP}}{pad}{text}" if right else f"{sign:>{GAP}}{text}{pad}"
    if len(text) > width:
        return f"{sign:>{GAP}}{clip(text, width)}"
    return f"{sign}{text}".rjust(width + GAP) if right else f"{sign:>{GAP}}{text}".ljust(width + GAP)


def under_cursor(theme: Theme) -> Mapping[str, Style]:
    """The styles of the row under the cursor: one look for all of it, for no colour is read on every ground. What has
    a ground of its own keeps it; what is wrong is underlined beside its sign."""
    cursor, common = theme.style("ops.cursor"), theme.style("ops.text").bgcolor
    styles = dict(theme.styles)
    styles |= {role: cursor for role, style in styles.items() if role.startswith("ops.") and style.bgcolor == common}
    wrong = cursor + Style(underline=True)
    return {**styles, "ops.warn": wrong, "ops.bad": wrong, "ops.cursor": cursor, "ops.text": cursor}
