"""The connections: who is on and how they fare, those in trouble first; and everything about one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.columns import connection_columns
from console.screens.glance import glance, glance_lines
from console.screens.table_page import TablePage
from console.troubles import Ranks
from console.view import View
from heard.contract.ops import ConnectionRow
from heard.ui.spans import Row, Span
from heard.ui.themes import Theme
from heard.ui.words import Words


class Connections(TablePage[ConnectionRow]):
    """A row for each; without a sort the worst come first."""

    deeds = ("disconnect", "filter", "sort.next", "open", "mark")

    def __init__(self, theme: Theme, words: Words, ranks: Ranks) -> None:
        self._ranks = ranks
        super().__init__(connection_columns(words), theme, words, id="connections")

    def rows(self, view: View) -> Sequence[ConnectionRow]:
        """Those in trouble first, then by name."""
        self._forget_gone(view.picture.connections)
        return view.ranks.rows

    def _forget_gone(self, connections: Mapping[str, ConnectionRow]) -> None:
        """A mark ends with its connection."""
        if self.table.marked:
            self.table.marked &= set(connections)

    def identity(self, row: ConnectionRow) -> str:
        """The connection's id."""
        return row.connection

    def trouble(self, row: ConnectionRow) -> int:
        """As the ranks have it."""
        return self._ranks.level(row)

    def counted(self, view: View, n: int) -> Row:
        """How many, how many are in trouble, and how many should be here."""
        words, troubled = view.words, len(view.ranks.troubled)
        row: Row = (Span(f" {words.many('{n} connection', '{n} connections', n)}  ", "ops.text"),)
        if troubled:
            row += (Span(words("{n} to look at", n=troubled), "ops.warn"), Span("  ", "ops.text"))
        if gone := len(view.ranks.missing.of(view.picture)):
            row += (Span(words("{n} gone", n=gone), "ops.warn"), Span("  ", "ops.text"))
        return row

    def natural(self, view: View) -> str:
        """The worst first."""
        return view.words("worst first")

    def when_empty(self, view: View) -> str:
        """Nobody."""
        return view.words("Nobody is connected.")

    @property
    def about(self) -> ConnectionRow | None:
        """Whom the glance is about: the row under the cursor, without one the first."""
        table = self.table
        return table.current or (table.rows[0] if table.rows else None)

    def below(self, view: View, n: int, room: int, height: int) -> Sequence[Row]:
        """A glance at one of them and at the store, where the rows leave room."""
        lines, row = glance_lines(n, room, height), self.about
        watched = view.watching.of(row.connection) if row else None
        note = "" if self.table.current else view.words("no row is chosen: the first one")
        return glance(view, row, watched, note, room, lines)

    def mark(self) -> None:
        """The row under the cursor; the first one in sight gets the cursor first."""
        if self.chosen() is not None:
            self.table.toggle()
            self.again()

    def mark_all(self) -> None:
        """Every row shown, or none."""
        table = self.table
        shown = {row.connection for row in table.rows}
        table.marked = set() if shown <= table.marked else table.marked | shown
        self.again()
