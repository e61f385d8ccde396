"""The wall: every card of a station in one widget, painted line by line from strips that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate, chain

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from heard.client.clock import Clock
from heard.kitchen.board import Board
from heard.text import fold
from heard.ui.spans import Span
from heard.ui.strips import filtered, segments, strip
from heard.ui.themes import Theme
from kds.glass import MIN_HEIGHT, MIN_WIDTH, Dirt, Glass, Line
from kds.heads import Cell
from kds.sizes import TextSize, next_size


class Wall(Widget, can_focus=False):
    """One widget for all cards: a widget each would cost a hundred times the time of a bump (docs/architecture.md)."""

    DEFAULT_CSS = "Wall { height: 1fr; width: 1fr; }"

    def __init__(self, glass: Glass, theme: Theme, clock: Clock) -> None:
        super().__init__(id="wall")
        self.glass = glass
        self.touched = False
        """Whether anything was marked for painting since the app last looked."""
        self._theme_in_use = theme
        self._filters: Sequence[LineFilter] | None = None
        """What Textual makes of colours here; None: not asked yet for this theme."""
        self._styles: Mapping[str, Style] = theme.styles
        self._segments = CellSegments(theme.styles, theme.focused)
        self._clock = clock
        self._ticked = (clock.now(), clock.monotonic())
        """When the clocks last moved."""
        self._strips: list[Strip | None] = []
        self._sentence: list[str] = []
        self._headers: dict[int, tuple[str, ...]] = {}
        self._seen: set[str] = set()
        self._news: dict[str, float] = {}
        self._empty = glass.look.words("Nothing to cook.")

    # ── Being told ────────────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, board: Board) -> None:
        """Another board."""
        self.glass.show(board, self._clock.monotonic())
        self.repaint()

    def repaint(self) -> None:
        """Bring the glass up to date; only lines that look different are painted again."""
        self._take(self.glass.paint(*self._second()))
        self._headers = self.glass.headers()
        self._write_sentence()

    def tick(self) -> None:
        """A second has passed: only clocks move, unless a ghost is over or the wall may rest."""
        now, mono = self._ticked = (self._clock.now(), self._clock.monotonic())
        if self.glass.rest(mono) or self.glass.expired(mono):
            self.glass.show(self.glass.board, mono)
            self.repaint()
        else:
            self._take(self.glass.tick(now, mono))

    def restyle(self, theme: Theme) -> None:
        """Another theme: everything is painted again."""
        self._theme_in_use, self._filters = theme, None
        self._segments = CellSegments(theme.styles, theme.focused)
        self.glass.settle(self.glass.heat_s, self.glass.gating, replace(self.glass.look, glyphs=dict(theme.glyphs)))
        self._forget_strips()
        self.repaint()

    def resize_text(self, size: TextSize | None = None) -> TextSize:
        """Write in another size, the next one unless it is named; the size it is now."""
        self.glass.resize_text(next_size(self.glass.text_size) if size is None else size)
        self._forget_strips()
        self.repaint()
        return self.glass.text_size

    def say_when_empty(self, sentence: str) -> None:
        """What stands on a wall without cards."""
        if sentence != self._empty:
            self._empty = sentence
            self._write_sentence()

    def on_resize(self, event: Resize) -> None:
        """Columns and pages for another size."""
        self.glass.resize(event.size.width, event.size.height)
        self._forget_strips()
        self.repaint()

    # ── Being asked ───────────────────────────────────────────────────────────────────────────────────────────────────

    def shown(self) -> list[str]:
        """The text of every line as it was last rendered; what was not asked for yet is empty."""
        return ["" if kept is None else kept.text for kept in self._strips]

    def shown_of(self, ticket_id: str) -> list[str]:
        """The text of one card as it was last rendered: the cells of its own columns and lines, nobody else's."""
        edges = [0, *accumulate(self.glass.widths)]
        return [
            kept.crop(edges[piece.column], edges[piece.column + 1]).text
            for piece in self.glass.pieces_of(ticket_id)
            for kept in self._strips[piece.y : piece.y + piece.height]
            if kept is not None
        ]

    def take_news(self) -> dict[str, float]:
        """Tickets rendered for the first time since this was last asked, and when."""
        news, self._news = self._news, {}
        return news

    # ── Painting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _second(self) -> tuple[datetime, float]:
        """The second that the clocks show, UTC and monotonic: they move together, and never in the frame of a key."""
        now, mono = self._clock.now(), self._clock.monotonic()
        same = 0 <= (now - self._ticked[0]).total_seconds() < 1 and 0 <= mono - self._ticked[1] < 1
        return self._ticked if same else (now, mono)

    def _take(self, dirt: Iterable[Dirt]) -> None:
        if len(self._strips) != len(self.glass.lines):
            self._forget_strips()
        regions = []
        for spot in dirt:
            self._strips[spot.y] = None
            regions.append(Region(spot.x, spot.y, spot.end - spot.x, 1))
        if regions:
            self.touched = True
            self.refresh(*regions)

    def _forget_strips(self) -> None:
        self._strips = [None] * self.size.height
        self.refresh()

    def _write_sentence(self) -> None:
        words = self._too_small() if self.glass.too_small else "" if self.glass.slots else self._empty
        lines = fold(words, max(1, self.size.width - 4)) if words else []
        if self.glass.too_small or lines != self._sentence:
            self._sentence = lines
            self._forget_strips()

    def _too_small(self) -> str:
        return self.glass.look.words(
            "This window is too small for the kitchen display: it needs {columns} columns and {lines} lines.",
            columns=MIN_WIDTH,
            lines=MIN_HEIGHT + 2,
        )

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are: Textual's styles add nothing to them, and its filters have been through the roles."""
        if (filters := self.get_line_filters()) != self._filters:
            self._wear(filters)
        lines = [self.render_line(y) for y in crop.line_range]
        return lines if crop.column_span == (0, self.size.width) else [one.crop(*crop.column_span) for one in lines]

    def _wear(self, filters: Sequence[LineFilter]) -> None:
        theme, ground = self._theme_in_use, self.background_colors[1]
        self._filters = filters
        self._styles = filtered(theme.styles, filters, ground)
        self._segments = CellSegments(self._styles, filtered(theme.focused, filters, ground))
        self._strips = [None] * self.size.height

    def render_line(self, y: int) -> Strip:
        """One line; made anew only if something on it changed."""
        kept = self._strips[y] if y < len(self._strips) else None
        if kept is None:
            kept = self._make(y)
            if y < len(self._strips):
                self._strips[y] = kept
        if y in self._headers and not self.glass.too_small:
            self._see(self._headers[y])
        return kept

    def _see(self, tickets: tuple[str, ...]) -> None:
        for ticket in tickets:
            if ticket not in self._seen:
                self._seen.add(ticket)
                self._news[ticket] = self._clock.monotonic()

    def forget_gone(self) -> None:
        """Tickets that left may be news again; keeps a wall that runs for months small."""
        self._seen &= set(self.glass.board.tickets)

    def _make(self, y: int) -> Strip:
        top = (self.size.height - len(self._sentence)) // 2
        if self.glass.too_small or (self._sentence and top <= y < top + len(self._sentence)):
            return self._sentence_line(y - top)
        line = self.glass.lines[y] if y < len(self.glass.lines) else ()
        return self._segments.strip(y, line, self.glass.widths, self.size.width)

    def _sentence_line(self, n: int) -> Strip:
        text = self._sentence[n] if 0 <= n < len(self._sentence) else ""
        row = (Span(text.center(self.size.width), "wall.sentence"),) if text else ()
        return strip(row, self.size.width, "wall.empty", self._styles)


class CellSegments:
    """Segments of the cells of each line, kept while a cell stays the same object: a second changes one in three."""

    def __init__(self, plain: Mapping[str, Style], focused: Mapping[str, Style]) -> None:
        self._plain, self._focused = plain, focused
        self._kept: dict[int, tuple[Line, tuple[int, ...], list[list[Segment]]]] = {}

    def strip(self, y: int, line: Line, widths: tuple[int, ...], room: int) -> Strip:
        """A line of the wall."""
        before, wide, known = self._kept.get(y, ((), (), []))
        here = before if wide == widths else ()
        made = [
            known[n] if n < len(here) and here[n] is cell else self._of(cell, takes)
            for n, (cell, takes) in enumerate(zip(line, widths, strict=False))
        ]
        self._kept[y] = (line, widths, made)
        return Strip(chain.from_iterable(made) if made else self._of(None, room), room)

    def _of(self, cell: Cell | None, takes: int) -> list[Segment]:
        if cell is None:
            return segments((), takes, "wall.empty", self._plain)
        styles = self._focused if cell.focused else self._plain
        return [Segment(cell.edge.text[:1], styles[cell.edge.role]), *segments(cell.row, takes - 1, cell.fill, styles)]
