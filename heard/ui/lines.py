"""A block of lines: panels, help; scrolled by its owner, painted only when it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from heard.ui.spans import Row, Span, width
from heard.ui.strips import strip
from heard.ui.words import ENGLISH, Words


class Lines(Widget, can_focus=False):
    """Told its rows. What does not fit is counted on the last line, never silently cut."""

    DEFAULT_CSS = "Lines { height: 1fr; width: 1fr; }"

    def __init__(
        self,
        styles: Mapping[str, Style],
        *,
        fill: str = "panel.text",
        id: str | None = None,  # noqa: A002
        words: Words = ENGLISH,
    ) -> None:
        super().__init__(id=id)
        self._role_styles = styles
        self._fill = fill
        self._words = words
        self._rows: tuple[Row, ...] = ()
        self.top = 0
        """The first row shown."""

    def say(self, rows: Sequence[Row]) -> None:
        """Show these; only lines that changed are painted."""
        before, self._rows = self._rows, tuple(rows)
        self.top = max(0, min(self.top, len(self._rows) - self.size.height))
        if len(before) != len(self._rows):
            self.refresh()
            return
        pairs = enumerate(zip(before, self._rows, strict=True))
        stretches = [(y, *changed(old, new, self.size.width)) for y, (old, new) in pairs if old != new]
        if regions := [Region(x, y - self.top, end - x, 1) for y, x, end in stretches if y >= self.top and x < end]:
            self.refresh(*regions)

    def restyle(self, styles: Mapping[str, Style]) -> None:
        """Another theme."""
        self._role_styles = styles
        self.refresh()

    def scroll(self, step: int) -> None:
        """Show others of the rows."""
        self.top = max(0, min(self.top + step, len(self._rows) - self.size.height))
        self.refresh()

    def on_resize(self) -> None:
        """Keep to the rows there are."""
        self.scroll(0)

    def render_line(self, y: int) -> Strip:
        """One row."""
        number, left = self.top + y, len(self._rows) - self.top - self.size.height
        if left > 0 and y == self.size.height - 1:
            more = Span(f" {self._words.many('{n} more', '{n} more', left + 1)}", "panel.dim")
            return strip((more,), self.size.width, self._fill, self._role_styles)
        row = self._rows[number] if number < len(self._rows) else ()
        return strip(row, self.size.width, self._fill, self._role_styles)

    def shown(self) -> list[str]:
        """The text of the rows."""
        return ["".join(part.text for part in row) for row in self._rows]


def changed(old: Row, new: Row, room: int) -> tuple[int, int]:
    """Where a line that was `old` looks different within its `room`: from its first span that changed to its last."""
    same = sum(1 for _ in takewhile(_alike, zip(old, new, strict=False)))
    begin = min(width(new[:same]), room)
    if width(old[same:]) != width(new[same:]):
        return begin, room
    tail = sum(1 for _ in takewhile(_alike, zip(old[:same:-1], new[:same:-1], strict=False)))
    return begin, min(begin + width(new[same : len(new) - tail]), room)


def _alike(pair: tuple[Span, Span]) -> bool:
    return pair[0] == pair[1]
