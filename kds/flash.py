"""An alert for the eye: the bars above and below bright from edge to edge, to be seen from across the kitchen."""

from __future__ import annotations

from typing import NamedTuple

from heard.ui.spans import Row, Span

CALM = frozenset({"bar.text", "bar.strong", "bar.dim", "bar.key"})
"""What may wear the colour of an alert; what has a colour for a reason, like the link, keeps it."""


class Flash(NamedTuple):
    """What is told, in which role, and whether it is bright now."""

    words: str
    role: str
    lit: bool = True

    @property
    def word(self) -> Span:
        """For a bar that does not say it yet."""
        return Span(f" {self.words} ", self.role if self.lit else "bar.strong")

    @property
    def fill(self) -> str:
        """What fills a bar."""
        return self.role if self.lit else "bar.text"

    def over(self, row: Row) -> Row:
        """A row of a bar as it is now."""
        if not self.lit:
            return row
        return tuple(Span(part.text, self.role) if part.role in CALM else part for part in row)
