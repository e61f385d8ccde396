"""A page with a table, and the keys that go about in it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Generic

from textual.app import ComposeResult

from console.columns import Column, Row
from console.filters import Fault, Filter, Texts, read_filter
from console.screens.page import Page
from console.table import Table
from console.view import View
from console.widgets.live_table import LiveTable
from heard.text import one_line
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.spans import Row as Spans
from heard.ui.spans import Span
from heard.ui.themes import Theme
from heard.ui.words import Words


class TablePage(Page, Generic[Row]):
    """A table with a line above it that says what is shown: how many, filtered by what, in which order."""

    deeds: tuple[str, ...] = ("filter", "sort.next", "open")

    def __init__(self, columns: Sequence[Column[Row]], theme: Theme, words: Words, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.words = words
        self.columns = tuple(columns)
        self.table: Table[Row] = Table(self.columns, self.identity, self.trouble)
        self.body = LiveTable(self.table, theme)
        self.head = OneLine(theme.styles, fill="ops.text")
        self.under = Lines(theme.styles, fill="ops.text")
        self.filter: Filter[Row] = Filter()
        self._texts: Texts[Row] = Texts(self.columns)
        self.view: View | None = None

    # ── What a page of this kind says for itself ──────────────────────────────────────────────────────────────────────

    @abstractmethod
    def rows(self, view: View) -> Sequence[Row]:
        """Every row, in the order of no sort."""

    @abstractmethod
    def identity(self, row: Row) -> str:
        """What the cursor stays on."""

    def trouble(self, row: Row) -> int:
        """0, 1 (look at it) or 2 (something is wrong)."""
        now = self.table.now
        levels = [column.level(row, now) for column, _ in self.table.fitting(self.size.width)]
        return 2 if "bad" in levels else 1 if "warn" in levels else 0

    @abstractmethod
    def counted(self, view: View, n: int) -> Spans:
        """How many there are, in words."""

    @abstractmethod
    def when_empty(self, view: View) -> str:
        """What stands in the table when there is no row at all."""

    def below(self, view: View, n: int, room: int, height: int) -> Sequence[Spans]:  # noqa: ARG002 - for those who do
        """What stands below a table of `n` rows, in so many columns, on a page of so many lines."""
        return ()

    def natural(self, view: View) -> str:
        """What the order without a sort is called."""
        return view.words("newest first")

    # ── Being told ────────────────────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """What is shown, and the rows."""
        yield self.head
        yield self.body
        yield self.under

    def on_mount(self) -> None:
        """Nothing is below yet."""
        self.under.display = False

    def on_resize(self) -> None:
        """What is below has other lines on another page."""
        self.again()

    def take(self, view: View) -> None:
        """Show this."""
        self.view = view
        rows = self.rows(view)
        kept = self.filter.keep(rows, view.now) if self.filter.tests else rows
        self.body.show(kept, view.now)
        words = view.words
        if view.picture.at is None:
            self.body.say_when_empty(words("Waiting for the gateway."))
        elif rows and not kept:
            self.body.say_when_empty(words("No row matches {filter}. Esc drops the filter.", filter=self.filter.text))
        else:
            self.body.say_when_empty(self.when_empty(view))
        self._write_head(view, len(rows), len(kept))
        self._write_below(view, len(rows))

    def _write_below(self, view: View, n: int) -> None:
        lines = self.below(view, n, self.size.width, self.size.height - 1) if self.size.height > 1 else ()
        self.under.display = bool(lines)
        self.under.styles.height = max(1, len(lines))
        self.under.say(lines)

    def _write_head(self, view: View, n: int, kept: int) -> None:
        words = view.words
        left = self.counted(view, n)
        if self.filter.tests:
            text = words(" /{filter} shows {n} ", filter=one_line(self.filter.text), n=kept)
            left += (Span(text, "ops.input"), Span(" ", "ops.text"))
        if self.table.marked:
            left += (Span(words(" {n} marked ", n=len(self.table.marked)), "ops.mark"), Span(" ", "ops.text"))
        column = self.table.column(self.table.sort)
        by = words("by {column}", column=column.title) if column is not None else self.natural(view)
        place = self.table.place
        where = f"{place + 1}/{kept}  " if place is not None else ""
        self.head.say(left, (Span(f"{where}{by} ", "ops.dim"),))

    def again(self) -> None:
        """Show the same once more, after a key."""
        if self.view is not None:
            self.take(self.view)

    def restyle(self, theme: Theme) -> None:
        """Another theme."""
        self.body.restyle(theme)
        for lines in (self.head, self.under):
            lines.restyle(theme.styles)

    def set_filter(self, text: str) -> Fault | None:
        """Show only the rows that match; why not, if it cannot be read."""
        found = read_filter(text, self.columns, self.words, self._texts)
        if isinstance(found, Fault):
            return found
        if found.text != self.filter.text:
            self.filter = found
            self.table.top = 0
            self.again()
        return None

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def go(self, step: int) -> None:
        """The row beside."""
        self.table.move(step)
        self.again()

    def scroll_page(self, step: int) -> None:
        """A page on."""
        self.table.page(step)
        self.again()

    def edge(self, *, last: bool) -> None:
        """The first row or the last."""
        self.table.end(last=last)
        self.again()

    def sort(self, step: int) -> None:
        """By the column beside."""
        self.table.sort_by(self.table.beside(step))
        self.again()

    def sort_by(self, column: str, *, down: bool | None = None) -> bool:
        """By this one; whether there is one of that id."""
        if self.table.column(column) is None:
            return False
        self.table.sort_by(column, down=down)
        self.again()
        return True

    def show_columns(self, wanted: Iterable[str] | None) -> None:
        """Only these, as far as they fit; None: what fits."""
        self.table.wanted = None if wanted is None else frozenset(wanted)
        self.again()

    def turn(self) -> None:
        """The other way round."""
        self.table.sort_by(self.table.sort, down=not self.table.down)
        self.again()

    def back(self) -> bool:
        """Marks, then the filter, then the cursor."""
        if self.table.marked:
            self.table.marked.clear()
        elif self.filter.tests:
            self.filter = Filter()
        elif self.table.cursor is not None:
            self.table.let_go()
        else:
            return False
        self.again()
        return True

    def copied(self) -> str:
        """The row under the cursor, every column of it."""
        row, view = self.table.current, self.view
        return "" if row is None or view is None else "\t".join(one.show(row, view.now) for one in self.columns)

    def chosen(self) -> Row | None:
        """The row under the cursor, unless another one has just come there. The first one in sight if there was none:
        it is only chosen then, and the key must be pressed again."""
        table = self.table
        if table.cursor is None or table.lost:
            table.lost = False
            if table.cursor is None:
                table.move(0)
            self.again()
            return None
        return table.current

    def shown(self) -> list[str]:
        """The text of its lines."""
        return [self.head.shown(), *self.body.shown()]
