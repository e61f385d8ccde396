"""A page of lines to read: each view laid out anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult

from console.screens.page import Page
from console.view import View
from heard.ui.lines import Lines
from heard.ui.spans import Row as Spans
from heard.ui.themes import Theme


class Sheet(Page):
    """Lines, laid out anew for each view."""

    def __init__(
        self,
        lay_out: Callable[[View, int, int], Sequence[Spans]],
        theme: Theme,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._lay_out = lay_out
        self.lines = Lines(theme.styles, fill="ops.text")
        self._view: View | None = None

    def compose(self) -> ComposeResult:
        """Nothing but lines."""
        yield self.lines

    def take(self, view: View) -> None:
        """Show this."""
        self._view = view
        # A page that has just been turned to has no size yet: a key that reads it may be faster than its first one.
        room, height = self.size or self.app.size
        self.lines.say(self._lay_out(view, room, height))

    def on_resize(self) -> None:
        """Lay it out for another size."""
        if self._view is not None:
            self.take(self._view)

    def restyle(self, theme: Theme) -> None:
        """Another theme."""
        self.lines.restyle(theme.styles)

    def go(self, step: int) -> None:
        """Read on."""
        self.lines.scroll(step)

    def scroll_page(self, step: int) -> None:
        """A page on."""
        self.lines.scroll(step * max(1, self.size.height - 2))

    def edge(self, *, last: bool) -> None:
        """The first line or the last."""
        self.lines.scroll(10_000 if last else -10_000)

    def copied(self) -> str:
        """All of it."""
        return "\n".join(line.rstrip() for line in self.lines.shown())

    def shown(self) -> list[str]:
        """The text of its lines, in sight or not."""
        return self.lines.shown()
