"""What operators did, or tried to."""

from __future__ import annotations

from collections.abc import Sequence

from console.columns import audit_columns
from console.screens.blocks import whole
from console.screens.table_page import TablePage
from console.view import View
from heard.contract.ops import AuditLine
from heard.ui.spans import Row, Span
from heard.ui.themes import Theme
from heard.ui.words import Words


class Audit(TablePage[AuditLine]):
    """The newest first."""

    def __init__(self, theme: Theme, words: Words) -> None:
        super().__init__(audit_columns(words), theme, words, id="audit")

    def rows(self, view: View) -> Sequence[AuditLine]:
        """As the picture has them."""
        return view.picture.audit

    def identity(self, row: AuditLine) -> str:
        """When, by whom and about what."""
        return f"{row.at.timestamp()} {row.by} {row.target} {row.code}"

    def counted(self, view: View, n: int) -> Row:
        """How many."""
        return (Span(f" {view.words.many('{n} deed of operators', '{n} deeds of operators', n)}  ", "ops.text"),)

    def below(self, view: View, n: int, room: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - as its neighbours
        """The reason of the deed under the cursor, whole."""
        row = self.table.current
        return whole(view.words("reason"), row.reason or "-", room) if row is not None else ()

    def when_empty(self, view: View) -> str:
        """None."""
        return view.words("No operator has done anything yet.")
