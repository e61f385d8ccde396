"""Which columns a table shows: each with a key in or out, at once, while the table goes on behind."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from console.screens.blocks import Block, beside, padded, rooms, title
from console.screens.table_page import TablePage
from heard.ui.deeds import Deed, bindings, keymap
from heard.ui.lines import Lines
from heard.ui.modal import Modal
from heard.ui.spans import Row, Span
from heard.ui.themes import Theme
from heard.ui.words import Words

WIDTH = 64
DEEDS = (
    Deed("picker.leave", "leave", "escape,enter,q,ctrl+c,c", "leave"),
    Deed("picker.flip", "flip", "space,x", "in or out"),
    Deed("picker.default", "default", "d,backspace", "as at first"),
    Deed("picker.up", "go(-1)", "up,k", "up"),
    Deed("picker.down", "go(1)", "down,j", "down"),
    Deed("picker.across", "across", "left,right,h,l,tab", "the other half"),
)


class Picker(Modal[None]):
    """About one page's table."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(keymap(DEEDS))]
    CSS = """
    Picker { align: center middle; background: transparent; }
    Picker Lines { height: 10; }
    """

    def __init__(self, page: TablePage[Any], theme: Theme, words: Words) -> None:
        super().__init__()
        self._page = page
        self._look = theme
        self._words = words
        self._place = 0
        self._lines = Lines(theme.styles, fill="ops.text", id="picker")

    def compose(self) -> ComposeResult:
        """One block of lines."""
        yield self._lines

    def on_mount(self) -> None:
        """Write it."""
        self._write()

    def on_resize(self) -> None:
        """Another width."""
        self._write()

    # ── What it says ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self) -> None:
        room, words = max(20, min(WIDTH, self.app.size.width - 4)), self._words
        halves, names = rooms(room, 2), [self._line(place) for place in range(len(self._page.columns))]
        rows: Block = [title(words("COLUMNS"), room), ()]
        rows += beside([names[: self._half], names[self._half :]], halves)
        keys = words("Space: in or out   d: as at first   Esc: done")
        rows += [(), (Span(f" {keys}", "ops.key"),)]
        self._lines.styles.width, self._lines.styles.height = room, len(rows)
        self._lines.say([padded(row, room) for row in rows])

    def _line(self, place: int) -> Row:
        column, table = self._page.columns[place], self._page.table
        here = place == self._place
        inside, wanted = column.id in self._in_sight, column.id in (table.wanted or ())
        sign = "[x]" if inside or wanted else "[ ]"
        pointer = self._look.glyphs["focus"] if here else " "
        line: Row = (Span(f"{pointer}{sign} {column.title}", "ops.cursor" if here else "ops.text"),)
        missing = Span("  " + self._words("no room"), "ops.warn")
        return (*line, missing) if wanted and not inside else line

    @property
    def _in_sight(self) -> set[str]:
        return {column.id for column, _ in self._page.table.fitting(self._page.size.width)}

    @property
    def _half(self) -> int:
        return -(-len(self._page.columns) // 2)

    def shown(self) -> list[str]:
        """The text of its lines."""
        return self._lines.shown()

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_go(self, step: int) -> None:
        """The column before, or the next."""
        self._place = (self._place + step) % len(self._page.columns)
        self._write()

    def action_across(self) -> None:
        """The other half."""
        other = self._place + (self._half if self._place < self._half else -self._half)
        self._place = min(other, len(self._page.columns) - 1)
        self._write()

    def action_flip(self) -> None:
        """In or out; what is in sight stays, and one stays in any case."""
        table, name = self._page.table, self._page.columns[self._place].id
        wanted = set(self._in_sight if table.wanted is None else table.wanted) ^ {name}
        if wanted:
            self._page.show_columns(wanted)
        self._write()

    def action_default(self) -> None:
        """What fits, the most telling first."""
        self._page.show_columns(None)
        self._write()

    def action_leave(self) -> None:
        """Done."""
        self.leave()
