"""The connections that ended: why, in words, and by whose hand."""

from __future__ import annotations

from collections.abc import Sequence

from console.columns import closed_columns
from console.screens.blocks import whole
from console.screens.glance import glance_lines
from console.screens.leavers import leavers
from console.screens.table_page import TablePage
from console.view import View
from heard.contract.ops import ClosedRow
from heard.ui.spans import Row, Span
from heard.ui.themes import Theme
from heard.ui.words import Words


class Closed(TablePage[ClosedRow]):
    """The newest first."""

    def __init__(self, theme: Theme, words: Words) -> None:
        super().__init__(closed_columns(words), theme, words, id="closed")

    def rows(self, view: View) -> Sequence[ClosedRow]:
        """As the picture has them."""
        return view.picture.closed

    def identity(self, row: ClosedRow) -> str:
        """A connection ends once."""
        return row.connection

    def counted(self, view: View, n: int) -> Row:
        """How many are remembered."""
        return (Span(f" {view.words.many('{n} connection ended', '{n} connections ended', n)}  ", "ops.text"),)

    def below(self, view: View, n: int, room: int, height: int) -> Sequence[Row]:
        """Who left most often, where the rows leave room; and why the one under the cursor ended, whole: on a narrow
        screen its cell is cut."""
        row, lines = self.table.current, glance_lines(n, room, height)
        why = whole(view.words("why"), row.sentence or row.code, room) if row is not None else []
        often = leavers(view, room, lines - len(why)) if lines > len(why) else []
        return [*often, *[()] * (lines - len(why) - len(often)), *why]

    def when_empty(self, view: View) -> str:
        """None."""
        return view.words("No connection has ended yet.")
