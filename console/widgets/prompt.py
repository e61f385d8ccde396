"""The line that opens above the keys: a filter, or a command."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from console.widgets.typed import Typed
from heard.ui.line import OneLine
from heard.ui.spans import Span
from heard.ui.themes import Theme


class Prompt(Horizontal):
    """Hidden until it asks for something."""

    DEFAULT_CSS = """
    Prompt { height: 1; width: 100%; display: none; }
    Prompt.open { display: block; }
    Prompt OneLine { width: 3; }
    Prompt Typed { width: 1fr; }
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(id="prompt")
        self.kind = ""
        """`/` or `:`, or nothing while it is closed."""
        self._sign = OneLine(theme.styles, fill="ops.input")
        self.typed = Typed(theme, id="prompt-typed")

    def compose(self) -> ComposeResult:
        """A sign, and what is typed."""
        yield self._sign
        yield self.typed

    def ask(self, kind: str, text: str = "") -> None:
        """Open it."""
        self.kind = kind
        self.add_class("open")
        self.typed.value = text
        self.typed.cursor_position = len(text)
        self._sign.say((Span(f" {kind} ", "ops.key"),))
        self.typed.focus()

    def close(self) -> None:
        """Away with it."""
        self.kind = ""
        self.remove_class("open")
        self.screen.set_focus(None)

    def on_descendant_focus(self) -> None:
        """Textual gives focus a moment after it was asked for: whoever left by then would type into nothing."""
        if not self.kind:
            self.screen.set_focus(None)

    def restyle(self, theme: Theme) -> None:
        """Another theme."""
        self._sign.restyle(theme.styles)
        self.typed.restyle(theme)
