"""The connections that ended: why, in words, and by whose hand."""

from __future__ import annotations

from collections.abc import Sequence

from console.columns import closed_columns
from console.screens.page import TablePage
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

    def when_empty(self, view: View) -> str:
        """None."""
        return view.words("No connection has ended yet.")
