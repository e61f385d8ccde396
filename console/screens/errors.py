"""Refusals, by code and by command: how many lately and ever, and when last."""

from __future__ import annotations

from collections.abc import Sequence

from console.columns import error_columns
from console.figures import ErrorRow, error_rows
from console.screens.table_page import TablePage
from console.view import View
from heard.ui.spans import Row, Span
from heard.ui.themes import Theme
from heard.ui.words import Words


class Errors(TablePage[ErrorRow]):
    """Those of the last minute first."""

    def __init__(self, theme: Theme, words: Words) -> None:
        super().__init__(error_columns(words), theme, words, id="errors")

    def rows(self, view: View) -> Sequence[ErrorRow]:
        """As the picture has them."""
        return error_rows(view.picture)

    def identity(self, row: ErrorRow) -> str:
        """A code of a command."""
        return f"{row.code} {row.command}"

    def counted(self, view: View, n: int) -> Row:
        """How many kinds, and how often since the gateway started."""
        ever = sum(tally.ever for tally in view.picture.errors.values())
        words = view.words
        kinds, refusals = words.many("{n} kind", "{n} kinds", n), words.many("{n} refusal", "{n} refusals", ever)
        return (Span(" " + words("{refusals} of {kinds}", refusals=refusals, kinds=kinds) + "  ", "ops.text"),)

    def natural(self, view: View) -> str:
        """The busiest first."""
        return view.words("most lately first")

    def when_empty(self, view: View) -> str:
        """None."""
        return view.words("Nothing was refused since the gateway started.")
