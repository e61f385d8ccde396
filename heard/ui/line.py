"""A bar of one line: what is at its left end and at its right, painted only when it changed."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from heard.ui.spans import Row, apart
from heard.ui.strips import strip


class OneLine(Widget, can_focus=False):
    """Told its two rows; the left one is cut first."""

    DEFAULT_CSS = "OneLine { height: 1; width: 100%; }"

    def __init__(self, styles: Mapping[str, Style], *, fill: str = "bar.text", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._role_styles = styles
        self._fill = fill
        self._row: Row = ()
        self._ends: tuple[Row, Row, str | None] = ((), (), None)

    def say(self, left: Row, right: Row = (), fill: str | None = None) -> None:
        """Show this from now on; `fill` is the role between and behind, where it is another than usual."""
        self._ends = (left, right, fill)
        row = apart(left, right, self.size.width, fill or self._fill)
        if row != self._row:
            self._row = row
            self.refresh()

    def restyle(self, styles: Mapping[str, Style]) -> None:
        """Another theme."""
        self._role_styles = styles
        self.refresh()

    def on_resize(self) -> None:
        """Lay the two ends out anew."""
        self.say(*self._ends)

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """The line."""
        return strip(self._row, self.size.width, self._ends[2] or self._fill, self._role_styles)

    def shown(self) -> str:
        """The text of the line."""
        return "".join(part.text for part in self._row)
